// The ES9+ messages as values (SGP.22 §5.6, §6.5), independent of the HTTP binding.
//
// Requests keep the received octets of every signed part; responses hold the octets to send.
// All are plain values and own what they hold.

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "kernel/base/bytes.h"
#include "kernel/base/identifiers.h"
#include "kernel/rsp/rsp_error.h"

namespace berth::rsp::sgp22 {

// VersionType: major, minor, revision.
struct Version {
  std::uint8_t major = 0;
  std::uint8_t minor = 0;
  std::uint8_t revision = 0;
  std::string text() const;  // "2.5.0"
  auto operator<=>(const Version&) const = default;
};

struct EuiccInfo1 {  // BF20
  Version svn;
  std::vector<Bytes> ci_ids_for_verification;  // priority order; any length
  std::vector<Bytes> ci_ids_for_signing;
};

struct EuiccInfo2 {  // BF22
  Version profile_version;
  Version svn;
  Version firmware_version;
  std::optional<std::uint64_t> free_nvm_bytes;  // extCardResource 82
  Bytes uicc_capability;                        // BIT STRING contents incl. unused-bits octet
  Bytes rsp_capability;
  Bytes forbidden_profile_policy_rules;  // contents of tag 99; empty when absent
  std::vector<Bytes> ci_ids_for_verification;
  std::vector<Bytes> ci_ids_for_signing;
  Version pp_version;
  std::string sas_accreditation_number;
};

struct DeviceInfo {
  Bytes tac;   // 4 octets by the standard; taken as sent
  Bytes imei;  // 8 octets or empty; as sent
};

// ---- InitiateAuthentication (§5.6.1) ----
struct InitiateAuthenticationRequest {
  Bytes euicc_challenge;  // 16 octets
  Bytes euicc_info1_der;  // BF20 as received
  EuiccInfo1 euicc_info1;
  std::string smdp_address;  // the client's spelling
};
struct InitiateAuthenticationResponse {
  TransactionId transaction_id;
  Bytes server_signed1;             // 30
  Bytes server_signature1;          // 64 octets
  Bytes euicc_ci_pk_id_to_be_used;  // the identifier's octets, without TLV
  Bytes server_certificate;         // DPauth
};
// ServerSigned1 (30).
Bytes encode_server_signed1(const TransactionId& transaction, ByteView euicc_challenge,
                            std::string_view server_address, ByteView server_challenge);

// ---- AuthenticateClient (§5.6.3) ----
struct AuthenticateResponseOk {
  Bytes signed1;     // 30 as received
  Bytes signature1;  // 64 octets
  Bytes euicc_certificate;
  Bytes eum_certificate;
  // From signed1:
  TransactionId transaction_id;
  std::string server_address;
  Bytes server_challenge;
  EuiccInfo2 euicc_info2;
  std::optional<MatchingId> matching_id;  // empty string and absent are alike
  // One was sent that can be no MatchingID (a "$", a control character): a code nobody issued.
  bool matching_id_malformed = false;
  DeviceInfo device_info;
};
struct AuthenticateResponseError {
  TransactionId transaction_id;
  std::uint64_t error_code = 0;
};
struct AuthenticateClientRequest {
  TransactionId transaction_id;  // outer
  std::variant<AuthenticateResponseOk, AuthenticateResponseError> response;
};
struct AuthenticateClientResponse {
  TransactionId transaction_id;
  Bytes profile_metadata;  // BF25
  Bytes smdp_signed2;      // 30
  Bytes smdp_signature2;   // 64 octets
  Bytes smdp_certificate;  // DPpb
};
// SmdpSigned2 (30).
Bytes encode_smdp_signed2(const TransactionId& transaction, bool confirmation_code_required,
                          const std::optional<Bytes>& bpp_euicc_otpk);

// ---- GetBoundProfilePackage (§5.6.2) ----
struct PrepareDownloadOk {
  Bytes signed2;     // 30 as received
  Bytes signature2;  // 64 octets
  TransactionId transaction_id;
  Bytes euicc_otpk;              // 65 octets
  std::optional<Bytes> hash_cc;  // 32 octets
};
struct PrepareDownloadError {
  TransactionId transaction_id;
  std::uint64_t error_code = 0;
};
struct GetBoundProfilePackageRequest {
  TransactionId transaction_id;
  std::variant<PrepareDownloadOk, PrepareDownloadError> response;
};
struct GetBoundProfilePackageResponse {
  TransactionId transaction_id;
  Bytes bound_profile_package;  // BF36
};

// ---- HandleNotification (§5.6.4) ----
struct NotificationMetadata {  // BF2F
  std::uint64_t sequence_number = 0;
  // One of these, SGP.22 NotificationEvent.
  enum class Operation { kInstall = 1, kEnable, kDisable, kDelete } operation;
  std::string notification_address;
  std::optional<Iccid> iccid;
};
struct ProfileInstallationResult {  // BF37
  Bytes whole;
  Bytes data;       // BF27 as received
  Bytes signature;  // 64 octets
  TransactionId transaction_id;
  NotificationMetadata metadata;
  std::string smdp_oid;  // dotted; empty when absent (v2.2)
  struct Success {
    Bytes aid;
    Bytes sima_response;
  };
  struct Failure {
    std::uint64_t bpp_command_id = 0;
    std::uint64_t error_reason = 0;
    Bytes sima_response;
  };
  std::variant<Success, Failure> result;
};
struct OtherSignedNotification {  // 30
  Bytes whole;
  Bytes tbs;        // BF2F as received
  Bytes signature;  // 64 octets
  NotificationMetadata metadata;
  Bytes euicc_certificate;
  Bytes eum_certificate;
};
struct HandleNotificationRequest {
  std::variant<ProfileInstallationResult, OtherSignedNotification> notification;
};

// ---- CancelSession (§5.6.5) ----
struct CancelSessionOk {
  Bytes signed_part;  // 30 as received
  Bytes signature;    // 64 octets
  TransactionId transaction_id;
  std::string smdp_oid;
  std::uint64_t reason = 0;
};
struct CancelSessionError {
  std::uint64_t error_code = 0;
};
struct CancelSessionRequest {
  TransactionId transaction_id;
  std::variant<CancelSessionOk, CancelSessionError> response;
};

// DER parsers of the objects inside (whole TLV in). Unknown trailing elements are skipped; all
// failures are kInvalidArgument "rsp.*" or "der.*".
Result<EuiccInfo1> parse_euicc_info1(ByteView der);
Result<EuiccInfo2> parse_euicc_info2(ByteView der);
Result<std::variant<AuthenticateResponseOk, AuthenticateResponseError>>
parse_authenticate_server_response(ByteView der);
Result<std::variant<PrepareDownloadOk, PrepareDownloadError>> parse_prepare_download_response(
    ByteView der);
Result<HandleNotificationRequest> parse_pending_notification(ByteView der);
Result<std::variant<CancelSessionOk, CancelSessionError>> parse_cancel_session_response(
    ByteView der);

}  // namespace berth::rsp::sgp22
