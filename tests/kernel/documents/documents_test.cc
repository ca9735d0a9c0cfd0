#include "kernel/documents/documents.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace {

using namespace berth;             // NOLINT: the tests name nearly everything in it
using namespace berth::documents;  // NOLINT
using Catch::Contains;

const Document kDocument{"x.json", "configuration.invalid", "{}"};

template <class T>
std::string reason_of(const Result<T>& result) {
  return result ? "" : std::string(result.error().reason());
}
template <class T>
std::string message_of(const Result<T>& result) {
  return result ? "" : std::string(result.error().message());
}

}  // namespace

TEST_CASE("what is not JSON is refused with its line and column", "[documents]") {
  const auto parsed = parse_document("{\n  \"a\": 1\n  \"b\": 2\n}", kDocument);
  CHECK(reason_of(parsed) == "configuration.invalid");
  CHECK_THAT(message_of(parsed), Contains("x.json: line 3, column 5"));
  for (const char* text : {"", "{", "[1,]", "{\"a\":1}}", "nul", "\xFF", "{\"a\": \"\xC3\"}"}) {
    INFO(text);
    CHECK(reason_of(parse_document(text, kDocument)) == "configuration.invalid");
  }
}

TEST_CASE("nesting, strings and repeated members are bounded", "[documents]") {
  const std::string deep =
      std::string(kMaxDocumentDepth + 1, '[') + "1" + std::string(kMaxDocumentDepth + 1, ']');
  CHECK_THAT(message_of(parse_document(deep, kDocument)), Contains("deeper"));
  const std::string very_deep(1'000'000, '[');
  CHECK_THAT(message_of(parse_document(very_deep, kDocument)), Contains("deeper"));
  const std::string text = "\"" + std::string(kMaxDocumentString + 1, '1') + "\"";
  CHECK_THAT(message_of(parse_document(text, kDocument)), Contains("longer"));
  CHECK_THAT(message_of(parse_document(R"({"a":{"b":1,"b":2}})", kDocument)), Contains("twice"));
  CHECK(parse_document(R"({"a":{"b":1},"b":{"a":2},"c":[{"a":1},{"a":2}]})", kDocument));
}

// Found by fuzzing: such a number ended the program.
TEST_CASE("a number beyond every floating-point number is refused", "[documents]") {
  for (const char* text : {"4444444444e444", R"({"a":[1e400]})", R"({"a":-1e999})"}) {
    INFO(text);
    const auto parsed = parse_document(text, kDocument);
    CHECK(reason_of(parsed) == "configuration.invalid");
    CHECK_THAT(message_of(parsed), Contains("number"));
  }
}

TEST_CASE("a message shows what stands in a document escaped and cut", "[documents]") {
  CHECK(shown("a\nb\x01") == "\"a\\nb\\u0001\"");
  CHECK(shown(std::string(500, 'x')).size() == 63);
  CHECK(shown("\xFF") == "\"\\ufffd\"");
}

TEST_CASE("only a plain https address of a host is one", "[documents]") {
  for (const char* good : {"https://a.example", "https://a.example/", "https://a:65000/x/y.z%20"}) {
    INFO(good);
    CHECK(is_https_url(good));
  }
  for (const char* bad : {"", "https://", "https:///x", "http://a.example", "https://a@b/",
                          "https://a?b", "https://a/#", "https://a/\\x", "https://a /",
                          "https://a.example/\n", "https://a:b/", "https://[::1]/"}) {
    INFO(bad);
    CHECK_FALSE(is_https_url(bad));
  }
}
