#include "tools/berth-lpa/es9_client.h"

#include <nlohmann/json.hpp>

namespace berth::lpa {
namespace {

using nlohmann::json;

constexpr int kHttpOk = 200;
constexpr int kHttpNoContent = 204;
constexpr std::size_t kMaxTextFromServer = 300;

Failure unusable(std::string_view step, std::string message) {
  Failure failure;
  failure.kind = FailureKind::kLpa;
  failure.step = std::string(step);
  failure.reason = "lpa.reply_invalid";
  failure.message = std::move(message);
  return failure;
}

// A server's words go to a terminal: printable ASCII only, bounded, no control sequences.
std::string printable(const std::string& text) {
  std::string clean;
  for (const char c : text.substr(0, kMaxTextFromServer)) {
    const auto octet = static_cast<unsigned char>(c);
    clean.push_back(octet < 0x20 || octet > 0x7E ? '?' : c);
  }
  return clean;
}

std::string string_member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Failure refused(std::string_view step, const json& status, const std::string& word) {
  Failure failure;
  failure.kind = FailureKind::kServer;
  failure.step = std::string(step);
  failure.reason = "lpa.refused";
  const auto data = status.find("statusCodeData");
  if (data != status.end() && data->is_object()) {
    failure.subject_code = printable(string_member(*data, "subjectCode"));
    failure.reason_code = printable(string_member(*data, "reasonCode"));
    failure.message = printable(string_member(*data, "message"));
  }
  if (failure.message.empty()) {
    failure.message = std::string(meaning_of(failure.subject_code, failure.reason_code));
  }
  if (failure.message.empty()) failure.message = "the server answered " + printable(word);
  return failure;
}

bool starts_with_ignoring_case(std::string_view text, std::string_view lower_prefix) {
  if (text.size() < lower_prefix.size()) return false;
  for (std::size_t i = 0; i < lower_prefix.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != lower_prefix[i]) return false;
  }
  return true;
}

// HTTP, media type, JSON and execution status of one answer; the JSON object.
Outcome<json> check_reply(const Result<HttpReply>& reply, std::string_view step) {
  if (!reply) return Failure::of(FailureKind::kNetwork, std::string(step), reply.error());
  if (reply->status != kHttpOk) {
    Failure failure = unusable(step, "HTTP status " + std::to_string(reply->status));
    failure.kind = FailureKind::kNetwork;
    failure.reason = "lpa.http_status";
    return failure;
  }
  if (!starts_with_ignoring_case(reply->content_type, "application/json")) {
    return unusable(step, "the answer is not application/json");
  }
  if (!reply->admin_protocol.empty() && !reply->admin_protocol.starts_with("gsma/rsp/v2.")) {
    return unusable(step, "the server speaks another protocol version");
  }
  json object = json::parse(reply->body, nullptr, false);
  if (!object.is_object()) return unusable(step, "the answer is not a JSON object");
  const auto header = object.find("header");
  if (header == object.end() || !header->is_object() ||
      !header->contains("functionExecutionStatus") ||
      !header->at("functionExecutionStatus").is_object()) {
    return unusable(step, "the answer has no functionExecutionStatus");
  }
  const json& status = header->at("functionExecutionStatus");
  const std::string word = string_member(status, "status");
  if (word != "Executed-Success" && word != "Executed-WithWarning") {
    return refused(step, status, word);
  }
  return object;
}

Result<Bytes> octets_member(const json& object, const char* name) {
  const std::string text = string_member(object, name);
  if (text.empty()) {
    return Error(ErrorCode::kInvalidArgument, "lpa.reply_invalid",
                 std::string("the answer lacks ") + name);
  }
  auto octets = from_base64(text);
  if (!octets) return std::move(octets).error().within(name);
  return octets;
}

Result<TransactionId> transaction_member(const json& object) {
  return TransactionId::parse_hex(string_member(object, "transactionId"));
}

Result<ServerAuthentication> read_server_authentication(const json& object) {
  BERTH_TRY(transaction, transaction_member(object));
  BERTH_TRY(signed1, octets_member(object, "serverSigned1"));
  BERTH_TRY(signature1, octets_member(object, "serverSignature1"));
  BERTH_TRY(key_id, octets_member(object, "euiccCiPKIdToBeUsed"));
  BERTH_TRY(certificate, octets_member(object, "serverCertificate"));
  return ServerAuthentication{transaction, signed1, signature1, key_id, certificate};
}

Result<ClientAuthentication> read_client_authentication(const json& object) {
  BERTH_TRY(transaction, transaction_member(object));
  BERTH_TRY(metadata, octets_member(object, "profileMetadata"));
  BERTH_TRY(signed2, octets_member(object, "smdpSigned2"));
  BERTH_TRY(signature2, octets_member(object, "smdpSignature2"));
  BERTH_TRY(certificate, octets_member(object, "smdpCertificate"));
  return ClientAuthentication{transaction, metadata, signed2, signature2, certificate};
}

Result<Bytes> read_bound_package(const json& object, const TransactionId& transaction) {
  BERTH_TRY(answered, transaction_member(object));
  if (answered != transaction) {
    return Error(ErrorCode::kInvalidArgument, "lpa.reply_invalid",
                 "the answer belongs to another transaction");
  }
  return octets_member(object, "boundProfilePackage");
}

template <class T>
Outcome<T> or_unusable(Result<T> result, std::string_view step) {
  if (!result) return unusable(step, result.error().message());
  return std::move(result).value();
}

constexpr std::string_view kPrefix = "/gsma/rsp2/es9plus/";

Result<HttpReply> call(Transport& transport, const std::string& host, std::string_view function,
                       const json& body) {
  return transport.post(host, std::string(kPrefix) + std::string(function), body.dump());
}

}  // namespace

