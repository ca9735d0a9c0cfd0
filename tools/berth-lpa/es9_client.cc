#include "tools/berth-lpa/es9_client.h"

#include <nlohmann/json.hpp>

#include "tools/berth-lpa/es9_asn1.h"

namespace berth::lpa {
namespace {

using nlohmann::json;

constexpr std::string_view kJson = "application/json";
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

// HTTP status, media type and protocol version of one answer.
Outcome<void> check_http(const Result<HttpReply>& reply, std::string_view media_type,
                         std::string_view step) {
  if (!reply) return Failure::of(FailureKind::kNetwork, std::string(step), reply.error());
  if (reply->status != kHttpOk) {
    Failure failure = unusable(step, "HTTP status " + std::to_string(reply->status));
    failure.kind = FailureKind::kNetwork;
    failure.reason = "lpa.http_status";
    return failure;
  }
  if (!starts_with_ignoring_case(reply->content_type, media_type)) {
    return unusable(step, "the answer is not " + std::string(media_type));
  }
  if (!reply->admin_protocol.empty() && !reply->admin_protocol.starts_with("gsma/rsp/v2.")) {
    return unusable(step, "the server speaks another protocol version");
  }
  return {};
}

// All that, JSON and execution status; the JSON object.
Outcome<json> check_reply(const Result<HttpReply>& reply, std::string_view step) {
  BERTH_TRY_VOID(check_http(reply, kJson, step));
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

Result<HttpReply> call(Transport& transport, const std::string& host, std::string_view function,
                       const json& body) {
  constexpr std::string_view kPrefix = "/gsma/rsp2/es9plus/";
  return transport.post(host, std::string(kPrefix) + std::string(function), kJson, body.dump());
}

// ---- ASN.1 ----

Result<HttpReply> send_asn1(Transport& transport, const std::string& host, const Bytes& body) {
  return transport.post(host, asn1::kPath, asn1::kContentType, as_text(body));
}

// Sends a request; the answer's elements, or the refusal that its error integer stands for.
Outcome<asn1::Answer> call_asn1(Transport& transport, const std::string& host,
                                asn1::Function function, const Bytes& body, std::string_view step) {
  const auto reply = send_asn1(transport, host, body);
  BERTH_TRY_VOID(check_http(reply, asn1::kContentType, step));
  auto answer = asn1::read_answer(function, as_bytes(reply->body));
  if (!answer) return unusable(step, answer.error().message());
  if (answer->error == 0) return std::move(answer).value();
  const asn1::Pair pair = asn1::pair_of(function, answer->error);
  Failure failure;
  failure.kind = FailureKind::kServer;
  failure.step = std::string(step);
  failure.reason = "lpa.refused";
  failure.subject_code = std::string(pair.subject_code);
  failure.reason_code = std::string(pair.reason_code);
  failure.message = std::string(meaning_of(pair.subject_code, pair.reason_code));
  if (failure.message.empty()) {
    failure.message = "the server answered with error " + std::to_string(answer->error);
  }
  return failure;
}

Outcome<ServerAuthentication> initiate_asn1(Transport& transport, const std::string& host,
                                            ByteView challenge, ByteView euicc_info1,
                                            std::string_view step) {
  BERTH_TRY(answer, call_asn1(transport, host, asn1::Function::kInitiateAuthentication,
                              asn1::initiate_authentication(challenge, host, euicc_info1), step));
  return or_unusable(asn1::to_server_authentication(answer), step);
}

Outcome<ClientAuthentication> authenticate_asn1(Transport& transport, const std::string& host,
                                                const TransactionId& transaction, ByteView response,
                                                std::string_view step) {
  BERTH_TRY(answer, call_asn1(transport, host, asn1::Function::kAuthenticateClient,
                              asn1::authenticate_client(transaction, response), step));
  return or_unusable(asn1::to_client_authentication(answer), step);
}

Outcome<ClientAuthentication> authenticate_json(Transport& transport, const std::string& host,
                                                const TransactionId& transaction, ByteView response,
                                                std::string_view step) {
  const auto reply = call(
      transport, host, "authenticateClient",
      {{"transactionId", transaction.hex()}, {"authenticateServerResponse", to_base64(response)}});
  BERTH_TRY(object, check_reply(reply, step));
  return or_unusable(read_client_authentication(object), step);
}

}  // namespace

Outcome<ServerAuthentication> Es9Client::initiate_authentication(ByteView challenge,
                                                                 ByteView euicc_info1) {
  constexpr std::string_view kStep = "initiate authentication";
  if (binding_ == Binding::kAsn1) {
    return initiate_asn1(transport_, host_, challenge, euicc_info1, kStep);
  }
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
  const auto authenticate = binding_ == Binding::kAsn1 ? authenticate_asn1 : authenticate_json;
  BERTH_TRY(answer, authenticate(transport_, host_, transaction, response, kStep));
  if (answer.transaction_id != transaction) {
    return unusable(kStep, "the answer belongs to another transaction");
  }
  return answer;
}

Outcome<Bytes> Es9Client::get_bound_profile_package(const TransactionId& transaction,
                                                    ByteView response) {
  constexpr std::string_view kStep = "get bound profile package";
  if (binding_ == Binding::kAsn1) {
    BERTH_TRY(answer, call_asn1(transport_, host_, asn1::Function::kGetBoundProfilePackage,
                                asn1::get_bound_profile_package(transaction, response), kStep));
    return or_unusable(asn1::to_bound_package(answer, transaction), kStep);
  }
  const auto reply = call(
      transport_, host_, "getBoundProfilePackage",
      {{"transactionId", transaction.hex()}, {"prepareDownloadResponse", to_base64(response)}});
  BERTH_TRY(object, check_reply(reply, kStep));
  return or_unusable(read_bound_package(object, transaction), kStep);
}

Outcome<void> Es9Client::cancel_session(const TransactionId& transaction, ByteView response) {
  constexpr std::string_view kStep = "cancel session";
  if (binding_ == Binding::kAsn1) {
    BERTH_TRY_VOID(call_asn1(transport_, host_, asn1::Function::kCancelSession,
                             asn1::cancel_session(transaction, response), kStep));
    return {};
  }
  const auto reply =
      call(transport_, host_, "cancelSession",
           {{"transactionId", transaction.hex()}, {"cancelSessionResponse", to_base64(response)}});
  BERTH_TRY_VOID(check_reply(reply, kStep));
  return {};
}

Outcome<void> Es9Client::handle_notification(ByteView notification) {
  constexpr std::string_view kStep = "handle notification";
  const auto reply = binding_ == Binding::kAsn1
                         ? send_asn1(transport_, host_, asn1::handle_notification(notification))
                         : call(transport_, host_, "handleNotification",
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
