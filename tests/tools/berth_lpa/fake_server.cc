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

}  // namespace

std::string FakeServer::answer(const std::string& function, std::string_view body) {
  if (function == "initiateAuthentication") {
    const auto request = parse_initiate_authentication(body);
    REQUIRE(request.ok());
    REQUIRE(request->smdp_address == smdp_.address);
    const auto card = smdp_.initiate(request->euicc_challenge);
    return to_json(InitiateAuthenticationResponse{*smdp_.transaction, card.server_signed1,
                                                  raw(card.server_signature1), smdp_.ci_key_id,
                                                  card.server_certificate});
  }
  if (function == "authenticateClient") {
    const auto request = parse_authenticate_client(body);
    REQUIRE(request.ok());
    if (std::holds_alternative<AuthenticateResponseError>(request->response)) {
      return failure_json({"8.1", "6.1", "the card refused"});
    }
    const auto card = smdp_.authenticate(member(body, "authenticateServerResponse"));
    return to_json(AuthenticateClientResponse{
        *smdp_.transaction, metadata_announced.empty() ? smdp_.metadata : metadata_announced,
        card.smdp_signed2, raw(card.smdp_signature2), card.smdp_certificate});
  }
  if (function == "getBoundProfilePackage") {
    smdp_.accept_prepared(member(body, "prepareDownloadResponse"));
    if (!wanted_code.empty() && smdp_.prepared->hash_cc != euicc::Card::hash_confirmation_code(
                                                               wanted_code, *smdp_.transaction)) {
      return failure_json({"8.2.7", "3.8", "wrong confirmation code"});
    }
    return to_json(GetBoundProfilePackageResponse{*smdp_.transaction, smdp_.bind()});
  }
  if (function == "cancelSession") {
    auto request = parse_cancel_session(body);
    REQUIRE(request.ok());
    cancelled = std::move(*request);
    return success_json();
  }
  auto request = parse_handle_notification(body);
  REQUIRE(request.ok());
  notifications.push_back(std::move(*request));
  return {};
}

Result<HttpReply> FakeServer::post(std::string_view host, std::string_view path,
                                   std::string_view body) {
  constexpr std::string_view kPrefix = "/gsma/rsp2/es9plus/";
  REQUIRE(host == smdp_.address);
  REQUIRE(path.starts_with(kPrefix));
  const std::string function(path.substr(kPrefix.size()));
  calls.push_back(function);
  if (const auto found = instead.find(function); found != instead.end()) return found->second();
  const std::string text = answer(function, body);
  if (text.empty()) return HttpReply{204, "", "", ""};
  return json_reply(text);
}

}  // namespace berth::lpa
