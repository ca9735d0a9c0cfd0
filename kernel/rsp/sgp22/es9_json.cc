#include "kernel/rsp/sgp22/es9_json.h"

#include <map>
#include <nlohmann/json.hpp>

#include "kernel/rsp/sgp22/fields.h"

namespace berth::rsp::sgp22 {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// The functions need one level; v3 clients send a few more, nobody needs a tower.
constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxMembers = 64;  // of the outermost object

// Takes the string members of the outermost object and walks past everything else, so that
// nothing an attacker nests is ever built in memory.
class Members final : public nlohmann::json_sax<json> {
 public:
  static Result<Members> read(std::string_view text) {
    Members members;
    const bool complete = json::sax_parse(text.begin(), text.end(), &members);
    if (members.reason_ != nullptr) return malformed(members.reason_, members.message_);
    if (!complete || !members.is_object_) {
      return malformed("json.invalid", "the body is not a JSON object");
    }
    return members;
  }

  Result<std::string> text(const std::string& name) const {
    const auto found = members_.find(name);
    if (found == members_.end()) return malformed("json.missing", name + " is missing");
    if (!found->second) return malformed("json.type", name + " is not a string");
    return *found->second;
  }

  Result<Bytes> octets(const std::string& name) const {
    BERTH_TRY(encoded, text(name));
    Result<Bytes> decoded = from_base64(encoded);
    if (!decoded) return std::move(decoded).error().within(name);
    return decoded;
  }

  Result<TransactionId> transaction_id() const {
    BERTH_TRY(hex, text("transactionId"));
    return TransactionId::parse_hex(hex);
  }

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t) override { return value(); }
  bool number_unsigned(number_unsigned_t) override { return value(); }
  bool number_float(number_float_t, const string_t&) override { return value(); }
  bool binary(binary_t&) override { return value(); }
  bool string(string_t& text) override {
    if (depth_ == 1 && is_object_) members_[key_] = std::move(text);
    return true;
  }
  bool start_object(std::size_t) override {
    if (depth_ == 0) is_object_ = true;
    return enter();
  }
  bool start_array(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool key(string_t& name) override {
    if (depth_ != 1 || !is_object_) return true;
    // Two readers of a repeated member may each believe another one.
    if (members_.contains(name)) return refuse("json.duplicate", "a member comes twice");
    if (members_.size() == kMaxMembers) return refuse("json.too_large", "too many members");
    key_ = std::move(name);
    members_.emplace(key_, std::nullopt);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override {
    return false;
  }

 private:
  bool value() const { return true; }
  bool enter() {
    if (depth_ == kMaxDepth) return refuse("json.too_deep", "the body is nested too deeply");
    ++depth_;
    return true;
  }
  bool leave() {
    --depth_;
    return true;
  }
  bool refuse(const char* reason, const char* message) {
    reason_ = reason;
    message_ = message;
    return false;
  }

  std::map<std::string, std::optional<std::string>> members_;  // none: not a string
  std::string key_;
  std::size_t depth_ = 0;
  bool is_object_ = false;
  const char* reason_ = nullptr;
  const char* message_ = nullptr;
};

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
  BERTH_TRY(members, Members::read(json));
  BERTH_TRY(challenge_octets, members.octets("euiccChallenge"));
  BERTH_TRY(challenge, exact_octets(challenge_octets, kChallengeSize, "euiccChallenge"));
  BERTH_TRY(info1_der, members.octets("euiccInfo1"));
  BERTH_TRY(info1, parse_euicc_info1(info1_der));
  BERTH_TRY(address, members.text("smdpAddress"));
  return InitiateAuthenticationRequest{std::move(challenge), std::move(info1_der), std::move(info1),
                                       std::move(address)};
}

Result<AuthenticateClientRequest> parse_authenticate_client(std::string_view json) {
  BERTH_TRY(members, Members::read(json));
  BERTH_TRY(transaction_id, members.transaction_id());
  BERTH_TRY(der, members.octets("authenticateServerResponse"));
  BERTH_TRY(response, parse_authenticate_server_response(der));
  return AuthenticateClientRequest{std::move(transaction_id), std::move(response)};
}

Result<GetBoundProfilePackageRequest> parse_get_bound_profile_package(std::string_view json) {
  BERTH_TRY(members, Members::read(json));
  BERTH_TRY(transaction_id, members.transaction_id());
  BERTH_TRY(der, members.octets("prepareDownloadResponse"));
  BERTH_TRY(response, parse_prepare_download_response(der));
  return GetBoundProfilePackageRequest{std::move(transaction_id), std::move(response)};
}

Result<HandleNotificationRequest> parse_handle_notification(std::string_view json) {
  BERTH_TRY(members, Members::read(json));
  BERTH_TRY(der, members.octets("pendingNotification"));
  return parse_pending_notification(der);
}

Result<CancelSessionRequest> parse_cancel_session(std::string_view json) {
  BERTH_TRY(members, Members::read(json));
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
  if (!error.message.empty()) status_code["message"] = error.message;
  return written(with_status({{"status", "Failed"}, {"statusCodeData", std::move(status_code)}}));
}

}  // namespace berth::rsp::sgp22
