#include "kernel/rsp/sgp22/es9_json.h"

#include <nlohmann/json.hpp>

#include "kernel/rsp/sgp22/fields.h"
#include "kernel/rsp/sgp22/json_members.h"
#include "kernel/rsp/sgp22/status_codes.h"

namespace berth::rsp::sgp22 {
namespace {

using nlohmann::ordered_json;

ordered_json with_status(ordered_json execution_status) {
  ordered_json body;
  body["header"]["functionExecutionStatus"] = std::move(execution_status);
  return body;
}

// An answer of success, written as it goes. Its texts are base64 and hexadecimal, in which JSON has
// nothing to escape: a package of a megabyte is copied, not looked at octet by octet.
class SuccessText {
 public:
  explicit SuccessText(std::size_t octets = 0) {
    constexpr std::size_t kRest = 512;
    text_.reserve(octets / 3 * 4 + kRest);
    text_ = R"({"header":{"functionExecutionStatus":{"status":"Executed-Success"}})";
  }
  SuccessText& transaction_id(const TransactionId& id) { return member("transactionId", id.hex()); }
  SuccessText& octets(std::string_view name, ByteView der) { return member(name, to_base64(der)); }
  SuccessText& signature(std::string_view name, ByteView raw) {
    BERTH_ASSERT(raw.size() == kSignatureSize);
    return octets(name, der::tlv(kSignature, raw));
  }
  std::string finish() {
    text_ += '}';
    return std::move(text_);
  }

 private:
  SuccessText& member(std::string_view name, std::string_view value) {
    text_.append(",\"").append(name).append("\":\"").append(value).append("\"");
    return *this;
  }
  std::string text_;
};

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
  return SuccessText(response.server_certificate.size() + response.server_signed1.size())
      .transaction_id(response.transaction_id)
      .octets("serverSigned1", response.server_signed1)
      .signature("serverSignature1", response.server_signature1)
      .octets("euiccCiPKIdToBeUsed", der::tlv(kOctetString, response.euicc_ci_pk_id_to_be_used))
      .octets("serverCertificate", response.server_certificate)
      .finish();
}

std::string to_json(const AuthenticateClientResponse& response) {
  return SuccessText(response.profile_metadata.size() + response.smdp_certificate.size())
      .transaction_id(response.transaction_id)
      .octets("profileMetadata", response.profile_metadata)
      .octets("smdpSigned2", response.smdp_signed2)
      .signature("smdpSignature2", response.smdp_signature2)
      .octets("smdpCertificate", response.smdp_certificate)
      .finish();
}

std::string to_json(const GetBoundProfilePackageResponse& response) {
  return SuccessText(response.bound_profile_package.size())
      .transaction_id(response.transaction_id)
      .octets("boundProfilePackage", response.bound_profile_package)
      .finish();
}

std::string success_json() { return SuccessText().finish(); }

std::string failure_json(const RspError& error) {
  ordered_json status_code = {{"subjectCode", error.subject_code},
                              {"reasonCode", error.reason_code}};
  if (!error.message.empty()) status_code["message"] = told(error);
  return written(with_status({{"status", "Failed"}, {"statusCodeData", std::move(status_code)}}));
}

}  // namespace berth::rsp::sgp22
