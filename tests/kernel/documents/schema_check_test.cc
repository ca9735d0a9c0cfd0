#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "kernel/documents/documents.h"

namespace {

using namespace berth;             // NOLINT: the tests name nearly everything in it
using namespace berth::documents;  // NOLINT
using Catch::Contains;
using nlohmann::json;

constexpr std::string_view kSchema = R"({
  "type": "object", "additionalProperties": false, "required": ["name"],
  "properties": {
    "name": {"type": "string", "maxLength": 3, "description": "a short name"},
    "list": {"type": "array", "items": {"$ref": "#/definitions/number"}}
  },
  "definitions": {"number": {"type": "integer", "minimum": 1, "description": "from 1"}}
})";
const Document kDocument{"x.json", "configuration.invalid", kSchema};

template <class T>
std::string reason_of(const Result<T>& result) {
  return result ? "" : std::string(result.error().reason());
}
template <class T>
std::string message_of(const Result<T>& result) {
  return result ? "" : std::string(result.error().message());
}

}  // namespace

TEST_CASE("the deepest fault is named with what belongs there", "[documents]") {
  const auto check = [](const char* text) {
    return message_of(check_schema(json::parse(text), kDocument));
  };
  CHECK(check(R"({"name": "abc", "list": [1, 2]})").empty());
  CHECK(check(R"({"name": "abcd"})") ==
        "x.json: name: \"abcd\" does not fit; what belongs here: a short name");
  CHECK(check(R"({"name": "abc", "list": [1, 0]})") ==
        "x.json: list[1]: 0 does not fit; what belongs here: from 1");
  CHECK(check(R"({})") == "x.json: the member 'name' is missing; it is a short name");
  CHECK(check(R"({"name": "abc", "nmae": 1})") ==
        "x.json: unknown member \"nmae\"; the members here are list, name");
  CHECK_THAT(check("[]"), Contains("x.json: [] does not fit"));
}

TEST_CASE("numbers and strings are not taken for one another", "[documents]") {
  CHECK_FALSE(check_schema(json{{"name", 1}}, kDocument));
  CHECK_FALSE(check_schema(json{{"name", "a"}, {"list", {"1"}}}, kDocument));
}

TEST_CASE("a schema that is no schema refuses, and never ends the program", "[documents]") {
  for (const char* schema : {"", "{", "7", R"({"type": 7})", R"({"$ref": "http://nowhere/x"})"}) {
    INFO(schema);
    const auto checked =
        check_schema(json::object(), Document{"x", "configuration.invalid", schema});
    CHECK(reason_of(checked) == "configuration.invalid");
  }
}
