// What a card signs, made by hand: any outcome under any number.

#pragma once

#include "kernel/rsp/der/der.h"
#include "tests/kernel/smdpplus/tenant_fixture.h"
#include "tools/euicc/card_messages.h"
#include "tools/euicc/install_error.h"

namespace berth::smdpplus::testing {

inline Bytes installed() { return euicc::encode_install_success(Bytes(16, 0xA0)); }
inline Bytes failed(euicc::BppCommand command, euicc::InstallError reason) {
  return euicc::encode_install_failure({command, reason});
}
// After the card had looked whether it has the ICCID; for good, or not.
inline Bytes failed_for_good() {
  return failed(euicc::BppCommand::kLoadProfileElements, euicc::InstallError::kPeProcessing);
}
inline Bytes failed_for_now() {
  return failed(euicc::BppCommand::kLoadProfileElements, euicc::InstallError::kInsufficientMemory);
}
inline Bytes failed_before_the_look() {
  return failed(euicc::BppCommand::kConfigureIsdp, euicc::InstallError::kBspSecurity);
}
inline Bytes there_already() {
  return failed(euicc::BppCommand::kStoreMetadata, euicc::InstallError::kIccidAlreadyExists);
}

inline rsp::sgp22::HandleNotificationRequest result_word(const Phone& phone, std::uint64_t number,
                                                         const TransactionId& session,
                                                         const Iccid& iccid, const Bytes& outcome) {
  const Bytes metadata = euicc::encode_notification_metadata(
      number, euicc::NotificationEvent::kInstall, "rsp.alpha.example", iccid);
  const Bytes data =
      rsp::der::tlv(0xBF27, {rsp::der::tlv(0x80, session.octets()), metadata, outcome});
  return must(
      rsp::sgp22::parse_pending_notification(euicc::encode_install_result(data, phone.sign(data))));
}

inline rsp::sgp22::HandleNotificationRequest event_word(const Phone& phone, std::uint64_t number,
                                                        euicc::NotificationEvent event,
                                                        const Iccid& iccid) {
  const Bytes metadata =
      euicc::encode_notification_metadata(number, event, "rsp.alpha.example", iccid);
  return must(rsp::sgp22::parse_pending_notification(
      euicc::encode_other_notification(metadata, phone.sign(metadata), phone.issued.certificate,
                                       phone.site.eum->issued().certificate)));
}

}  // namespace berth::smdpplus::testing
