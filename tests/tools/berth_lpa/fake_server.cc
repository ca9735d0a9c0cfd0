#include "tests/tools/berth_lpa/fake_server.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "kernel/rsp/der/der.h"

namespace berth::lpa {
namespace {

using namespace rsp::sgp22;

Bytes raw(ByteView signature_tlv) {
  return to_bytes(rsp::der::parse_single(signature_tlv, 0x5F37)->value);
}

Bytes member(std::string_view body, const char* name) {
  return from_base64(nlohmann::json::parse(body).at(name).get<std::string>()).value();
}

template <class T>
T must(Result<T> parsed) {
  REQUIRE(parsed.ok());
  return std::move(parsed).value();
}

// In the order of RspRequest's alternatives.
constexpr const char* kFunctions[] = {"initiateAuthentication", "authenticateClient",
                                      "getBoundProfilePackage", "cancelSession",
                                      "handleNotification"};

RspRequest read_json(const std::string& function, std::string_view body) {
  if (function == kFunctions[0]) return {must(parse_initiate_authentication(body))};
  if (function == kFunctions[1]) return {must(parse_authenticate_client(body))};
  if (function == kFunctions[2]) return {must(parse_get_bound_profile_package(body))};
  if (function == kFunctions[3]) return {must(parse_cancel_session(body))};
  return {must(parse_handle_notification(body))};
}

// The second element of a request: the card's object.
Bytes second_element(ByteView request) {
  const auto outer = must(rsp::der::parse_single(request, 0xA2));
  rsp::der::Reader function(outer.value);
  rsp::der::Reader fields(must(function.next()).value);
  must(fields.next());
  return fields.at_end() ? Bytes() : to_bytes(must(fields.next()).whole);
}

}  // namespace

FakeServer::Answer FakeServer::serve(const RspRequest& request, ByteView card_answer) {
  if (const auto* initiate = std::get_if<InitiateAuthenticationRequest>(&request.function)) {
    REQUIRE(initiate->smdp_address == smdp_.address);
    const auto card = smdp_.initiate(initiate->euicc_challenge);
    return {{},
            InitiateAuthenticationResponse{*smdp_.transaction, card.server_signed1,
                                           raw(card.server_signature1), smdp_.ci_key_id,
                                           card.server_certificate}};
  }
  if (const auto* client = std::get_if<AuthenticateClientRequest>(&request.function)) {
    if (std::holds_alternative<AuthenticateResponseError>(client->response)) {
      return {rsp::RspError{"8.1", "6.1", "the card refused"}, {}};
    }
    const auto card = smdp_.authenticate(card_answer);
    return {
        {},
        AuthenticateClientResponse{
            *smdp_.transaction, metadata_announced.empty() ? smdp_.metadata : metadata_announced,
            card.smdp_signed2, raw(card.smdp_signature2), card.smdp_certificate}};
  }
  if (std::holds_alternative<GetBoundProfilePackageRequest>(request.function)) {
    smdp_.accept_prepared(card_answer);
    if (!wanted_code.empty() && smdp_.prepared->hash_cc != euicc::Card::hash_confirmation_code(
                                                               wanted_code, *smdp_.transaction)) {
      return {rsp::RspError{"8.2.7", "3.8", "wrong confirmation code"}, {}};
    }
    return {{}, GetBoundProfilePackageResponse{*smdp_.transaction, smdp_.bind()}};
  }
  if (const auto* cancel = std::get_if<CancelSessionRequest>(&request.function)) {
    cancelled = *cancel;
  } else {
    notifications.push_back(std::get<HandleNotificationRequest>(request.function));
  }
  return {};
}

Result<HttpReply> FakeServer::post_json(const std::string& function, std::string_view body) {
  Bytes card_answer;
  if (function == "authenticateClient") card_answer = member(body, "authenticateServerResponse");
  if (function == "getBoundProfilePackage") card_answer = member(body, "prepareDownloadResponse");
  const RspRequest request = read_json(function, body);
  const Answer answer = serve(request, card_answer);
  if (answer.refusal) return json_reply(failure_json(*answer.refusal));
  if (function == "handleNotification") return HttpReply{204, "", "", ""};
  return std::visit(
      [](const auto& response) {
        if constexpr (std::is_same_v<std::decay_t<decltype(response)>, std::monostate>) {
          return json_reply(success_json());
        } else {
          return json_reply(to_json(response));
        }
      },
      answer.response);
}

Result<HttpReply> FakeServer::post_asn1(ByteView body) {
  const RspRequest request = must(parse_rsp_request(body));
  const std::size_t index = request.function.index();
  calls.emplace_back(kFunctions[index]);
  if (const auto found = instead.find(calls.back()); found != instead.end()) {
    return found->second();
  }
  const Answer answer = serve(request, second_element(body));
  if (answer.refusal) {
    return asn1_reply(failure_asn1(static_cast<Es9Function>(index + 1), *answer.refusal));
  }
  if (calls.back() == "handleNotification") return HttpReply{204, "", "", ""};
  return std::visit(
      [](const auto& response) {
        if constexpr (std::is_same_v<std::decay_t<decltype(response)>, std::monostate>) {
          return asn1_reply(cancel_session_done_asn1());
        } else {
          return asn1_reply(to_asn1(response));
        }
      },
      answer.response);
}

Result<HttpReply> FakeServer::post(std::string_view host, std::string_view path,
                                   std::string_view content_type, std::string_view body) {
  constexpr std::string_view kPrefix = "/gsma/rsp2/es9plus/";
  REQUIRE(host == smdp_.address);
  if (path == "/gsma/rsp2/asn1") {
    REQUIRE(content_type == "application/x-gsma-rsp-asn1");
    return post_asn1(as_bytes(body));
  }
  REQUIRE(path.starts_with(kPrefix));
  REQUIRE(content_type == "application/json");
  const std::string function(path.substr(kPrefix.size()));
  calls.push_back(function);
  if (const auto found = instead.find(function); found != instead.end()) return found->second();
  return post_json(function, body);
}

}  // namespace berth::lpa
