#include "kernel/rsp/pki/certificate.h"

#include <catch2/catch.hpp>

#include "tests/kernel/rsp/pki/certificate_parts.h"
#include "tests/kernel/rsp/pki/own_chains.h"

namespace berth::rsp::pki {
namespace {

using test::hex;

Certificate certificate(std::string_view der_hex) {
  return Certificate::parse(hex(der_hex)).value();
}

std::string pem_of(ByteView der) {
  return "-----BEGIN CERTIFICATE-----\n" + to_base64(der) + "\n-----END CERTIFICATE-----\n";
}

}  // namespace

TEST_CASE("every field of an EUM and an eUICC certificate is read", "[rsp][pki][R22]") {
  for (const auto& [ci_hex, eum_hex, euicc_hex, curve] :
       {std::tuple(test::kP256Ci, test::kP256Eum, test::kP256Euicc, Curve::kP256),
        std::tuple(test::kBrainpoolCi, test::kBrainpoolEum, test::kBrainpoolEuicc,
                   Curve::kBrainpoolP256r1)}) {
    const Certificate ci = certificate(ci_hex);
    const Certificate eum = certificate(eum_hex);
    const Certificate euicc = certificate(euicc_hex);
    CHECK(ci.self_issued());
    CHECK_FALSE(ci.authority_key_id().has_value());
    CHECK(ci.policies() == std::vector<std::string>{std::string(kRoleCi)});

    CHECK(eum.subject_text() == "C=ES, O=Berth Test EUM, CN=Berth Test EUM");
    CHECK(eum.common_name() == "Berth Test EUM");
    CHECK(eum.authority_key_id() == ci.subject_key_id());
    CHECK(eum.issued_by_name_of(ci));
    CHECK_FALSE(eum.self_issued());
    CHECK(eum.is_ca());
    CHECK(eum.basic_constraints_critical());
    CHECK(eum.path_length() == 0);
    CHECK(eum.key_usage_cert_sign());
    CHECK_FALSE(eum.key_usage_digital_signature());
    CHECK(eum.policies() == std::vector<std::string>{std::string(kRoleEum)});
    CHECK(eum.registered_ids() == std::vector<std::string>{"2.999.5"});
    REQUIRE(eum.eum_constraints().size() == 1);
    CHECK(eum.eum_constraints()[0].organization == "Berth Test EUM");
    CHECK(eum.eum_constraints()[0].eid_prefix == "89049032");
    CHECK_FALSE(eum.has_unknown_critical_extension());
    CHECK(eum.signed_by(ci.public_key()));
    CHECK_FALSE(eum.signed_by(eum.public_key()));

    CHECK(euicc.public_key().curve() == curve);
    CHECK(euicc.organization() == "Berth Test EUM");
    CHECK(euicc.subject_serial_number() == test::kEidText);
    CHECK(to_rfc3339(euicc.not_before()) == "2026-05-31T00:00:00Z");
    CHECK(to_rfc3339(euicc.not_after()) == "7502-03-25T00:00:00Z");
    CHECK_FALSE(euicc.is_ca());
    CHECK_FALSE(euicc.path_length().has_value());
    CHECK(euicc.der() == hex(euicc_hex));
    CHECK(euicc.fingerprint() == sha256(hex(euicc_hex)));
    CHECK(euicc.signed_by(eum.public_key()));
  }
}

TEST_CASE("a TLS certificate names hosts and purposes", "[rsp][pki]") {
  const Certificate tls = certificate(test::kP256DpTls);
  CHECK(tls.dns_names() == std::vector<std::string>{"dp.example.com", "*.dp.example.com"});
  CHECK(tls.registered_ids() == std::vector<std::string>{"2.999.10"});
  CHECK(tls.extended_key_usages().size() == 2);
  CHECK(tls.extended_key_usage_critical());
  CHECK(tls.serial_number().size() == 8);
}

TEST_CASE("PEM holds exactly one certificate, whatever stands around it", "[rsp][pki]") {
  const Bytes der = hex(test::kP256Eum);
  const std::string pem = pem_of(der);
  CHECK(Certificate::from_pem(pem)->der() == der);
  CHECK(Certificate::from_pem("# a comment\r\n" + pem + "tail\n")->der() == der);
  for (const std::string& bad :
       {std::string(), std::string("-----BEGIN CERTIFICATE-----"), pem + pem,
        "-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n" + to_base64(der),
        pem_of(hex("3000")),
        std::string("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"),
        "-----BEGIN CERTIFICATE-----\n" + std::string(100'000, 'A') +
            "-----END CERTIFICATE-----"}) {
    const auto read = Certificate::from_pem(bad);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().reason() == "certificate.invalid");
  }
}

TEST_CASE("a key off its curve or on another curve makes no certificate", "[rsp][pki][R22]") {
  test::CertificateParts parts;  // its point is no point
  CHECK(Certificate::parse(parts.assemble()).error().reason() == "certificate.invalid");
  parts.point = certificate(test::kP256Eum).public_key().point();
  CHECK(Certificate::parse(parts.assemble()).ok());
  parts.point[0] = 0x06;  // the hybrid form
  CHECK(Certificate::parse(parts.assemble()).error().reason() == "certificate.invalid");
  parts.key_algorithm = hex("301006072A8648CE3D020106052B81040022");
  CHECK(Certificate::parse(parts.assemble()).error().reason() == "certificate.curve");
  parts.key_algorithm = hex("300D06092A864886F70D0101010500");
  CHECK(Certificate::parse(parts.assemble()).error().reason() == "certificate.curve");
}

}  // namespace berth::rsp::pki
