// Real input: the published SGP.26 P-256 certificates and GSMA TS.48 test profiles, from the folder
// BERTH_TEST_DATA. Without it the tests of our own certificates and profile show the same.

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT

std::string read_file(const std::filesystem::path& path) {
  std::ifstream input(path, std::ios::binary);
  std::ostringstream text;
  text << input.rdbuf();
  return text.str();
}

std::filesystem::path test_data() {
  const char* folder = std::getenv("BERTH_TEST_DATA");
  return folder == nullptr ? std::filesystem::path() : std::filesystem::path(folder);
}

testpki::Issued published_card(const std::filesystem::path& data, const std::string& certificate) {
  auto key = testpki::key_from_pem(read_file(data / "sgp26/eUICC/SK_EUICC_ECDSA_NIST.pem"));
  REQUIRE(key.ok());
  return {to_bytes(as_bytes(read_file(data / certificate))), std::move(*key)};
}

}  // namespace

TEST_CASE("a published card installs a TS.48 package octet for octet", "[scenario][outside]") {
  const auto data = test_data();
  if (data.empty()) {
    WARN("SKIPPED: BERTH_TEST_DATA is not set, no SGP.26 certificates and TS.48 packages");
    return;
  }
  WorldOptions options;
  options.published = data;
  World world(options);
  const Bytes package =
      to_bytes(as_bytes(read_file(data / "upp/TS48V5-SAIP2-3-NOBERTLV-UNIQUE.der")));
  REQUIRE(package.size() == 12163);
  const Iccid iccid = world.stock("alpha", &package);
  const auto order =
      world.order("alpha", [&](smdpplus::OrderRequest& request) { request.iccid = iccid; });
  auto phone = world.phone(published_card(data, "sgp26/eUICC/CERT_EUICC_ECDSA_NIST.der"));
  CHECK(phone->card().state().eid.text() == "89049032123451234512345678901235");
  const auto report = phone->download(order.activation_code);
  INFO((report ? "" : report.error().message));
  REQUIRE(report.ok());
  REQUIRE(phone->card().state().profiles.size() == 1);
  CHECK(phone->card().state().profiles.front().package == package);
  CHECK(world.profile_state("alpha", iccid) == "Installed");
}

TEST_CASE("a published card no order is bound to is refused", "[scenario][outside][R102]") {
  const auto data = test_data();
  if (data.empty()) {
    WARN("SKIPPED: BERTH_TEST_DATA is not set, no SGP.26 certificates");
    return;
  }
  WorldOptions options;
  options.published = data;
  World world(options);
  const auto order = world.order("alpha", [](smdpplus::OrderRequest& request) {
    request.eid = *Eid::parse("89049032123451234512345678901235");
  });
  auto phone =
      world.phone(published_card(data, "sgp26-invalid/CERT_EUICC_ECDSA_NIST_UNMATCHED_EID.der"));
  const auto refused = phone->download(order.activation_code);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().subject_code == "8.1.1");
  CHECK(refused.error().reason_code == "3.8");
}
