// PendingNotification (SGP.22 §5.6.4, §2.5.6): install results and the later signed notices.

#include "kernel/rsp/sgp22/fields.h"

namespace berth::rsp::sgp22 {
namespace {

constexpr der::Tag kProfileInstallationResult = 0xBF37;
constexpr der::Tag kProfileInstallationResultData = 0xBF27;
constexpr der::Tag kNotificationMetadata = 0xBF2F;
constexpr der::Tag kIccid = 0x5A;
constexpr der::Tag kAid = 0x4F;
constexpr std::size_t kMinAidSize = 5;
constexpr std::size_t kMaxAidSize = 16;

using Operation = NotificationMetadata::Operation;
using Outcome =
    std::variant<ProfileInstallationResult::Success, ProfileInstallationResult::Failure>;

// NotificationEvent: exactly one bit. The events that v3 adds after bit 3 are not ours.
Result<Operation> to_operation(ByteView value) {
  BERTH_TRY(bits, to_bit_string(value));
  std::optional<Operation> operation;
  for (std::size_t bit = 0; bit < (bits.size() - 1) * 8; ++bit) {
    if ((bits[1 + bit / 8] & (0x80U >> (bit % 8))) == 0) continue;
    if (operation || bit > 3) {
      return malformed("rsp.notification_event", "not exactly one event of install to delete");
    }
    operation = static_cast<Operation>(bit + 1);
  }
  if (!operation) return malformed("rsp.notification_event", "a notification without an event");
  return *operation;
}

Result<NotificationMetadata> to_metadata(ByteView value) {
  der::Reader reader(value);
  BERTH_TRY(number, reader.expect(0x80));
  BERTH_TRY(sequence_number, der::to_unsigned(number.value));
  BERTH_TRY(event, reader.expect(0x81));
  BERTH_TRY(operation, to_operation(event.value));
  BERTH_TRY(address_element, reader.expect(kUtf8String));
  BERTH_TRY(address, to_fqdn(address_element.value));
  BERTH_TRY(iccid_element, reader.optional(kIccid));
  std::optional<Iccid> iccid;
  if (iccid_element) {
    BERTH_TRY(parsed, Iccid::from_swapped_octets(iccid_element->value));
    iccid = std::move(parsed);
  }
  BERTH_TRY_VOID(skip_extensions(reader));
  return NotificationMetadata{sequence_number, operation, std::move(address), std::move(iccid)};
}

Result<Outcome> to_success(ByteView value) {
  der::Reader reader(value);
  BERTH_TRY(aid, reader.expect(kAid));
  if (aid.value.size() < kMinAidSize || aid.value.size() > kMaxAidSize) {
    return malformed("rsp.aid", "an AID is 5 to 16 octets");
  }
  BERTH_TRY(response, reader.expect(kOctetString));
  BERTH_TRY_VOID(skip_extensions(reader));
  return Outcome(ProfileInstallationResult::Success{to_bytes(aid.value), to_bytes(response.value)});
}

Result<Outcome> to_failure(ByteView value) {
  der::Reader reader(value);
  BERTH_TRY(command, reader.expect(0x80));
  BERTH_TRY(bpp_command_id, der::to_unsigned(command.value));
  BERTH_TRY(reason, reader.expect(0x81));
  BERTH_TRY(error_reason, der::to_unsigned(reason.value));
  BERTH_TRY(response, reader.optional(0x82));
  BERTH_TRY_VOID(skip_extensions(reader));
  return Outcome(ProfileInstallationResult::Failure{
      bpp_command_id, error_reason, response ? to_bytes(response->value) : Bytes()});
}

Result<Outcome> to_outcome(ByteView final_result) {
  BERTH_TRY(alternative, read_alternative(final_result));
  if (alternative.tag == 0xA0) return to_success(alternative.value);
  if (alternative.tag == 0xA1) return to_failure(alternative.value);
  return malformed("rsp.choice", "finalResult is neither a success nor an error");
}

Result<ProfileInstallationResult> to_installation_result(ByteView der) {
  BERTH_TRY(content, read_choice(der, kProfileInstallationResult));
  der::Reader reader(content);
  BERTH_TRY(data, reader.expect(kProfileInstallationResultData));
  BERTH_TRY(signature, read_signature(reader));
  BERTH_TRY_VOID(skip_extensions(reader));

  der::Reader fields(data.value);
  BERTH_TRY(transaction_id, read_transaction_id(fields));
  BERTH_TRY(metadata_element, fields.expect(kNotificationMetadata));
  BERTH_TRY(metadata, to_metadata(metadata_element.value));
  BERTH_TRY(oid, fields.optional(kObjectIdentifier));
  std::string smdp_oid;
  if (oid) {
    BERTH_TRY(text, der::oid_to_text(oid->value));
    smdp_oid = std::move(text);
  }
  BERTH_TRY(final_result, fields.expect(0xA2));
  BERTH_TRY(outcome, to_outcome(final_result.value));
  BERTH_TRY_VOID(skip_extensions(fields));
  return ProfileInstallationResult{
      to_bytes(der),       to_bytes(data.whole), std::move(signature), std::move(transaction_id),
      std::move(metadata), std::move(smdp_oid),  std::move(outcome)};
}

Result<OtherSignedNotification> to_other_notification(ByteView der) {
  BERTH_TRY(notification, der::parse_single(der, kSequence));
  der::Reader reader(notification.value);
  BERTH_TRY(tbs, reader.expect(kNotificationMetadata));
  BERTH_TRY(metadata, to_metadata(tbs.value));
  BERTH_TRY(signature, read_signature(reader));
  BERTH_TRY(euicc_certificate, read_certificate(reader));
  BERTH_TRY(eum_certificate, read_certificate(reader));
  BERTH_TRY_VOID(skip_extensions(reader));
  return OtherSignedNotification{
      to_bytes(der),       to_bytes(tbs.whole),          std::move(signature),
      std::move(metadata), std::move(euicc_certificate), std::move(eum_certificate)};
}

}  // namespace

Result<HandleNotificationRequest> parse_pending_notification(ByteView der) {
  der::Reader reader(der);
  BERTH_TRY(tag, reader.peek());
  if (tag == kProfileInstallationResult) {
    BERTH_TRY(result, to_installation_result(der));
    return HandleNotificationRequest{std::move(result)};
  }
  if (tag == kSequence) {
    BERTH_TRY(other, to_other_notification(der));
    return HandleNotificationRequest{std::move(other)};
  }
  return malformed("rsp.choice", "pendingNotification is of no kind known in v2");
}

}  // namespace berth::rsp::sgp22
