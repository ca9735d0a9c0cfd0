#include "kernel/rsp/sgp22/es9_asn1.h"

#include <algorithm>
#include <span>

#include "kernel/rsp/sgp22/fields.h"

namespace berth::rsp::sgp22 {
namespace {

constexpr der::Tag kRemoteProfileProvisioning = 0xA2;  // [2], explicit around the CHOICE
constexpr der::Tag kInitiateAuthentication = 0xBF39;
constexpr der::Tag kAuthenticateClient = 0xBF3B;
constexpr der::Tag kGetBoundProfilePackage = 0xBF3A;
constexpr der::Tag kCancelSession = 0xBF41;
constexpr der::Tag kHandleNotification = 0xBF3D;
constexpr der::Tag kEuiccInfo1 = 0xBF20;
constexpr der::Tag kAuthenticateServerResponse = 0xBF38;
constexpr der::Tag kPrepareDownloadResponse = 0xBF21;
constexpr der::Tag kCancelSessionResponse = 0xBF41;
constexpr der::Tag kOk = 0xA0;
constexpr der::Tag kError = 0x81;

Result<InitiateAuthenticationRequest> to_initiate_authentication(ByteView value) {
  der::Reader reader(value);
  BERTH_TRY(challenge_element, reader.expect(0x81));
  BERTH_TRY(challenge, exact_octets(challenge_element.value, kChallengeSize, "euiccChallenge"));
  BERTH_TRY(address_element, reader.expect(0x83));
  BERTH_TRY(address, to_fqdn(address_element.value));
  BERTH_TRY(info1_element, reader.expect(kEuiccInfo1));
  BERTH_TRY(info1, parse_euicc_info1(info1_element.whole));
  BERTH_TRY_VOID(skip_extensions(reader));
  return InitiateAuthenticationRequest{std::move(challenge), to_bytes(info1_element.whole),
                                       std::move(info1), std::move(address)};
}

Result<AuthenticateClientRequest> to_authenticate_client(ByteView value) {
  der::Reader reader(value);
  BERTH_TRY(transaction_id, read_transaction_id(reader));
  BERTH_TRY(element, reader.expect(kAuthenticateServerResponse));
  BERTH_TRY(response, parse_authenticate_server_response(element.whole));
  BERTH_TRY_VOID(skip_extensions(reader));
  return AuthenticateClientRequest{std::move(transaction_id), std::move(response)};
}

Result<GetBoundProfilePackageRequest> to_get_bound_profile_package(ByteView value) {
  der::Reader reader(value);
  BERTH_TRY(transaction_id, read_transaction_id(reader));
  BERTH_TRY(element, reader.expect(kPrepareDownloadResponse));
  BERTH_TRY(response, parse_prepare_download_response(element.whole));
  BERTH_TRY_VOID(skip_extensions(reader));
  return GetBoundProfilePackageRequest{std::move(transaction_id), std::move(response)};
}

// The response's own BF41 is replaced by A1 here (automatic tagging over a tagged CHOICE); what is
// signed lies inside and is not touched. A toolkit that doubles tags writes A1{BF41{…}}.
Result<CancelSessionRequest> to_cancel_session(ByteView value) {
  der::Reader reader(value);
  BERTH_TRY(transaction_id, read_transaction_id(reader));
  BERTH_TRY(element, reader.expect(0xA1));
  der::Reader inside(element.value);
  BERTH_TRY(first, inside.peek());
  const Bytes whole = first == kCancelSessionResponse
                          ? to_bytes(element.value)
                          : der::tlv(kCancelSessionResponse, element.value);
  BERTH_TRY(response, parse_cancel_session_response(whole));
  BERTH_TRY_VOID(skip_extensions(reader));
  return CancelSessionRequest{std::move(transaction_id), std::move(response)};
}

// The tag over the untagged CHOICE is explicit: A0{BF37 | 30}.
Result<HandleNotificationRequest> to_handle_notification(ByteView value) {
  der::Reader reader(value);
  BERTH_TRY(notification, reader.expect(0xA0));
  BERTH_TRY_VOID(skip_extensions(reader));
  return parse_pending_notification(notification.value);
}

template <class T>
Result<RspRequest> wrapped(Result<T> request) {
  if (!request) return std::move(request).error();
  return RspRequest{std::move(request).value()};
}

der::Tag tag_of(Es9Function function) {
  switch (function) {
    case Es9Function::kInitiateAuthentication:
      return kInitiateAuthentication;
    case Es9Function::kAuthenticateClient:
      return kAuthenticateClient;
    case Es9Function::kGetBoundProfilePackage:
      return kGetBoundProfilePackage;
    case Es9Function::kCancelSession:
      break;
  }
  return kCancelSession;
}

Bytes answer(Es9Function function, ByteView alternative) {
  return der::tlv(kRemoteProfileProvisioning, der::tlv(tag_of(function), alternative));
}

// ---- errors ----

constexpr std::uint8_t kUndefinedError = 127;

struct PairValue {
  std::string_view subject_code;
  std::string_view reason_code;
  std::uint8_t value;
};

constexpr PairValue kInitiateAuthenticationErrors[] = {
    {"8.8.1", "3.8", 1},
    {"8.8.3", "3.1", 2},
    {"8.8.2", "3.1", 3},
    {"8.8.4", "3.7", 3},  // ciPKNotSupported is the nearest
};
constexpr PairValue kAuthenticateClientErrors[] = {
    {"8.1.2", "6.1", 1},  {"8.1.2", "6.3", 2},   {"8.1.3", "6.1", 3}, {"8.1.3", "6.3", 4},
    {"8.1", "6.1", 5},    {"8.2.6", "3.8", 6},   {"8.1.1", "3.8", 7}, {"8.2.5", "4.3", 8},
    {"8.11.1", "3.9", 9}, {"8.10.1", "3.9", 10}, {"8.1", "4.8", 11},
};
constexpr PairValue kGetBoundProfilePackageErrors[] = {
    {"8.1", "6.1", 1}, {"8.2.7", "2.2", 2},  {"8.2.7", "3.8", 3},   {"8.2.7", "6.4", 4},
    {"8.2", "3.7", 5}, {"8.8.5", "4.10", 6}, {"8.10.1", "3.9", 95},
};
constexpr PairValue kCancelSessionErrors[] = {
    {"8.10.1", "3.9", 1},
    {"8.1", "6.1", 2},
};

std::span<const PairValue> errors_of(Es9Function function) {
  switch (function) {
    case Es9Function::kInitiateAuthentication:
      return kInitiateAuthenticationErrors;
    case Es9Function::kAuthenticateClient:
      return kAuthenticateClientErrors;
    case Es9Function::kGetBoundProfilePackage:
      return kGetBoundProfilePackageErrors;
    case Es9Function::kCancelSession:
      break;
  }
  return kCancelSessionErrors;
}

}  // namespace

Result<RspRequest> parse_rsp_request(ByteView der) {
  BERTH_TRY(outer, der::parse_single(der, kRemoteProfileProvisioning));
  BERTH_TRY(function, read_alternative(outer.value));
  BERTH_TRY(value, read_choice(function.whole, function.tag));
  switch (function.tag) {
    case kInitiateAuthentication:
      return wrapped(to_initiate_authentication(value));
    case kAuthenticateClient:
      return wrapped(to_authenticate_client(value));
    case kGetBoundProfilePackage:
      return wrapped(to_get_bound_profile_package(value));
    case kCancelSession:
      return wrapped(to_cancel_session(value));
    case kHandleNotification:
      return wrapped(to_handle_notification(value));
    default:
      return malformed("rsp.choice", "the request is for no function of ES9+");
  }
}

Bytes to_asn1(const InitiateAuthenticationResponse& response) {
  BERTH_ASSERT(response.server_signature1.size() == kSignatureSize);
  return answer(
      Es9Function::kInitiateAuthentication,
      der::tlv(kOk, {der::tlv(kTransactionId, response.transaction_id.octets()),
                     response.server_signed1, der::tlv(kSignature, response.server_signature1),
                     der::tlv(kOctetString, response.euicc_ci_pk_id_to_be_used),
                     response.server_certificate}));
}

Bytes to_asn1(const AuthenticateClientResponse& response) {
  BERTH_ASSERT(response.smdp_signature2.size() == kSignatureSize);
  return answer(
      Es9Function::kAuthenticateClient,
      der::tlv(kOk, {der::tlv(kTransactionId, response.transaction_id.octets()),
                     response.profile_metadata, response.smdp_signed2,
                     der::tlv(kSignature, response.smdp_signature2), response.smdp_certificate}));
}

Bytes to_asn1(const GetBoundProfilePackageResponse& response) {
  return answer(Es9Function::kGetBoundProfilePackage,
                der::tlv(kOk, {der::tlv(kTransactionId, response.transaction_id.octets()),
                               response.bound_profile_package}));
}

Bytes cancel_session_done_asn1() {
  return answer(Es9Function::kCancelSession, der::tlv(kOk, ByteView()));
}

std::uint8_t asn1_error(Es9Function function, const RspError& error) {
  const auto table = errors_of(function);
  const auto found = std::find_if(table.begin(), table.end(), [&](const PairValue& row) {
    return row.subject_code == error.subject_code && row.reason_code == error.reason_code;
  });
  return found == table.end() ? kUndefinedError : found->value;
}

Bytes failure_asn1(Es9Function function, const RspError& error) {
  const std::uint8_t value = asn1_error(function, error);
  return answer(function, der::tlv(kError, der::integer_contents(value)));
}

}  // namespace berth::rsp::sgp22
