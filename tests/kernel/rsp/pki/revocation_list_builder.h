// Revocation lists made by hand, octet for octet, and signed by a test CI.

#pragma once

#include <string_view>
#include <vector>

#include "kernel/rsp/der/der.h"
#include "kernel/rsp/pki/certificate.h"
#include "tools/testpki/key_pair.h"

namespace berth::rsp::pki::test {

struct RevocationListShape {
  std::string_view this_update = "260101000000Z";
  std::string_view next_update = "360101000000Z";
  Bytes extensions;  // further Extension elements
  bool with_key_id = true;
};

// The subject name of a certificate, whole.
inline Bytes subject_of(ByteView certificate) {
  der::Reader outer(der::parse_single(certificate, 0x30)->value);
  der::Reader fields(outer.next()->value);
  // version, serialNumber, signature, issuer, validity; then the subject.
  for (int i = 0; i < 5; ++i) (void)fields.next();
  return to_bytes(fields.next()->whole);
}

inline Bytes make_revocation_list(ByteView issuer_certificate, const testpki::KeyPair& key,
                                  const std::vector<Bytes>& serial_numbers,
                                  const RevocationListShape& shape = {}) {
  const auto issuer = *Certificate::parse(issuer_certificate);
  const Bytes algorithm = *from_hex("300A06082A8648CE3D040302");
  Bytes entries;
  for (const Bytes& serial : serial_numbers) {
    Bytes fields = der::tlv(0x02, serial);
    append(fields, der::tlv(0x17, as_bytes(shape.this_update)));
    der::append_tlv(entries, 0x30, fields);
  }
  Bytes extensions = shape.extensions;
  if (shape.with_key_id) {
    const Bytes key_id = der::tlv(0x30, der::tlv(0x80, issuer.subject_key_id()));
    append(extensions, der::tlv(0x30, {*from_hex("0603551D23"), der::tlv(0x04, key_id)}));
  }
  Bytes tbs = der::tlv(0x02, Bytes{1});
  append(tbs, algorithm);
  append(tbs, subject_of(issuer_certificate));
  append(tbs, der::tlv(0x17, as_bytes(shape.this_update)));
  append(tbs, der::tlv(0x17, as_bytes(shape.next_update)));
  if (!entries.empty()) append(tbs, der::tlv(0x30, entries));
  if (!extensions.empty()) append(tbs, der::tlv(0xA0, der::tlv(0x30, extensions)));
  const Bytes signed_part = der::tlv(0x30, tbs);
  Bytes bits{0};
  append(bits, testpki::sign_der(key, signed_part));
  return der::tlv(0x30, {signed_part, algorithm, der::tlv(0x03, bits)});
}

}  // namespace berth::rsp::pki::test
