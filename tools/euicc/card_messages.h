// What the card sends: DER of ES10 and ES9+ objects (SGP.22 §5.7), built here and nowhere else.
//
// Shares no code with the server's parsers (kernel/rsp/sgp22). Pure; views are borrowed.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "kernel/base/bytes.h"
#include "kernel/base/identifiers.h"
#include "tools/euicc/install_error.h"
#include "tools/euicc/stored_metadata.h"

namespace berth::euicc {

struct InfoFields {
  std::vector<Bytes> ci_ids_for_verification;
  std::vector<Bytes> ci_ids_for_signing;
  std::uint32_t installed_applications = 0;
  std::uint32_t free_nvm_bytes = 0;
  std::uint8_t forbidden_policy_rules = 0;  // PolicyRule values or-ed; 0: the element is left out
};
Bytes encode_euicc_info1(const InfoFields& info);  // BF20
Bytes encode_euicc_info2(const InfoFields& info);  // BF22

struct DeviceFields {
  Bytes tac;   // 4 octets
  Bytes imei;  // 8 octets or empty
};
struct EuiccSigned1Fields {
  ByteView transaction_id;
  std::string_view server_address;
  ByteView server_challenge;
  ByteView euicc_info2;          // BF22
  std::string_view matching_id;  // empty: left out
  const DeviceFields& device;
};
Bytes encode_euicc_signed1(const EuiccSigned1Fields& fields);  // 30
Bytes encode_authenticate_ok(ByteView signed1, ByteView signature, ByteView euicc_certificate,
                             ByteView eum_certificate);  // BF38
Bytes encode_authenticate_error(ByteView transaction_id, std::uint8_t error);

Bytes encode_euicc_signed2(ByteView transaction_id, ByteView euicc_otpk,
                           const std::optional<Bytes>& hash_cc);         // 30
Bytes encode_prepare_download_ok(ByteView signed2, ByteView signature);  // BF21
Bytes encode_prepare_download_error(ByteView transaction_id, std::uint8_t error);

Bytes encode_cancel_signed(ByteView transaction_id, ByteView smdp_oid, std::uint8_t reason);  // 30
Bytes encode_cancel_ok(ByteView cancel_signed, ByteView signature);  // BF41
Bytes encode_cancel_error(std::uint8_t error);

Bytes encode_notification_metadata(std::uint64_t sequence_number, NotificationEvent event,
                                   std::string_view address,
                                   const std::optional<Iccid>& iccid);  // BF2F
Bytes encode_other_notification(ByteView metadata, ByteView signature, ByteView euicc_certificate,
                                ByteView eum_certificate);  // 30
// finalResult A2 of a ProfileInstallationResultData.
Bytes encode_install_success(ByteView aid);
Bytes encode_install_failure(const InstallFailure& failure);
Bytes encode_install_result_data(ByteView transaction_id, ByteView notification_metadata,
                                 ByteView smdp_oid, ByteView final_result);  // BF27
Bytes encode_install_result(ByteView data, ByteView signature);              // BF37

// 5F37 40 around 64 octets.
Bytes signature_tlv(ByteView signature);

}  // namespace berth::euicc
