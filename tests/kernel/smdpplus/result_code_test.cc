#include "kernel/smdpplus/result_code.h"

#include <catch2/catch.hpp>
#include <limits>

namespace berth::smdpplus {

TEST_CASE("a card's error and cancel reasons keep their numbers in their bands",
          "[smdpplus][R73]") {
  CHECK(install_error_code(1) == "RSP-4101");
  CHECK(install_error_code(12) == "RSP-4112");
  CHECK(cancel_code(0) == "RSP-4200");
  CHECK(cancel_code(5) == "RSP-4205");
}

TEST_CASE("a number a card makes up never leaves its band", "[smdpplus]") {
  for (const std::uint64_t made_up : {std::uint64_t{99}, std::uint64_t{100}, std::uint64_t{127},
                                      std::numeric_limits<std::uint64_t>::max()}) {
    CHECK(install_error_code(made_up) == "RSP-4199");
    CHECK(cancel_code(made_up) == "RSP-4299");
  }
}

TEST_CASE("the fixed codes stay outside the bands", "[smdpplus]") {
  CHECK(kResultSuccess == "RSP-2000");
  CHECK(kResultAttemptsExceeded == "RSP-4300");
  CHECK(kResultCodeAttemptsExceeded == "RSP-4301");
}

}  // namespace berth::smdpplus
