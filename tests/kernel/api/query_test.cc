#include "kernel/api/query.h"

#include <catch2/catch.hpp>

using namespace berth::api;

TEST_CASE("a query is decoded strictly", "[api]") {
  const auto query = Query::parse("key=1%24rsp.example%24A%2B%26&after=12&empty=&flag");
  REQUIRE(query.ok());
  CHECK(query->text("key") == "1$rsp.example$A+&");
  CHECK(query->text("none").empty());
  CHECK(*query->number("after", 0, 100) == 12);
  CHECK(*query->number("none", 7, 100) == 7);
  CHECK_FALSE(query->number("after", 0, 11).ok());
  CHECK_FALSE(query->number("key", 0, 100).ok());
}

TEST_CASE("broken escapes and repeated names are refused", "[api]") {
  for (const char* raw : {"a=%", "a=%2", "a=%G0", "a=%00", "a=1&a=2", "%4=1"}) {
    CAPTURE(raw);
    const auto query = Query::parse(raw);
    REQUIRE_FALSE(query.ok());
    CHECK(query.error().reason() == "api.query");
  }
}
