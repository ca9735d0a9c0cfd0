#include "tools/euicc/install_error.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

namespace berth::euicc {
namespace {

TEST_CASE("every install error has the standard's own name", "[euicc]") {
  std::set<std::string_view> names;
  for (std::uint8_t value = 1; value <= 15; ++value) {
    names.insert(to_string(static_cast<InstallError>(value)));
  }
  CHECK(names.size() == 15);
  CHECK(names.count("installFailedDueToUnknownError") == 0);
  CHECK(to_string(InstallError::kBspSecurity) == "bspSecurityError");
  CHECK(to_string(BppCommand::kConfigureIsdp) == "configureISDP");
}

TEST_CASE("only memory and interruption are worth another try", "[euicc]") {
  for (std::uint8_t value = 1; value <= 15; ++value) {
    CHECK(is_temporary(static_cast<InstallError>(value)) == (value == 10 || value == 11));
  }
}

}  // namespace
}  // namespace berth::euicc
