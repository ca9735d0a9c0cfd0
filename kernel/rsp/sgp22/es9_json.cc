#include "kernel/rsp/sgp22/es9_json.h"

#include <nlohmann/json.hpp>

#include "kernel/rsp/sgp22/fields.h"
#include "kernel/rsp/sgp22/json_members.h"
#include "kernel/rsp/sgp22/status_codes.h"

namespace berth::rsp::sgp22 {
namespace {

using nlohmann::ordered_json;

std::string signature_member(ByteView raw) {
  BERTH_ASSERT(raw.size() == kSignatureSize);
  return to_base64(der::tlv(kSignature, raw));
}

ordered_json with_status(ordered_json execution_status) {
  ordered_json body;
  body["header"]["functionExecutionStatus"] = std::move(execution_status);
  return body;
}

ordered_json success() { return with_status({{"status", "Executed-Success"}}); }

// A message may quote a peer; octets that are not UTF-8 must not turn an answer into a throw.
std::string written(const ordered_json& body) {
  return body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

Result<InitiateAuthenticationRequest> parse_initiate_authentication(std::string_view json) {
  BERTH_TRY(members, JsonMembers::read(json));
  BERTH_TRY(challenge_octets, members.octets("euiccChallenge"));
  BERTH_TRY(challenge, exact_octets(challenge_octets, kChallengeSize, "euiccChallenge"));
  BERTH_TRY(info1_der, members.octets("euiccInfo1"));
  BERTH_TRY(info1, parse_euicc_info1(info1_der));
  BERTH_TRY(address, members.text("smdpAddress"));
  return InitiateAuthenticationRequest{std::move(challenge), std::move(info1_der), std::move(info1),
                                       std::move(address)};
}

Result<AuthenticateClientRequest> parse_authenticate_client(std::string_view json) {
  BERTH_TRY(members, JsonMembers::read(json));
  BERTH_TRY(transaction_id, members.transaction_id());
  BERTH_TRY(der, members.octets("authenticateServerResponse"));
  BERTH_TRY(response, parse_authenticate_server_response(der));
  return AuthenticateClientRequest{std::move(transaction_id), std::move(response)};
}

Result<GetBoundProfilePackageRequest> parse_get_bound_profile_package(std::string_view json) {
  BERTH_TRY(members, JsonMembers::read(json));
  BERTH_TRY(transaction_id, members.transaction_id());
  BERTH_TRY(der, members.octets("prepareDownloadResponse"));
  BERTH_TRY(response, parse_prepare_download_response(der));
  return GetBoundProfilePackageRequest{std::move(transaction_id), std::move(response)};
}

Result<HandleNotificationRequest> parse_handle_notification(std::string_view json) {
  BERTH_TRY(members, JsonMembers::read(json));
  BERTH_TRY(der, members.octets("pendingNotification"));
  return parse_pending_notification(der);
}

Result<CancelSessionRequest> parse_cancel_session(std::string_view json) {
  BERTH_TRY(members, JsonMembers::read(json));
  BERTH_TRY(transaction_id, members.transaction_id());
  BERTH_TRY(der, members.octets("cancelSessionResponse"));
  BERTH_TRY(response, parse_cancel_session_response(der));
  return CancelSessionRequest{std::move(transaction_id), std::move(response)};
}

std::string to_json(const InitiateAuthenticationResponse& response) {
  ordered_json body = success();
  body["transactionId"] = response.transaction_id.hex();
  body["serverSigned1"] = to_base64(response.server_signed1);
  body["serverSignature1"] = signature_member(response.server_signature1);
  body["euiccCiPKIdToBeUsed"] =
      to_base64(der::tlv(kOctetString, response.euicc_ci_pk_id_to_be_used));
  body["serverCertificate"] = to_base64(response.server_certificate);
  return written(body);
}

std::string to_json(const AuthenticateClientResponse& response) {
  ordered_json body = success();
  body["transactionId"] = response.transaction_id.hex();
  body["profileMetadata"] = to_base64(response.profile_metadata);
  body["smdpSigned2"] = to_base64(response.smdp_signed2);
  body["smdpSignature2"] = signature_member(response.smdp_signature2);
  body["smdpCertificate"] = to_base64(response.smdp_certificate);
  return written(body);
}

std::string to_json(const GetBoundProfilePackageResponse& response) {
  ordered_json body = success();
  body["transactionId"] = response.transaction_id.hex();
  body["boundProfilePackage"] = to_base64(response.bound_profile_package);
  return written(body);
}

std::string success_json() { return written(success()); }

std::string failure_json(const RspError& error) {
  ordered_json status_code = {{"subjectCode", error.subject_code},
                              {"reasonCode", error.reason_code}};
  if (!error.message.empty()) status_code["message"] = told(error);
  return written(with_status({{"status", "Failed"}, {"statusCodeData", std::move(status_code)}}));
}

}  // namespace berth::rsp::sgp22
