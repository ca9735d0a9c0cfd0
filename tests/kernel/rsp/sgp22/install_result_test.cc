#include "kernel/rsp/sgp22/install_result.h"

#include <catch2/catch.hpp>

namespace berth::rsp::sgp22 {
namespace {

TEST_CASE("only lack of memory and interruption are temporary", "[rsp][sgp22]") {
  for (std::uint64_t reason = 0; reason <= 300; ++reason) {
    CAPTURE(reason);
    const bool temporary = install_failure(reason).failure_class == FailureClass::kTemporary;
    CHECK(temporary == (reason == 10 || reason == 11));
  }
}

TEST_CASE("install failures carry the specification's names", "[rsp][sgp22]") {
  CHECK(install_failure(1).name == "incorrectInputValues");
  CHECK(install_failure(8).name == "bspSecurityError");
  CHECK(install_failure(12).name == "installFailedDueToPEProcessingError");
  CHECK(install_failure(127).name == "installFailedDueToUnknownError");
  for (const std::uint64_t unlisted : {0U, 16U, 24U, 128U}) {
    CHECK(install_failure(unlisted).name == "unknown");
  }
  CHECK(install_failure(~std::uint64_t{0}).failure_class == FailureClass::kPermanent);
}

TEST_CASE("commands carry the specification's names", "[rsp][sgp22]") {
  CHECK(bpp_command_name(0) == "initialiseSecureChannel");
  CHECK(bpp_command_name(2) == "storeMetadata");
  CHECK(bpp_command_name(5) == "loadProfileElements");
  CHECK(bpp_command_name(6) == "unknown");
  CHECK(bpp_command_name(~std::uint64_t{0}) == "unknown");
}

}  // namespace
}  // namespace berth::rsp::sgp22