Outcome<ServerAuthentication> Es9Client::initiate_authentication(ByteView challenge,
                                                                 ByteView euicc_info1) {
  constexpr std::string_view kStep = "initiate authentication";
  const auto reply = call(transport_, host_, "initiateAuthentication",
                          {{"euiccChallenge", to_base64(challenge)},
                           {"euiccInfo1", to_base64(euicc_info1)},
                           {"smdpAddress", host_}});
  BERTH_TRY(object, check_reply(reply, kStep));
  return or_unusable(read_server_authentication(object), kStep);
}

Outcome<ClientAuthentication> Es9Client::authenticate_client(const TransactionId& transaction,
                                                             ByteView response) {
  constexpr std::string_view kStep = "authenticate client";
  const auto reply = call(
      transport_, host_, "authenticateClient",
      {{"transactionId", transaction.hex()}, {"authenticateServerResponse", to_base64(response)}});
  BERTH_TRY(object, check_reply(reply, kStep));
  BERTH_TRY(answer, or_unusable(read_client_authentication(object), kStep));
  if (answer.transaction_id != transaction) {
    return unusable(kStep, "the answer belongs to another transaction");
  }
  return answer;
}

Outcome<Bytes> Es9Client::get_bound_profile_package(const TransactionId& transaction,
                                                    ByteView response) {
  constexpr std::string_view kStep = "get bound profile package";
  const auto reply = call(
      transport_, host_, "getBoundProfilePackage",
      {{"transactionId", transaction.hex()}, {"prepareDownloadResponse", to_base64(response)}});
  BERTH_TRY(object, check_reply(reply, kStep));
  return or_unusable(read_bound_package(object, transaction), kStep);
}

Outcome<void> Es9Client::cancel_session(const TransactionId& transaction, ByteView response) {
  const auto reply =
      call(transport_, host_, "cancelSession",
           {{"transactionId", transaction.hex()}, {"cancelSessionResponse", to_base64(response)}});
  BERTH_TRY_VOID(check_reply(reply, "cancel session"));
  return {};
}

Outcome<void> Es9Client::handle_notification(ByteView notification) {
  constexpr std::string_view kStep = "handle notification";
  const auto reply = call(transport_, host_, "handleNotification",
                          {{"pendingNotification", to_base64(notification)}});
  if (!reply) return Failure::of(FailureKind::kNetwork, std::string(kStep), reply.error());
  if (reply->status != kHttpNoContent) {
    Failure failure =
        unusable(kStep, "HTTP status " + std::to_string(reply->status) + " instead of 204");
    failure.kind = FailureKind::kNetwork;
    failure.reason = "lpa.http_status";
    return failure;
  }
  return {};
}

}  // namespace berth::lpa
