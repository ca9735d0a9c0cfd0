#include "kernel/base/result.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

namespace {

using berth::Error;
using berth::ErrorCode;
using berth::Result;

Error odd() { return {ErrorCode::kInvalidArgument, "number.odd", "the number is odd"}; }

Result<int> half(int number) {
  if (number % 2 != 0) return odd();
  return number / 2;
}

Result<std::string> quarter(int number) {
  BERTH_TRY(once, half(number));
  BERTH_TRY(twice, half(once));
  return std::to_string(twice);
}

Result<void> check(int number) {
  BERTH_TRY_VOID(quarter(number));
  return {};
}

enum class Refusal { kClosed = 1 };
Result<int, Refusal> refuse(bool closed) {
  if (closed) return Refusal::kClosed;
  return 7;
}

}  // namespace

TEST_CASE("a result holds its value or its error", "[base]") {
  CHECK(*half(8) == 4);
  REQUIRE_FALSE(half(7));
  CHECK(half(7).error().reason() == "number.odd");
}

TEST_CASE("the first failure ends a chain and arrives unchanged", "[base]") {
  CHECK(*quarter(12) == "3");
  CHECK(quarter(6).error().reason() == "number.odd");
  CHECK(check(12).ok());
  CHECK(check(6).error().code() == ErrorCode::kInvalidArgument);
}

TEST_CASE("a result can carry a refusal of its own type", "[base]") {
  CHECK(*refuse(false) == 7);
  CHECK(refuse(true).error() == Refusal::kClosed);
}

TEST_CASE("a result moves what cannot be copied", "[base]") {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = *std::move(result);
  CHECK(*taken == 5);
}
