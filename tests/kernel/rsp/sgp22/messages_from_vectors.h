// Whole messages around the known signed parts. Certificates are empty sequences: these parsers
// only pass them on.

#pragma once

#include "kernel/rsp/der/der.h"
#include "kernel/rsp/sgp22/messages.h"
#include "tests/kernel/rsp/sgp22_vectors.h"

namespace berth::rsp::sgp22::vectors {

using namespace berth::vectors;  // NOLINT: the values themselves

inline Bytes signature_tlv(std::string_view raw) { return der::tlv(0x5F37, hex(raw)); }

inline Bytes joined(std::initializer_list<ByteView> parts) {
  Bytes out;
  for (const ByteView part : parts) append(out, part);
  return out;
}

// The value of the A0 alternative of AuthenticateServerResponse.
inline Bytes authenticate_ok_fields(ByteView signed1) {
  return joined(
      {signed1, signature_tlv(kEuiccSignature1Raw), hex("3003040145"), hex("3003040155")});
}

inline Bytes authenticate_server_response(ByteView signed1) {
  return der::tlv(0xBF38, der::tlv(0xA0, authenticate_ok_fields(signed1)));
}

inline Bytes prepare_download_response(ByteView signed2) {
  return der::tlv(0xBF21, der::tlv(0xA0, joined({signed2, signature_tlv(kEuiccSignature2Raw)})));
}

// A card of version 2.2.0 with one CI key, the test NIST one.
inline Bytes euicc_info1() {
  const Bytes id = der::tlv(0x04, hex("F54172BDF98A95D65CBEB88A38A1C11D800A85C3"));
  return der::tlv(0xBF20, {hex("8203020200"), der::tlv(0xA9, id), der::tlv(0xAA, id)});
}

// The BF22 inside the known euiccSigned1.
inline Bytes euicc_info2() {
  const Bytes signed1 = hex(kEuiccSigned1);
  der::Reader fields(der::parse_single(signed1, 0x30).value().value);
  for (int skipped = 0; skipped < 3; ++skipped) fields.next().value();
  return to_bytes(fields.next().value().whole);
}

inline Bytes other_notification() {
  const Bytes metadata = der::tlv(
      0xBF2F, {hex("800107"), hex("81020640"), der::tlv(0x0C, as_bytes("smdp.example.com")),
               hex("5A0A98001032547698103214")});
  return der::tlv(
      0x30, {metadata, signature_tlv(kEuiccSignPirRaw), hex("3003040145"), hex("3003040155")});
}

}  // namespace berth::rsp::sgp22::vectors
