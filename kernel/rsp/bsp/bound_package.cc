#include "kernel/rsp/bsp/bound_package.h"

#include "kernel/rsp/der/der.h"

namespace berth::rsp::bsp {
namespace {

constexpr der::Tag kBoundProfilePackage = 0xBF36;
constexpr der::Tag kInitialiseSecureChannel = 0xBF23;
constexpr der::Tag kConfigureIsdp = 0xBF24;
constexpr der::Tag kStoreMetadataRequest = 0xBF25;
constexpr der::Tag kFirstSequenceOf87 = 0xA0;
constexpr der::Tag kSequenceOf88 = 0xA1;
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

Result<void> check_inputs(ByteView configure_isdp, ByteView metadata, ByteView upp) {
  if (configure_isdp.size() > kMaxConfigureIsdpSize ||
      !der::parse_single(configure_isdp, kConfigureIsdp)) {
    return invalid("bsp.configure_isdp", "ConfigureISDP is one BF24 of at most 128 octets");
  }
  if (metadata.size() > kMaxMetadataSize || !der::parse_single(metadata, kStoreMetadataRequest)) {
    return invalid("bsp.metadata", "StoreMetadata is one BF25 of at most 8 KiB");
  }
  if (upp.empty() || upp.size() > kMaxPackageSize) {
    return invalid("bsp.package", "a profile package is 1 octet to 4 MiB");
  }
  return {};
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
  BERTH_TRY_VOID(check_inputs(configure_isdp, metadata, upp));
  BERTH_TRY(protector, Protector::create(keys));
  Bytes isdp_segments;
  BERTH_TRY_VOID(protector.append_encrypted(isdp_segments, kEncryptedCommand, configure_isdp));
  Bytes metadata_segments;
  BERTH_TRY_VOID(protector.append_mac_only(metadata_segments, kStoreMetadata, metadata));
  Bytes package_segments;
  package_segments.reserve((upp.size() / kMaxEncryptedPlain + 1) * kMaxSegmentSize);
  BERTH_TRY_VOID(protector.append_encrypted(package_segments, kLoadProfileElements, upp));

  // The segments are no ASN.1 of their own; the envelope is written by hand (SGP.22 §2.5.4).
  Bytes parts;
  parts.reserve(isdp_segments.size() + metadata_segments.size() + package_segments.size() + 32);
  der::append_tlv(parts, kFirstSequenceOf87, isdp_segments);
  der::append_tlv(parts, kSequenceOf88, metadata_segments);
  der::append_tlv(parts, kSequenceOf86, package_segments);
  return parts;
}

Bytes bound_package(ByteView initialise_secure_channel, ByteView protected_parts) {
  return der::tlv(kBoundProfilePackage, {initialise_secure_channel, protected_parts});
}

}  // namespace berth::rsp::bsp
