// A certificate put together from parts, each of which a test may spoil. The signature is not
// genuine: reading does not look at it.

#pragma once

#include "kernel/rsp/der/der.h"
#include "kernel/rsp/pki/certificate_fields.h"

namespace berth::rsp::pki::test {

inline Bytes hex(std::string_view text) { return from_hex(text).value(); }

inline Bytes extension(std::string_view oid, std::string_view flag_hex, ByteView contents) {
  return der::tlv(0x30, {der::tlv(0x06, der::oid_from_text(oid).value()), hex(flag_hex),
                         der::tlv(0x04, contents)});
}

struct CertificateParts {
  Bytes version = hex("A003020102");
  Bytes serial = hex("020101");
  Bytes algorithm = hex("300A06082A8648CE3D040302");
  Bytes issuer = hex("300F310D300B06035504030C0454657374");  // CN=Test
  Bytes validity = hex("301E170D3236303533313030303030305A170D3336303533313030303030305A");
  Bytes subject = hex("300F310D300B06035504030C0454657374");
  Bytes key_algorithm = hex("301306072A8648CE3D020106082A8648CE3D030107");
  Bytes point = Bytes(65, 0x04);
  Bytes extensions = extension("2.5.29.14", "", hex("04020102"));  // subjectKeyIdentifier
  Bytes tail;                                                      // in the tbs, after all
  Bytes outer_algorithm = hex("300A06082A8648CE3D040302");
  Bytes signature = hex("0309003006020101020101");

  Bytes key_bits = hex("00");  // the BIT STRING's count of unused bits

  Bytes assemble() const {
    const Bytes key = der::tlv(0x30, {key_algorithm, der::tlv(0x03, {key_bits, point})});
    const Bytes list = extensions.empty() ? Bytes() : der::tlv(0xA3, der::tlv(0x30, extensions));
    const Bytes tbs =
        der::tlv(0x30, {version, serial, algorithm, issuer, validity, subject, key, list, tail});
    return der::tlv(0x30, {tbs, outer_algorithm, signature});
  }
};

}  // namespace berth::rsp::pki::test
