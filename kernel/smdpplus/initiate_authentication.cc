// ES9+.InitiateAuthentication (SGP.22 §5.6.1). The checks stand in the standard's order.

#include <spdlog/spdlog.h>

#include <algorithm>

#include "kernel/smdpplus/es9_state.h"

namespace berth::smdpplus {
namespace {

using rsp::RspError;
using rsp::sgp22::InitiateAuthenticationRequest;
using rsp::sgp22::InitiateAuthenticationResponse;

constexpr std::uint8_t kSupportedMajor = 2;
constexpr std::size_t kTransactionIdSize = 16;
constexpr std::size_t kChallengeSize = 16;

// The first CI of the card's signing list whose cards we can verify, preferring the CI that issued
// our own certificate.
const rsp::pki::Certificate* choose_signing_ci(const rsp::pki::TrustAnchors& anchors,
                                               const std::vector<Bytes>& offered,
                                               ByteView preferred) {
  const rsp::pki::Certificate* first = nullptr;
  for (const Bytes& id : offered) {
    const rsp::pki::Certificate* known = anchors.find(id);
    if (known == nullptr) continue;
    if (equal(id, preferred)) return known;
    if (first == nullptr) first = known;
  }
  return first;
}

// The host must know which issuer to add; key identifiers are public. A card lists two or three.
void log_unknown_issuers(const context::TenantContext& tenant, const std::string& request_id,
                         const std::vector<Bytes>& asked) {
  constexpr std::size_t kMaxListed = 4;
  constexpr std::size_t kMaxShown = 20;  // octets of each
  std::string list;
  for (std::size_t i = 0; i < asked.size() && i < kMaxListed; ++i) {
    if (i > 0) list += ", ";
    list += to_hex(ByteView(asked[i]).first(std::min(asked[i].size(), kMaxShown)));
  }
  spdlog::info("request={} tenant={} no certificate issuer of the card is served; it asked for {}",
               request_id, tenant.id().text(), list.empty() ? "none" : list);
}

}  // namespace

Result<InitiateAuthenticationResponse, Failure> Es9Service::initiate_authentication(
    context::TenantContext& tenant, const std::string& request_id,
    const InitiateAuthenticationRequest& request) {
  const auto refuse = [&](RspError error) -> Failure {
    state_->refusals.anonymous(tenant, "InitiateAuthentication " + error.pair());
    return error;
  };
  if (!tenant.confirm_address(request.smdp_address)) {
    return refuse({"8.8.1", "3.8", "this server does not answer to the SM-DP+ address sent"});
  }
  if (request.euicc_info1.svn.major != kSupportedMajor) {
    return refuse({"8.8.3", "3.1",
                   "this server speaks SGP.22 version 2; the card's lowest version is " +
                       request.euicc_info1.svn.text()});
  }
  const auto& offered = request.euicc_info1;
  if (choose_signing_ci(state_->anchors, offered.ci_ids_for_signing, {}) == nullptr) {
    log_unknown_issuers(tenant, request_id, offered.ci_ids_for_signing);
    return refuse({"8.8.2", "3.1", "no certificate issuer of this card is served here"});
  }
  const auto identity = tenant.identities().first_for(offered.ci_ids_for_verification);
  if (identity == nullptr) {
    return refuse({"8.8.4", "3.7", "no certificate of this server can be verified by the card"});
  }
  const UnixMs now = tenant.clock().now_ms();
  const auto full = [&]() -> Failure {
    state_->refusals.anonymous(tenant, "InitiateAuthentication sessions");
    return Error(ErrorCode::kResourceExhausted, "es9.sessions_exhausted",
                 "too many downloads are being started; try again shortly")
        .with_retry_after(std::chrono::seconds(30));
  };
  constexpr auto kConcurrent = tenancy::Limit::kConcurrentDownloads;
  auto room = state_->sessions.has_room(tenant.id(), now, tenant.limits().settings()[kConcurrent]);
  if (!room) return Failure(std::move(room).error());
  tenant.limits().note(kConcurrent, *room);
  if (!*room) return full();

  auto session = std::make_unique<Session>(Session{
      .transaction_id = *TransactionId::from_octets(tenant.random().bytes(kTransactionIdSize))});
  session->server_address = request.smdp_address;
  session->server_challenge = tenant.random().bytes(kChallengeSize);
  session->euicc_ci_key_id =
      choose_signing_ci(state_->anchors, offered.ci_ids_for_signing, identity->ci_key_id)
          ->subject_key_id();
  session->identity = identity;

  InitiateAuthenticationResponse response{.transaction_id = session->transaction_id,
                                          .server_signed1 = rsp::sgp22::encode_server_signed1(
                                              session->transaction_id, request.euicc_challenge,
                                              request.smdp_address, session->server_challenge),
                                          .server_signature1 = {},
                                          .euicc_ci_pk_id_to_be_used = session->euicc_ci_key_id,
                                          .server_certificate = identity->dp_auth.der()};
  auto signature = sign_parts(tenant, plugin_op(tenant, request_id), *identity->dp_auth_key,
                              {response.server_signed1});
  if (!signature) return Failure(std::move(signature).error());
  response.server_signature1 = to_bytes(*signature);
  auto inserted = state_->sessions.insert(tenant.id(), std::move(session), now);
  if (!inserted) return Failure(std::move(inserted).error());
  if (!*inserted) return full();
  return response;
}

}  // namespace berth::smdpplus
