// The GSMA's own test certificates (SGP.26, and the invalid ones of SGP.23), when the folder named
// by BERTH_TEST_DATA holds them.

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "kernel/rsp/pki/chain.h"
#include "tests/kernel/rsp/pki/certificate_parts.h"

namespace berth::rsp::pki {
namespace {

constexpr UnixMs kJune2026Ms = 1'780'272'000'000;  // 2026-06-01T00:00:00Z
constexpr std::string_view kPublishedEid = "89049032123451234512345678901235";

std::optional<std::filesystem::path> outside_data() {
  const char* folder = std::getenv("BERTH_TEST_DATA");
  if (folder == nullptr ||
      !std::filesystem::is_directory(std::filesystem::path(folder) / "sgp26")) {
    WARN("SKIPPED: BERTH_TEST_DATA names no folder with sgp26/");
    return std::nullopt;
  }
  return std::filesystem::path(folder);
}

Bytes load(const std::filesystem::path& path) {
  INFO(path);
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Certificate certificate(const std::filesystem::path& path) {
  const auto parsed = Certificate::parse(load(path));
  INFO(path << ": " << (parsed ? "" : parsed.error().message()));
  REQUIRE(parsed.ok());
  return *parsed;
}

struct Published {
  std::string suffix;
  Curve curve;
  std::string_view ci_key_id;
};
const Published kBoth[] = {
    {"NIST", Curve::kP256, "F54172BDF98A95D65CBEB88A38A1C11D800A85C3"},
    {"BRP", Curve::kBrainpoolP256r1, "C0BC70BA36929D43B467FF57570530E57AB8FCD8"},
};

TrustAnchors published_cis(const std::filesystem::path& data) {
  TrustAnchors anchors;
  for (const Published& published : kBoth) {
    REQUIRE(anchors
                .add(certificate(data / "sgp26/CertificateIssuer" /
                                 ("CERT_CI_ECDSA_" + published.suffix + ".der")))
                .ok());
  }
  return anchors;
}

}  // namespace

TEST_CASE("the published chains verify on both curves", "[rsp][pki][R20][R22]") {
  const auto data = outside_data();
  if (!data) return;
  const TrustAnchors anchors = published_cis(*data);
  const EuiccChainVerifier verifier(anchors);
  for (const Published& published : kBoth) {
    const Bytes ci = test::hex(published.ci_key_id);
    const Bytes eum = load(*data / "sgp26/EUM" / ("CERT_EUM_ECDSA_" + published.suffix + ".der"));
    const Bytes euicc =
        load(*data / "sgp26/eUICC" / ("CERT_EUICC_ECDSA_" + published.suffix + ".der"));
    const auto verified = verifier.verify(euicc, eum, ci, kJune2026Ms);
    REQUIRE(verified.ok());
    CHECK(verified->eid.text() == kPublishedEid);
    CHECK(verified->euicc.public_key().curve() == published.curve);
    CHECK(to_rfc3339(verified->euicc.not_after()) == "7496-01-24T09:48:58Z");
    CHECK(verified->eum.eum_constraints()[0].eid_prefix == "89049032");
    const Bytes other = test::hex(kBoth[published.curve == Curve::kP256 ? 1 : 0].ci_key_id);
    CHECK(verifier.verify(euicc, eum, other, kJune2026Ms).error().pair() == "8.11.1/3.9");
  }
}

TEST_CASE("the published server certificates pass as a card checks them", "[rsp][pki][R22]") {
  const auto data = outside_data();
  if (!data) return;
  const TrustAnchors anchors = published_cis(*data);
  for (const Published& published : kBoth) {
    for (const auto& [folder, name, role, oid] :
         {std::tuple("DPauth", "CERT_S_SM_DPauth_ECDSA_", kRoleDpAuth, "2.999.10"),
          std::tuple("DPpb", "CERT_S_SM_DPpb_ECDSA_", kRoleDpPb, "2.999.10"),
          std::tuple("DPauth", "CERT_S_SM_DP2auth_ECDSA_", kRoleDpAuth, "2.999.12"),
          std::tuple("DPpb", "CERT_S_SM_DP2pb_ECDSA_", kRoleDpPb, "2.999.12"),
          std::tuple("DPtls", "CERT_S_SM_DP_TLS_", kRoleDpTls, "2.999.10")}) {
      const Certificate server =
          certificate(*data / "sgp26" / folder / (name + published.suffix + ".der"));
      CHECK(verify_server_certificate(server, anchors, role, kJune2026Ms).ok());
      CHECK(server.registered_ids() == std::vector<std::string>{oid});
      const auto wrong = role == kRoleDpAuth ? kRoleDpPb : kRoleDpAuth;
      CHECK(verify_server_certificate(server, anchors, wrong, kJune2026Ms).error().reason() ==
            "certificate.role");
    }
  }
  const auto tls = certificate(*data / "sgp26/DPtls/CERT_S_SM_DP_TLS_NIST.der");
  CHECK(tls.dns_names() == std::vector<std::string>{"testsmdpplus1.example.com"});
}

TEST_CASE("each published invalid certificate gets its documented refusal", "[rsp][pki][R20]") {
  const auto data = outside_data();
  if (!data) return;
  const TrustAnchors anchors = published_cis(*data);
  const EuiccChainVerifier verifier(anchors);
  const auto invalid = *data / "sgp26-invalid";
  const Bytes good_eum = load(*data / "sgp26/EUM/CERT_EUM_ECDSA_NIST.der");
  const Bytes good_euicc = load(*data / "sgp26/eUICC/CERT_EUICC_ECDSA_NIST.der");
  const Bytes ci = test::hex(kBoth[0].ci_key_id);
  const auto refused = [&](ByteView euicc, ByteView eum) {
    const auto verified = verifier.verify(euicc, eum, ci, kJune2026Ms);
    return verified ? "good" : verified.error().pair();
  };
  for (const auto& [name, pair] : {std::pair("CERT_EUM_ECDSA_NIST_INVALID.der", "8.1.2/6.1"),
                                   std::pair("CERT_EUM_ECDSA_NIST_EXPIRED.der", "8.1.2/6.3"),
                                   std::pair("CERT_EUM_ECDSA_NIST_UNKNOWN_CI.der", "8.11.1/3.9")}) {
    INFO(name);
    CHECK(refused(good_euicc, load(invalid / name)) == pair);
  }
  for (const auto& [name, pair] :
       {std::pair("CERT_EUICC_ECDSA_NIST_INVALID.der", "8.1.3/6.1"),
        std::pair("CERT_EUICC_ECDSA_NIST_EXPIRED.der", "8.1.3/6.3"),
        std::pair("CERT_EUICC_ECDSA_NIST_INVALID_EID.der", "8.1.3/6.1")}) {
    INFO(name);
    CHECK(refused(load(invalid / name), good_eum) == pair);
  }
  // A good certificate whose EID fails its check digits: those are never asked of a certificate.
  const auto unmatched = verifier.verify(load(invalid / "CERT_EUICC_ECDSA_NIST_UNMATCHED_EID.der"),
                                         good_eum, ci, kJune2026Ms);
  REQUIRE(unmatched.ok());
  CHECK(unmatched->eid.text() == "89049032123451234512345678901299");
  CHECK_FALSE(unmatched->eid.check_digits_ok());

  TrustAnchors empty;
  CHECK(empty.add(certificate(invalid / "CERT_UNKNOWN_CI_ECDSA_NIST.der")).error().reason() ==
        "certificate.not_a_ci");
}

TEST_CASE("every published certificate of the set can be read", "[rsp][pki]") {
  const auto data = outside_data();
  if (!data) return;
  int read = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*data / "sgp26")) {
    const std::string name = entry.path().filename().string();
    const bool pem = name.ends_with(".pem");
    if (!name.starts_with("CERT_") || !(pem || name.ends_with(".der"))) continue;
    INFO(entry.path());
    const Bytes octets = load(entry.path());
    const auto parsed = pem ? Certificate::from_pem(as_text(octets)) : Certificate::parse(octets);
    INFO((parsed ? "" : parsed.error().message()));
    CHECK(parsed.ok());
    ++read;
  }
  CHECK(read > 20);
}

}  // namespace berth::rsp::pki
