#include "kernel/rsp/bsp/bound_package.h"

#include "kernel/rsp/der/der.h"

namespace berth::rsp::bsp {
namespace {

constexpr der::Tag kBoundProfilePackage = 0xBF36;
constexpr der::Tag kInitialiseSecureChannel = 0xBF23;
constexpr der::Tag kConfigureIsdp = 0xBF24;
constexpr der::Tag kStoreMetadataRequest = 0xBF25;
constexpr der::Tag kReplaceSessionKeys = 0xBF26;
constexpr der::Tag kFirstSequenceOf87 = 0xA0;
constexpr der::Tag kSequenceOf88 = 0xA1;
constexpr der::Tag kSecondSequenceOf87 = 0xA2;
constexpr der::Tag kSequenceOf86 = 0xA3;
constexpr der::Tag kRemoteOpId = 0x82;
constexpr der::Tag kTransactionId = 0x80;
constexpr der::Tag kOtpk = 0x5F49;
constexpr der::Tag kSmdpSign = 0x5F37;
constexpr std::uint8_t kInstallBoundProfilePackage = 0x01;

Error invalid(std::string_view reason, std::string message) {
  return {ErrorCode::kInvalidArgument, reason, std::move(message)};
}

// remoteOpId, transactionId, controlRefTemplate and otPK.DP: what BF23 and smdpSign share.
Bytes secure_channel_head(const TransactionId& transaction, ByteView control_ref_template,
                          ByteView dp_otpk) {
  Bytes head;
  der::append_tlv(head, kRemoteOpId, ByteView(&kInstallBoundProfilePackage, 1));
  der::append_tlv(head, kTransactionId, transaction.octets());
  append(head, control_ref_template);
  der::append_tlv(head, kOtpk, dp_otpk);
  return head;
}

Result<void> check_commands(ByteView configure_isdp, ByteView metadata) {
  if (configure_isdp.size() > kMaxConfigureIsdpSize ||
      !der::parse_single(configure_isdp, kConfigureIsdp)) {
    return invalid("bsp.configure_isdp", "ConfigureISDP is one BF24 of at most 128 octets");
  }
  if (metadata.size() > kMaxMetadataSize || !der::parse_single(metadata, kStoreMetadataRequest)) {
    return invalid("bsp.metadata", "StoreMetadata is one BF25 of at most 8 KiB");
  }
  return {};
}

Result<void> check_package(ByteView upp) {
  if (!upp.empty() && upp.size() <= kMaxPackageSize) return {};
  return invalid("bsp.package", "a profile package is 1 octet to 4 MiB");
}

// Their contents cannot be checked without the card's half; their shape can.
Result<void> check_segments(ByteView segments) {
  constexpr std::size_t kMaxSegments = kMaxPackageSize / kMaxEncryptedPlain + 1;
  der::Reader reader(segments);
  std::size_t count = 0;
  while (!reader.at_end()) {
    const auto segment = reader.expect(kLoadProfileElements);
    if (!segment || segment->whole.size() > kMaxSegmentSize || ++count > kMaxSegments) {
      return invalid("bsp.segments", "a protected package is a run of 86 of at most 1020 octets");
    }
  }
  return count != 0 ? Result<void>() : invalid("bsp.segments", "a protected package is not empty");
}

Result<Bytes> load_segments(Protector& protector, ByteView upp) {
  Bytes segments;
  segments.reserve((upp.size() / kMaxEncryptedPlain + 1) * kMaxSegmentSize);
  BERTH_TRY_VOID(protector.append_encrypted(segments, kLoadProfileElements, upp));
  return segments;
}

// A0 ‖ A1. The segments are no ASN.1 of their own; the envelope is written by hand (SGP.22 §2.5.4).
Result<Bytes> protect_commands(Protector& protector, ByteView configure_isdp, ByteView metadata) {
  Bytes isdp_segments;
  BERTH_TRY_VOID(protector.append_encrypted(isdp_segments, kEncryptedCommand, configure_isdp));
  Bytes metadata_segments;
  BERTH_TRY_VOID(protector.append_mac_only(metadata_segments, kStoreMetadata, metadata));
  Bytes parts;
  der::append_tlv(parts, kFirstSequenceOf87, isdp_segments);
  der::append_tlv(parts, kSequenceOf88, metadata_segments);
  return parts;
}

// A2: tells the card the protection keys, under the session keys.
Result<Bytes> protect_replacement(Protector& protector, const SessionKeys& protection_keys) {
  Bytes fields;
  der::append_tlv(fields, 0x80, protection_keys.initial_mcv());
  der::append_tlv(fields, 0x81, protection_keys.s_enc());
  der::append_tlv(fields, 0x82, protection_keys.s_mac());
  Bytes command = der::tlv(kReplaceSessionKeys, fields);
  wipe(fields);
  Bytes segments;
  const Result<void> done = protector.append_encrypted(segments, kEncryptedCommand, command);
  wipe(command);
  if (!done) return done.error();
  return der::tlv(kSecondSequenceOf87, segments);
}

}  // namespace

Result<Bytes> control_ref_template(ByteView host_id) {
  if (host_id.empty() || host_id.size() > kMaxHostIdSize) {
    return invalid("bsp.host_id", "hostId is 1 to 16 octets");
  }
  Bytes value;
  der::append_tlv(value, 0x80, ByteView(&kKeyTypeAes, 1));
  der::append_tlv(value, 0x81, ByteView(&kKeyLength, 1));
  der::append_tlv(value, 0x84, host_id);
  return der::tlv(0xA6, value);
}

Bytes secure_channel_to_sign(const TransactionId& transaction, ByteView control_ref_template,
                             ByteView dp_otpk, ByteView euicc_otpk) {
  Bytes to_sign = secure_channel_head(transaction, control_ref_template, dp_otpk);
  der::append_tlv(to_sign, kOtpk, euicc_otpk);
  return to_sign;
}

Bytes initialise_secure_channel(const TransactionId& transaction, ByteView control_ref_template,
                                ByteView dp_otpk, ByteView smdp_sign) {
  Bytes fields = secure_channel_head(transaction, control_ref_template, dp_otpk);
  der::append_tlv(fields, kSmdpSign, smdp_sign);
  return der::tlv(kInitialiseSecureChannel, fields);
}

Result<Bytes> protect_package(const SessionKeys& keys, ByteView configure_isdp, ByteView metadata,
                              ByteView upp) {
  BERTH_TRY_VOID(check_commands(configure_isdp, metadata));
  BERTH_TRY_VOID(check_package(upp));
  BERTH_TRY(protector, Protector::create(keys));
  BERTH_TRY(parts, protect_commands(protector, configure_isdp, metadata));
  BERTH_TRY(segments, load_segments(protector, upp));
  der::append_tlv(parts, kSequenceOf86, segments);
  return parts;
}

Result<Bytes> protect_elements(const SessionKeys& protection_keys, ByteView upp) {
  BERTH_TRY_VOID(check_package(upp));
  BERTH_TRY(protector, Protector::create(protection_keys));
  return load_segments(protector, upp);
}

Result<Bytes> protect_package(const SessionKeys& keys, ByteView configure_isdp, ByteView metadata,
                              const SessionKeys& protection_keys, ByteView segments) {
  BERTH_TRY_VOID(check_commands(configure_isdp, metadata));
  BERTH_TRY_VOID(check_segments(segments));
  BERTH_TRY(protector, Protector::create(keys));
  BERTH_TRY(parts, protect_commands(protector, configure_isdp, metadata));
  BERTH_TRY(replacement, protect_replacement(protector, protection_keys));
  append(parts, replacement);
  der::append_tlv(parts, kSequenceOf86, segments);
  return parts;
}

Bytes bound_package(ByteView initialise_secure_channel, ByteView protected_parts) {
  return der::tlv(kBoundProfilePackage, {initialise_secure_channel, protected_parts});
}

}  // namespace berth::rsp::bsp
