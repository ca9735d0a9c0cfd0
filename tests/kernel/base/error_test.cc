#include "kernel/base/error.h"

#include <catch2/catch.hpp>
#include <set>

using berth::Error;
using berth::ErrorCode;
using namespace std::chrono_literals;

TEST_CASE("every error code has a name of its own", "[base]") {
  std::set<std::string_view> names;
  for (std::int32_t code = 1; code <= 15; ++code) {
    const auto name = berth::to_string(static_cast<ErrorCode>(code));
    CHECK(name != "unknown");
    CHECK(names.insert(name).second);
  }
  CHECK(berth::to_string(ErrorCode::kInvalidArgument) == "invalid_argument");
  CHECK(berth::to_string(static_cast<ErrorCode>(0)) == "unknown");
  CHECK(berth::to_string(static_cast<ErrorCode>(16)) == "unknown");
}

TEST_CASE("an error keeps code, reason and retry while its message gains context", "[base]") {
  const Error error = Error(ErrorCode::kUnavailable, "store.offline", "the store does not answer")
                          .with_retry_after(1500ms)
                          .within("reading a package");
  CHECK(error.code() == ErrorCode::kUnavailable);
  CHECK(error.reason() == "store.offline");
  CHECK(error.message() == "reading a package: the store does not answer");
  CHECK(error.retry_after() == 1500ms);
}

TEST_CASE("an error without a delay says that trying again does not help", "[base]") {
  CHECK_FALSE(Error(ErrorCode::kNotFound, "a.b", "").retry_after().has_value());
}
