// Real input: the published SGP.26 certificates of both curves and GSMA TS.48 test profiles, from
// the folder BERTH_TEST_DATA. Without it the tests of our own certificates and profile show the
// same.

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "kernel/rsp/der/der.h"
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

testpki::Issued published_card(const std::filesystem::path& data, const std::string& certificate,
                               const std::string& curve = "NIST") {
  auto key =
      testpki::key_from_pem(read_file(data / ("sgp26/eUICC/SK_EUICC_ECDSA_" + curve + ".pem")));
  REQUIRE(key.ok());
  return {to_bytes(as_bytes(read_file(data / certificate))), std::move(*key)};
}

std::vector<std::filesystem::path> packages_of(const std::filesystem::path& data, bool unique) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(data / "upp")) {
    const bool is_unique = entry.path().stem().string().ends_with("-UNIQUE");
    if (entry.path().extension() == ".der" && is_unique == unique) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Ordered, downloaded and installed on this card as it was imported.
void installs(World& world, Phone& phone, const std::filesystem::path& file) {
  CAPTURE(file.filename().string());
  const Bytes package = to_bytes(as_bytes(read_file(file)));
  const Iccid iccid = world.stock("alpha", &package);
  const auto order =
      world.order("alpha", [&](smdpplus::OrderRequest& request) { request.iccid = iccid; });
  const auto report = phone.download(order.activation_code);
  INFO((report ? "" : report.error().message));
  REQUIRE(report.ok());
  REQUIRE_FALSE(phone.card().state().profiles.empty());
  CHECK(phone.card().state().profiles.back().package == package);
  CHECK(world.profile_state("alpha", iccid) == "Installed");
}

}  // namespace

TEST_CASE(
    "published cards of both curves install every TS.48 package, side by side where each has "
    "its ICCID",
    "[scenario][outside][R22]") {
  const auto data = test_data();
  if (data.empty()) {
    WARN("SKIPPED: BERTH_TEST_DATA is not set, no SGP.26 certificates and TS.48 packages");
    return;
  }
  const Curve curve = GENERATE(Curve::kP256, Curve::kBrainpoolP256r1);
  const std::string name = curve == Curve::kP256 ? "NIST" : "BRP";
  CAPTURE(name);
  WorldOptions options;
  options.published = data;
  options.curves = {Curve::kP256, Curve::kBrainpoolP256r1};
  World world(options);
  auto phone = world.phone(
      published_card(data, "sgp26/eUICC/CERT_EUICC_ECDSA_" + name + ".der", name), 0, curve);
  CHECK(phone->card().state().eid.text() == "89049032123451234512345678901235");
  const auto files = packages_of(data, true);
  REQUIRE(files.size() == 18);
  for (const auto& file : files) installs(world, *phone, file);
  CHECK(phone->card().state().profiles.size() == 18);
}

TEST_CASE("TS.48 packages that share ICCIDs are installed too, each from a fresh ledger",
          "[scenario][outside]") {
  const auto data = test_data();
  if (data.empty()) {
    WARN("SKIPPED: BERTH_TEST_DATA is not set, no TS.48 packages");
    return;
  }
  const auto files = packages_of(data, false);
  REQUIRE(files.size() == 18);
  for (const auto& file : files) {
    WorldOptions options;
    options.published = data;
    World world(options);
    auto phone = world.phone(published_card(data, "sgp26/eUICC/CERT_EUICC_ECDSA_NIST.der"));
    installs(world, *phone, file);
  }
}

TEST_CASE("each published invalid certificate is refused with its documented pair",
          "[scenario][outside]") {
  const auto data = test_data();
  if (data.empty()) {
    WARN("SKIPPED: BERTH_TEST_DATA is not set, no SGP.26 certificates");
    return;
  }
  struct Case {
    const char* euicc;
    const char* eum;
    const char* pair;
  };
  const std::string good_card = "sgp26/eUICC/CERT_EUICC_ECDSA_NIST.der";
  const std::string good_eum = "sgp26/EUM/CERT_EUM_ECDSA_NIST.der";
  const Case kCases[] = {
      {"", "sgp26-invalid/CERT_EUM_ECDSA_NIST_INVALID.der", "8.1.2/6.1"},
      {"", "sgp26-invalid/CERT_EUM_ECDSA_NIST_EXPIRED.der", "8.1.2/6.3"},
      {"", "sgp26-invalid/CERT_EUM_ECDSA_NIST_UNKNOWN_CI.der", "8.11.1/3.9"},
      {"sgp26-invalid/CERT_EUICC_ECDSA_NIST_INVALID.der", "", "8.1.3/6.1"},
      {"sgp26-invalid/CERT_EUICC_ECDSA_NIST_EXPIRED.der", "", "8.1.3/6.3"},
      {"sgp26-invalid/CERT_EUICC_ECDSA_NIST_INVALID_EID.der", "", "8.1.3/6.1"},
      {"sgp26-invalid/CERT_EUICC_ECDSA_NIST_UNMATCHED_EID.der", "", "8.1.1/3.8"},
  };
  WorldOptions options;
  options.published = data;
  World world(options);
  const auto order = world.order("alpha", [](smdpplus::OrderRequest& request) {
    request.eid = *Eid::parse("89049032123451234512345678901235");
  });
  auto good = world.phone(published_card(data, good_card));
  for (const Case& flaw : kCases) {
    CAPTURE(flaw.euicc, flaw.eum);
    // The good card's signature; the chain around it is exchanged on the way.
    lpa::Es9Client client(good->transport(), "testsmdpplus1.example.com");
    auto& card = good->card();
    const auto begun = client.initiate_authentication(card.euicc_challenge(), card.euicc_info1());
    REQUIRE(begun.ok());
    const auto answer = card.authenticate_server(
        {begun->server_signed1, begun->server_signature1, begun->ci_key_id_to_be_used,
         begun->server_certificate, order.matching_id.text(), kDevice});
    REQUIRE(answer.ok());
    const auto with_chain = [&](const std::string& file, const std::string& usual) {
      return to_bytes(as_bytes(read_file(data / (file.empty() ? usual : file))));
    };
    rsp::der::Reader response(rsp::der::parse_single(answer->der, 0xBF38)->value);
    rsp::der::Reader ok(response.next()->value);
    const Bytes signed1 = to_bytes(ok.next()->whole);
    const Bytes signature1 = to_bytes(ok.next()->whole);
    const Bytes exchanged = rsp::der::tlv(
        0xBF38, rsp::der::tlv(0xA0, {signed1, signature1, with_chain(flaw.euicc, good_card),
                                     with_chain(flaw.eum, good_eum)}));
    const auto refused = client.authenticate_client(begun->transaction_id, exchanged);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().subject_code + "/" + refused.error().reason_code == flaw.pair);
  }
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
