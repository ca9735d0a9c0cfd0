#include "tools/euicc/card_messages.h"

#include <array>
#include <bit>

#include "kernel/rsp/der/der.h"

namespace berth::euicc {
namespace {

using rsp::der::integer_contents;
using rsp::der::tlv;

constexpr std::array<std::uint8_t, 3> kSvn = {2, 5, 0};
constexpr std::array<std::uint8_t, 3> kProfileVersion = {2, 3, 1};
constexpr std::array<std::uint8_t, 3> kFirmwareVersion = {1, 0, 0};
constexpr std::array<std::uint8_t, 3> kJavacardVersion = {3, 0, 5};
constexpr std::array<std::uint8_t, 3> kGlobalPlatformVersion = {2, 3, 0};
constexpr std::array<std::uint8_t, 3> kPpVersion = {1, 0, 0};
// USIM, ISIM, CSIM with their algorithms and multiples, Java Card, BER-TLV files, GET IDENTITY,
// both SUCI profiles; six bits of the last octet unused.
constexpr std::array<std::uint8_t, 5> kUiccCapability = {0x06, 0x7F, 0xB6, 0xFB, 0xC0};
// additionalProfile and testProfileSupport.
constexpr std::array<std::uint8_t, 2> kRspCapability = {0x04, 0x90};
constexpr std::string_view kSasAccreditation = "NONE-TEST-CARD";
constexpr std::uint32_t kFreeRamBytes = 0x2000;

Bytes key_id_list(rsp::der::Tag tag, const std::vector<Bytes>& ids) {
  Bytes list;
  for (const Bytes& id : ids) rsp::der::append_tlv(list, 0x04, id);
  return tlv(tag, list);
}

Bytes four_octets(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

// A BIT STRING's contents with one bit set: `event` 1 is bit 0, the most significant.
Bytes event_bit(NotificationEvent event) {
  const auto position = static_cast<unsigned>(std::countr_zero(static_cast<unsigned>(event)));
  return {static_cast<std::uint8_t>(7 - position), static_cast<std::uint8_t>(0x80U >> position)};
}

// PprIds contents: bit n of `rules` is named bit n, trailing zeros left out.
Bytes rule_bits(std::uint8_t rules) {
  std::uint8_t octet = 0;
  std::uint8_t last = 0;
  for (std::uint8_t bit = 0; bit < 8; ++bit) {
    if ((rules & (1U << bit)) == 0) continue;
    octet = static_cast<std::uint8_t>(octet | (0x80U >> bit));
    last = bit;
  }
  return {static_cast<std::uint8_t>(7 - last), octet};
}

// EUICCResponse with one PEStatus ok: what a card says of a package without a flaw.
Bytes all_elements_ok() { return tlv(0x30, tlv(0xA0, tlv(0x30, tlv(0x80, integer_contents(0))))); }

}  // namespace

Bytes signature_tlv(ByteView signature) { return tlv(0x5F37, signature); }

Bytes encode_euicc_info1(const InfoFields& info) {
  return tlv(0xBF20, {tlv(0x82, kSvn), key_id_list(0xA9, info.ci_ids_for_verification),
                      key_id_list(0xAA, info.ci_ids_for_signing)});
}

Bytes encode_euicc_info2(const InfoFields& info) {
  const Bytes resources = tlv(
      0x84, {tlv(0x81, integer_contents(info.installed_applications)),
             tlv(0x82, four_octets(info.free_nvm_bytes)), tlv(0x83, four_octets(kFreeRamBytes))});
  Bytes forbidden;
  if (info.forbidden_policy_rules != 0) {
    forbidden = tlv(0x99, rule_bits(info.forbidden_policy_rules));
  }
  return tlv(0xBF22, {tlv(0x81, kProfileVersion), tlv(0x82, kSvn), tlv(0x83, kFirmwareVersion),
                      resources, tlv(0x85, kUiccCapability), tlv(0x86, kJavacardVersion),
                      tlv(0x87, kGlobalPlatformVersion), tlv(0x88, kRspCapability),
                      key_id_list(0xA9, info.ci_ids_for_verification),
                      key_id_list(0xAA, info.ci_ids_for_signing), forbidden, tlv(0x04, kPpVersion),
                      tlv(0x0C, as_bytes(kSasAccreditation))});
}

Bytes encode_euicc_signed1(const EuiccSigned1Fields& fields) {
  Bytes device = tlv(0x80, fields.device.tac);
  append(device, tlv(0xA1, ByteView()));
  if (!fields.device.imei.empty()) append(device, tlv(0x82, fields.device.imei));
  Bytes context;
  if (!fields.matching_id.empty()) append(context, tlv(0x80, as_bytes(fields.matching_id)));
  append(context, tlv(0xA1, device));
  return tlv(0x30, {tlv(0x80, fields.transaction_id), tlv(0x83, as_bytes(fields.server_address)),
                    tlv(0x84, fields.server_challenge), fields.euicc_info2, tlv(0xA0, context)});
}

Bytes encode_authenticate_ok(ByteView signed1, ByteView signature, ByteView euicc_certificate,
                             ByteView eum_certificate) {
  return tlv(0xBF38,
             tlv(0xA0, {signed1, signature_tlv(signature), euicc_certificate, eum_certificate}));
}

Bytes encode_authenticate_error(ByteView transaction_id, std::uint8_t error) {
  return tlv(0xBF38, tlv(0xA1, {tlv(0x80, transaction_id), tlv(0x02, integer_contents(error))}));
}

Bytes encode_euicc_signed2(ByteView transaction_id, ByteView euicc_otpk,
                           const std::optional<Bytes>& hash_cc) {
  return tlv(0x30, {tlv(0x80, transaction_id), tlv(0x5F49, euicc_otpk),
                    hash_cc ? tlv(0x04, *hash_cc) : Bytes()});
}

Bytes encode_prepare_download_ok(ByteView signed2, ByteView signature) {
  return tlv(0xBF21, tlv(0xA0, {signed2, signature_tlv(signature)}));
}

Bytes encode_prepare_download_error(ByteView transaction_id, std::uint8_t error) {
  return tlv(0xBF21, tlv(0xA1, {tlv(0x80, transaction_id), tlv(0x02, integer_contents(error))}));
}

Bytes encode_cancel_signed(ByteView transaction_id, ByteView smdp_oid, std::uint8_t reason) {
  return tlv(0x30,
             {tlv(0x80, transaction_id), tlv(0x81, smdp_oid), tlv(0x82, integer_contents(reason))});
}

Bytes encode_cancel_ok(ByteView cancel_signed, ByteView signature) {
  return tlv(0xBF41, tlv(0xA0, {cancel_signed, signature_tlv(signature)}));
}

Bytes encode_cancel_error(std::uint8_t error) {
  return tlv(0xBF41, tlv(0x81, integer_contents(error)));
}

Bytes encode_notification_metadata(std::uint64_t sequence_number, NotificationEvent event,
                                   std::string_view address, const std::optional<Iccid>& iccid) {
  return tlv(0xBF2F,
             {tlv(0x80, integer_contents(sequence_number)), tlv(0x81, event_bit(event)),
              tlv(0x0C, as_bytes(address)), iccid ? tlv(0x5A, iccid->swapped_octets()) : Bytes()});
}

Bytes encode_other_notification(ByteView metadata, ByteView signature, ByteView euicc_certificate,
                                ByteView eum_certificate) {
  return tlv(0x30, {metadata, signature_tlv(signature), euicc_certificate, eum_certificate});
}

Bytes encode_install_success(ByteView aid) {
  return tlv(0xA2, tlv(0xA0, {tlv(0x4F, aid), tlv(0x04, all_elements_ok())}));
}

Bytes encode_install_failure(const InstallFailure& failure) {
  return tlv(0xA2,
             tlv(0xA1, {tlv(0x80, integer_contents(static_cast<std::uint8_t>(failure.command))),
                        tlv(0x81, integer_contents(static_cast<std::uint8_t>(failure.reason)))}));
}

Bytes encode_install_result_data(ByteView transaction_id, ByteView notification_metadata,
                                 ByteView smdp_oid, ByteView final_result) {
  return tlv(0xBF27,
             {tlv(0x80, transaction_id), notification_metadata, tlv(0x06, smdp_oid), final_result});
}

Bytes encode_install_result(ByteView data, ByteView signature) {
  return tlv(0xBF37, {data, signature_tlv(signature)});
}

}  // namespace berth::euicc
