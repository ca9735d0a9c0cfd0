#include "kernel/rsp/sgp22/fields.h"

namespace berth::rsp::sgp22 {

Error malformed(std::string_view reason, std::string message) {
  return {ErrorCode::kInvalidArgument, reason, std::move(message)};
}

Result<ByteView> read_choice(ByteView der, der::Tag tag) {
  BERTH_TRY(outer, der::parse_single(der, tag));
  der::Reader reader(outer.value);
  BERTH_TRY(first, reader.peek());
  if (first != tag) return outer.value;
  BERTH_TRY(inner, der::parse_single(outer.value, tag));
  return inner.value;
}

Result<der::Tlv> read_alternative(ByteView choice) {
  der::Reader reader(choice);
  BERTH_TRY(alternative, reader.next());
  BERTH_TRY_VOID(reader.finish());
  return alternative;
}

Result<void> skip_extensions(der::Reader& reader) {
  while (!reader.at_end()) {
    BERTH_TRY_VOID(reader.next());
  }
  return {};
}

Result<TransactionId> read_transaction_id(der::Reader& reader) {
  BERTH_TRY(element, reader.expect(kTransactionId));
  return TransactionId::from_octets(element.value);
}

Result<Bytes> read_signature(der::Reader& reader) {
  BERTH_TRY(element, reader.expect(kSignature));
  if (element.value.size() != kSignatureSize) {
    return malformed("rsp.signature", "a signature is 64 octets, r and s, not a DER SEQUENCE");
  }
  return to_bytes(element.value);
}

Result<Bytes> read_certificate(der::Reader& reader) {
  BERTH_TRY(element, reader.expect(kSequence));
  return to_bytes(element.whole);
}

Result<Bytes> exact_octets(ByteView value, std::size_t size, std::string_view what) {
  if (value.size() != size) {
    return malformed("rsp.size", std::string(what) + " is " + std::to_string(size) + " octets");
  }
  return to_bytes(value);
}

Result<Version> to_version(ByteView value) {
  if (value.size() != 3) return malformed("rsp.version", "a version is three octets");
  return Version{value[0], value[1], value[2]};
}

Result<std::string> to_fqdn(ByteView value) {
  if (value.size() > kMaxFqdnSize) {
    return malformed("rsp.address", "a server address is at most 255 octets");
  }
  return std::string(as_text(value));
}

Result<Bytes> to_bit_string(ByteView value) {
  const bool sound = !value.empty() && value.size() <= kMaxBitStringSize && value[0] <= 7 &&
                     (value.size() > 1 || value[0] == 0);
  if (!sound) return malformed("rsp.bit_string", "not a BIT STRING of a sensible length");
  return to_bytes(value);
}

Result<std::vector<Bytes>> to_ci_ids(ByteView value) {
  std::vector<Bytes> ids;
  der::Reader reader(value);
  while (!reader.at_end()) {
    if (ids.size() == kMaxCiIds) return malformed("rsp.ci_list", "too many CI key identifiers");
    BERTH_TRY(id, reader.expect(kOctetString));
    ids.push_back(to_bytes(id.value));
  }
  return ids;
}

Result<ErrorAlternative> read_error_alternative(ByteView value) {
  constexpr der::Tag kAutomaticCode = 0x81;
  der::Reader reader(value);
  BERTH_TRY(transaction_id, read_transaction_id(reader));
  BERTH_TRY(tag, reader.peek());
  BERTH_TRY(code, reader.expect(tag == kAutomaticCode ? kAutomaticCode : kInteger));
  BERTH_TRY(number, der::to_unsigned(code.value));
  BERTH_TRY_VOID(skip_extensions(reader));
  return ErrorAlternative{transaction_id, number};
}

}  // namespace berth::rsp::sgp22
