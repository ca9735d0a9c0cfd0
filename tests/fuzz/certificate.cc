// Certificates as DER and as PEM.

#include "kernel/rsp/pki/certificate.h"

#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {
namespace {

using rsp::pki::Certificate;

void check(const Certificate& one) {
  must_hold(one.public_key().point().size() == 65, "a key is a point of 65 octets");
  must_hold(one.fingerprint() == sha256(one.der()), "the fingerprint is of the octets");
  must_hold(one.serial_number().size() <= one.der().size(), "the serial number is borrowed");
  one.signed_by(one.public_key());
  must_hold(one.self_issued() == one.issued_by_name_of(one), "self-issued is a name's own match");
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  const std::string base64 = to_base64(one.der());
  for (std::size_t at = 0; at < base64.size(); at += 64) pem += base64.substr(at, 64) + "\n";
  pem += "-----END CERTIFICATE-----\n";
  const auto again = Certificate::from_pem(pem);
  must_hold(again.ok() && again->der() == one.der(), "PEM carries the same octets");
}

}  // namespace

void one_input(ByteView input) {
  if (const auto one = Certificate::parse(input)) {
    must_hold(equal(one->der(), input), "a certificate keeps its octets");
    check(*one);
  }
  if (const auto one = Certificate::from_pem(as_text(input))) check(*one);
}

}  // namespace berth::fuzz
