// The published SGP.26 certificates and TS.48 profiles, when they are at hand.

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "kernel/saip/package.h"
#include "tests/tools/euicc/fake_smdp.h"
#include "tools/euicc/card_setup.h"

namespace berth::euicc {
namespace {

Bytes read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.is_open());
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

TEST_CASE("a published card installs every published profile octet for octet", "[euicc][R44]") {
  const char* folder = std::getenv("BERTH_TEST_DATA");
  if (folder == nullptr) {
    WARN("SKIPPED: BERTH_TEST_DATA is not set");
    return;
  }
  const std::filesystem::path data(folder);
  const std::filesystem::path pki = data / "sgp26";
  const std::string curve = GENERATE("NIST", "BRP");
  const auto der = [&](const std::string& stem) { return read(pki / (stem + curve + ".der")); };
  const auto key = [&](const std::string& stem) { return read(pki / (stem + curve + ".pem")); };
  Bench bench;
  CardSetup setup;
  setup.credentials.push_back(
      {der("eUICC/CERT_EUICC_ECDSA_"), key("eUICC/SK_EUICC_ECDSA_"), der("EUM/CERT_EUM_ECDSA_")});
  setup.ci_certificates.push_back(der("CertificateIssuer/CERT_CI_ECDSA_"));
  const auto state = new_card(setup, bench.clock.now_ms());
  REQUIRE(state.ok());
  bench.smdp.auth = {der("DPauth/CERT_S_SM_DPauth_ECDSA_"),
                     *testpki::key_from_pem(as_text(key("DPauth/SK_S_SM_DPauth_ECDSA_")))};
  bench.smdp.pb = {der("DPpb/CERT_S_SM_DPpb_ECDSA_"),
                   *testpki::key_from_pem(as_text(key("DPpb/SK_S_SM_DPpb_ECDSA_")))};
  bench.smdp.ci_key_id = state->credentials[0].ci_key_id;
  for (const auto& entry : std::filesystem::directory_iterator(data / "upp")) {
    if (entry.path().extension() != ".der") continue;
    INFO(entry.path());
    bench.card = std::move(*Card::open(*state, bench.store, bench.random, bench.clock));
    bench.smdp.dp_one_time_key.reset();
    bench.smdp.package = read(entry.path());
    const auto content = saip::validate(bench.smdp.package);
    REQUIRE(content.ok());
    bench.smdp.metadata = *rsp::sgp22::encode_metadata(named_metadata(content->iccid));
    REQUIRE_FALSE(bench.download().failure.has_value());
    CHECK(bench.card->state().profiles.at(0).package == bench.smdp.package);
  }
}

}  // namespace
}  // namespace berth::euicc
