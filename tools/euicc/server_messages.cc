#include "tools/euicc/server_messages.h"

namespace berth::euicc {
namespace {

using rsp::der::Reader;
using rsp::der::Tag;
using rsp::der::Tlv;

constexpr Tag kSequence = 0x30;
constexpr Tag kBoolean = 0x01;
constexpr Tag kOctetString = 0x04;
constexpr Tag kSignature = 0x5F37;
constexpr Tag kOneTimeKey = 0x5F49;
constexpr std::uint8_t kKeyTypeAes = 0x88;
constexpr std::uint8_t kKeyLength = 0x10;
constexpr std::size_t kSessionKeySize = 16;
constexpr std::size_t kMaxConfigureIsdp = 128;

Error invalid(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "card.message_invalid", std::move(message));
}

Result<ByteView> expect_sized(Reader& reader, Tag tag, std::size_t size, const char* what) {
  BERTH_TRY(element, reader.expect(tag));
  if (element.value.size() != size) {
    return invalid(std::string(what) + " must have " + std::to_string(size) + " octets");
  }
  return element.value;
}

// keyType, keyLen and hostId of a controlRefTemplate; values we do not support are no error here.
Result<void> read_crt(ByteView value, SecureChannelRequest& request) {
  Reader reader(value);
  BERTH_TRY(key_type, reader.expect(0x80));
  BERTH_TRY(key_length, reader.expect(0x81));
  BERTH_TRY(host_id, reader.expect(0x84));
  request.host_id = host_id.value;
  request.crt_supported = key_type.value.size() == 1 && key_type.value[0] == kKeyTypeAes &&
                          key_length.value.size() == 1 && key_length.value[0] == kKeyLength &&
                          !host_id.value.empty() && host_id.value.size() <= kMaxHostIdSize;
  return {};
}

}  // namespace

Result<ServerSigned1> read_server_signed1(ByteView der) {
  BERTH_TRY(outer, rsp::der::parse_single(der, kSequence));
  Reader reader(outer.value);
  BERTH_TRY(transaction, reader.expect(0x80));
  BERTH_TRY(transaction_id, TransactionId::from_octets(transaction.value));
  BERTH_TRY(euicc_challenge, expect_sized(reader, 0x81, kChallengeSize, "euiccChallenge"));
  BERTH_TRY(address, reader.expect(0x83));
  BERTH_TRY(server_challenge, expect_sized(reader, 0x84, kChallengeSize, "serverChallenge"));
  if (auto host = HostName::parse(as_text(address.value)); !host) {
    return invalid("serverAddress is not a host name");
  }
  return ServerSigned1{transaction_id, euicc_challenge, std::string(as_text(address.value)),
                       server_challenge};
}

Result<SmdpSigned2> read_smdp_signed2(ByteView der) {
  BERTH_TRY(outer, rsp::der::parse_single(der, kSequence));
  Reader reader(outer.value);
  BERTH_TRY(transaction, reader.expect(0x80));
  BERTH_TRY(transaction_id, TransactionId::from_octets(transaction.value));
  BERTH_TRY(flag, reader.expect(kBoolean));
  BERTH_TRY(required, rsp::der::to_boolean(flag.value));
  SmdpSigned2 result{transaction_id, required, std::nullopt};
  BERTH_TRY(one_time_key, reader.optional(kOneTimeKey));
  if (one_time_key) {
    if (one_time_key->value.size() != kPointSize) return invalid("bppEuiccOtpk is not a point");
    result.bpp_euicc_otpk = to_bytes(one_time_key->value);
  }
  return result;
}

Result<ByteView> read_signature(ByteView der) {
  BERTH_TRY(element, rsp::der::parse_single(der, kSignature));
  if (element.value.size() != kSignatureSize) return invalid("a signature must have 64 octets");
  return element.value;
}

Result<ByteView> read_key_identifier(ByteView der) {
  BERTH_TRY(element, rsp::der::parse_single(der, kOctetString));
  return element.value;
}

Result<SecureChannelRequest> read_secure_channel_request(ByteView der) {
  BERTH_TRY(outer, rsp::der::parse_single(der, 0xBF23));
  Reader reader(outer.value);
  BERTH_TRY(operation, reader.expect(0x82));
  BERTH_TRY(remote_operation, rsp::der::to_unsigned(operation.value));
  BERTH_TRY(transaction, reader.expect(0x80));
  BERTH_TRY(transaction_id, TransactionId::from_octets(transaction.value));
  SecureChannelRequest request{remote_operation, transaction_id, {}, false, {}, {}, {}};
  BERTH_TRY(crt, reader.expect(0xA6));
  BERTH_TRY_VOID(read_crt(crt.value, request));
  BERTH_TRY(one_time_key, expect_sized(reader, kOneTimeKey, kPointSize, "smdpOtpk"));
  request.smdp_otpk = one_time_key;
  request.signed_part = outer.value.first(outer.value.size() - reader.rest().size());
  BERTH_TRY(signature, expect_sized(reader, kSignature, kSignatureSize, "smdpSign"));
  request.signature = signature;
  return request;
}

Result<ReplaceSessionKeys> read_replace_session_keys(ByteView der) {
  BERTH_TRY(outer, rsp::der::parse_single(der, 0xBF26));
  Reader reader(outer.value);
  BERTH_TRY(mcv, expect_sized(reader, 0x80, kSessionKeySize, "initialMacChainingValue"));
  BERTH_TRY(enc, expect_sized(reader, 0x81, kSessionKeySize, "ppkEnc"));
  BERTH_TRY(mac, expect_sized(reader, 0x82, kSessionKeySize, "ppkCmac"));
  return ReplaceSessionKeys{mcv, enc, mac};
}

Result<void> check_configure_isdp(ByteView der) {
  if (der.size() > kMaxConfigureIsdp) return invalid("ConfigureISDP exceeds 128 octets");
  BERTH_TRY(outer, rsp::der::parse_single(der, 0xBF24));
  Reader reader(outer.value);
  BERTH_TRY(proprietary, reader.optional(0xB8));
  if (proprietary) {
    Reader inner(proprietary->value);
    BERTH_TRY(oid, inner.expect(0x80));
    BERTH_TRY_VOID(rsp::der::oid_to_text(oid.value));
  }
  // Further objects are allowed, but they must be objects.
  while (!reader.at_end()) BERTH_TRY_VOID(reader.next());
  return {};
}

}  // namespace berth::euicc
