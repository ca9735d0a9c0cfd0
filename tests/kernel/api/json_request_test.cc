#include "kernel/api/json_request.h"

#include <catch2/catch.hpp>

using namespace berth;
using namespace berth::api;

TEST_CASE("a body that is no object is refused without being quoted", "[api][R24]") {
  for (const std::string& body :
       {std::string(), std::string("{"), std::string("[]"), std::string("null"), std::string("1"),
        std::string("\"CANARY\""), std::string("{\"a\":CANARY}"), std::string("{\"a\":1}x"),
        std::string("\xFF\xFE{}"), std::string("{\"a\":1,}"), std::string(10'000, '[')}) {
    CAPTURE(body.substr(0, 20));
    const auto request = JsonRequest::parse(body, {"a"});
    REQUIRE_FALSE(request.ok());
    CHECK(request.error().reason() == "api.request");
    CHECK(request.error().message().find("CANARY") == std::string::npos);
  }
}

TEST_CASE("what is nested without end is refused before it is copied or written again", "[api]") {
  const auto nested = [](std::size_t levels) {
    std::string body = R"({"a":)";
    for (std::size_t i = 0; i < levels; ++i) body += R"({"b":)";
    return body + "1" + std::string(levels + 1, '}');
  };
  const auto shallow = JsonRequest::parse(nested(20), {"a"});
  REQUIRE(shallow.ok());
  CHECK(shallow->optional_object("a").ok());
  const auto deep = JsonRequest::parse(nested(200'000), {"a"});
  REQUIRE_FALSE(deep.ok());
  CHECK(deep.error().message() == "the body is nested too deeply");
}

TEST_CASE("an unknown member is refused with the known ones", "[api]") {
  const auto request = JsonRequest::parse(R"({"profiletype":"x"})", {"iccid", "profileType"});
  REQUIRE_FALSE(request.ok());
  CHECK(request.error().message() == "unknown member; known are iccid profileType");
}

TEST_CASE("text has its bounds in octets", "[api]") {
  const auto request = JsonRequest::parse(
      R"({"a":"12345","b":"","c":5,"d":null,"e":"\u00fc\u00fc"})", {"a", "b", "c", "d", "e", "f"});
  REQUIRE(request.ok());
  CHECK(*request->text("a", 5) == "12345");
  CHECK_FALSE(request->text("a", 4).ok());
  CHECK_FALSE(request->text("e", 3).ok());
  CHECK(request->text("e", 4).ok());
  for (const char* name : {"b", "c", "d"}) {
    CAPTURE(name);
    CHECK(request->has(name));
    CHECK(request->text(name, 9).error().reason() == "api.request");
    CHECK_FALSE(request->optional_text(name, 9).ok());
  }
  CHECK_FALSE(request->has("f"));
  CHECK(request->optional_text("f", 9)->empty());
  CHECK(request->text("f", 9).error().message() == "'f' is missing");
}

TEST_CASE("typed identifiers are checked to the last digit and never echoed", "[api][R24]") {
  CHECK(parse_typed_eid("89049032123451234512345678901235").ok());
  CHECK(parse_typed_iccid("8944500000000000014").ok());
  for (const char* eid :
       {"", "8904", "89049032123451234512345678901236", "89049032123451234512345678901253",
        "8904903212345123451234567890123X", " 89049032123451234512345678901235"}) {
    CAPTURE(eid);
    const auto parsed = parse_typed_eid(eid);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().reason() == "api.eid");
    CHECK((std::string(eid).size() < 5 || parsed.error().message().find(eid) == std::string::npos));
  }
  for (const char* iccid : {"", "89", "8944500000000000019", "8944500000000000081",
                            "894450000000000001X", "894450000000000001800000"}) {
    CAPTURE(iccid);
    const auto parsed = parse_typed_iccid(iccid);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().reason() == "api.iccid");
  }
}

TEST_CASE("a time is read in the one form it is written in", "[api]") {
  CHECK(*parse_rfc3339("1970-01-01T00:00:00Z") == 0);
  CHECK(*parse_rfc3339("2027-01-15T08:00:00Z") == 1'800'000'000'000);
  for (const char* text :
       {"", "2027-01-15", "2027-01-15T08:00:00", "2027-01-15T08:00:00+00:00",
        "2027-02-30T00:00:00Z", "2027-01-15T08:00:00.5Z", "2027-01-15T08:00:00Z ", "27-1-5T8:0:0Z",
        " 2027-01-15T08:00:00Z", "99999-01-15T08:00:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text).ok());
  }
}

TEST_CASE("flags, numbers, times and inner objects are of their kind or refused", "[api]") {
  const auto body = JsonRequest::parse(
      R"({"flag":true,"count":7,"at":"1970-01-01T00:00:01Z","inner":{"a":false},"text":"x"})",
      {"flag", "count", "at", "inner", "text"});
  REQUIRE(body.ok());
  CHECK(*body->boolean("flag", false));
  CHECK(*body->boolean("missing", true));
  CHECK_FALSE(body->boolean("text", true).ok());
  CHECK(*body->number("count", 7) == 7);
  CHECK_FALSE(body->number("count", 6).ok());
  CHECK_FALSE(body->number("text", 6).ok());
  CHECK_FALSE(body->number("missing", 6).ok());
  CHECK(*body->time("at") == 1000);
  CHECK_FALSE(body->time("text").ok());
  CHECK_FALSE(*body->object("inner", {"a"})->boolean("a", true));
  CHECK_FALSE(body->object("inner", {"b"}).ok());
  CHECK_FALSE(body->object("text", {"a"}).ok());
}
