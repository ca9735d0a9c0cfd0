#include "kernel/rsp/pki/certificate_fields.h"

#include <catch2/catch.hpp>
#include <functional>
#include <limits>

#include "tests/kernel/rsp/pki/certificate_parts.h"

namespace berth::rsp::pki {
namespace {

using test::CertificateParts;
using test::hex;

std::string result_of(const std::function<void(CertificateParts&)>& spoil) {
  CertificateParts parts;
  spoil(parts);
  const Bytes der = parts.assemble();
  const auto fields = parse_fields(der);
  return fields ? "read" : std::string(fields.error().reason());
}

Bytes validity(std::string_view before, std::string_view after) {
  const auto time = [](std::string_view text) {
    return der::tlv(text.size() == 13 ? 0x17 : 0x18, as_bytes(text));
  };
  return der::tlv(0x30, {time(before), time(after)});
}

Result<CertificateFields> with_dates(std::string_view before, std::string_view after) {
  // The views of the fields die with `der`; only the dates are looked at.
  CertificateParts parts;
  parts.validity = validity(before, after);
  const Bytes der = parts.assemble();
  return parse_fields(der);
}

}  // namespace

TEST_CASE("a plain certificate reads; one octet after it or in it does not", "[rsp][pki]") {
  CHECK(result_of([](CertificateParts&) {}) == "read");
  Bytes der = CertificateParts().assemble();
  der.push_back(0);
  CHECK(parse_fields(der).error().reason() == "certificate.invalid");
  der.insert(der.end(), der.begin(), der.end() - 1);
  CHECK_FALSE(parse_fields(der).ok());  // two certificates
  CHECK_FALSE(parse_fields({}).ok());
  const auto refused = [](const std::function<void(CertificateParts&)>& spoil) {
    return result_of(spoil) == "certificate.invalid";
  };
  CHECK(refused([](auto& parts) { parts.tail = hex("0500"); }));
  CHECK(refused([](auto& parts) { parts.signature = hex("0309013006020101020101"); }));
  CHECK(refused([](auto& parts) { parts.signature = hex("030100"); }));
  CHECK(refused([](auto& parts) { parts.outer_algorithm = hex("300A06082A8648CE3D040303"); }));
  CHECK(refused([](auto& parts) { parts.outer_algorithm.clear(); }));
  CHECK(refused([](auto& parts) {
    parts.algorithm = parts.outer_algorithm = hex("300A06082A8648CE3D040303");  // SHA-384
  }));
  CHECK(refused([](auto& parts) {
    parts.algorithm = parts.outer_algorithm = hex("300C06082A8648CE3D0403020500");  // parameters
  }));
  CHECK(refused([](auto& parts) { parts.algorithm = hex("300C06082A8648CE3D0403020500"); }));
  CHECK(refused([](auto& parts) {
    parts.extensions = test::extension("2.999.1", "", Bytes(kMaxCertificateOctets, 0));
  }));
}

TEST_CASE("version 3, or version 1 without extensions", "[rsp][pki]") {
  CHECK(result_of([](auto& parts) { parts.version.clear(); }) == "certificate.invalid");
  CHECK(result_of([](auto& parts) {
          parts.version.clear();
          parts.extensions.clear();
        }) == "read");
  CHECK(result_of([](auto& parts) { parts.version = hex("A003020101"); }) == "certificate.invalid");
  CHECK(result_of([](auto& parts) { parts.version = hex("A003020103"); }) == "certificate.invalid");
  CHECK(result_of([](auto& parts) { parts.version = hex("A00402020002"); }) ==
        "certificate.invalid");
}

TEST_CASE("serial numbers are positive, minimal and at most 20 octets", "[rsp][pki]") {
  const auto serial = [](std::string_view contents) {
    return result_of([&](auto& parts) { parts.serial = der::tlv(0x02, hex(contents)); });
  };
  CHECK(serial("01") == "read");
  CHECK(serial("00B874F3ABFA6C44D3") == "read");
  CHECK(serial("7F" + std::string(38, '0')) == "read");
  CHECK(serial("00FF" + std::string(38, '0')) == "read");
  CHECK(serial("7F" + std::string(40, '0')) == "certificate.invalid");
  CHECK(serial("00FF" + std::string(40, '0')) == "certificate.invalid");
  CHECK(serial("") == "certificate.invalid");
  CHECK(serial("81") == "certificate.invalid");
  CHECK(serial("0001") == "certificate.invalid");
}

TEST_CASE("validity dates of both kinds are read, to the year 9999", "[rsp][pki]") {
  const auto both = with_dates("200401094858Z", "74960124094858Z");
  REQUIRE(both.ok());
  CHECK(to_rfc3339(both->not_before) == "2020-04-01T09:48:58Z");
  CHECK(to_rfc3339(both->not_after) == "7496-01-24T09:48:58Z");
  CHECK(to_rfc3339(with_dates("491231235959Z", "500101000000Z")->not_before) ==
        "2049-12-31T23:59:59Z");
  CHECK(with_dates("491231235959Z", "500101000000Z")->not_after == -631152000000);  // 1950
  CHECK(with_dates("200101000000Z", "99991231235959Z")->not_after ==
        std::numeric_limits<UnixMs>::max());
  CHECK(to_rfc3339(with_dates("200101000000Z", "99991231235958Z")->not_after) ==
        "9999-12-31T23:59:58Z");
  CHECK(with_dates("240229000000Z", "20280229000000Z").ok());
  for (const char* bad :
       {"230229000000Z", "231301000000Z", "230100000000Z", "230101240000Z", "230101006000Z",
        "230101000060Z", "2301010000001", "23010100000aZ", "2301010000Z", "230101000000+0100",
        "20230101000000.5Z", "", "-30101000000Z"}) {
    INFO(bad);
    CHECK_FALSE(with_dates(bad, "300101000000Z").ok());
    CHECK_FALSE(with_dates("200101000000Z", bad).ok());
  }
}

// An empty element of another tag once had its last octet looked at.
TEST_CASE("validity dates of another kind are refused, empty ones too", "[rsp][pki]") {
  for (const char* bad : {"2000", "0500", "1700", "1800", "130D3236303533313030303030305A"}) {
    INFO(bad);
    const Bytes good = hex("170D3236303533313030303030305A");
    CHECK(result_of([&](CertificateParts& parts) {
            parts.validity = der::tlv(0x30, {hex(bad), good});
          }) == "certificate.invalid");
    CHECK(result_of([&](CertificateParts& parts) {
            parts.validity = der::tlv(0x30, {good, hex(bad)});
          }) == "certificate.invalid");
  }
}

TEST_CASE("keys on other curves are read as unsupported, odd encodings refused", "[rsp][pki]") {
  const auto curve = [](std::string_view algorithm) {
    CertificateParts parts;
    parts.key_algorithm = hex(algorithm);
    const Bytes der = parts.assemble();
    const auto fields = parse_fields(der);
    return fields ? (fields->curve ? "known" : "unknown") : "refused";
  };
  CHECK(curve("301306072A8648CE3D020106082A8648CE3D030107") == std::string("known"));
  CHECK(curve("301406072A8648CE3D020106092B2403030208010107") == std::string("known"));
  CHECK(curve("301006072A8648CE3D020106052B81040022") == std::string("unknown"));  // P-384
  CHECK(curve("300D06092A864886F70D0101010500") == std::string("unknown"));        // RSA
  CHECK(curve("300906072A8648CE3D0201") == std::string("refused"));                // no curve
  CHECK(curve("300B06072A8648CE3D02013000") == std::string("refused"));            // explicit
  CHECK(curve("301506072A8648CE3D020106082A8648CE3D0301070500") == std::string("refused"));
  CHECK(result_of([](auto& parts) { parts.key_bits = hex("01"); }) == "certificate.invalid");
}

TEST_CASE("an extension occurs once and is well-formed", "[rsp][pki]") {
  const auto with = [](const Bytes& extensions) {
    return result_of([&](auto& parts) { parts.extensions = extensions; });
  };
  const Bytes one = test::extension("2.999.1", "", hex("0500"));
  Bytes twice = one;
  append(twice, test::extension("2.5.29.14", "", hex("04020102")));
  CHECK(with(one) == "read");
  CHECK(with(twice) == "read");
  append(twice, one);
  CHECK(with(twice) == "certificate.invalid");
  CHECK(with(test::extension("2.999.1", "0101FF", hex("0500"))) == "read");
  CHECK(with(test::extension("2.999.1", "010100", hex("0500"))) == "read");
  CHECK(with(test::extension("2.999.1", "010101", hex("0500"))) == "certificate.invalid");
  CHECK(with(hex("3003060100")) == "certificate.invalid");
  CHECK(with(hex("0500")) == "certificate.invalid");
}

}  // namespace berth::rsp::pki
