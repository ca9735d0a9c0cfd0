// ES9+.AuthenticateClient (SGP.22 §5.6.3). The checks stand in the standard's order.

#include "kernel/lifecycle/profile.h"
#include "kernel/smdpplus/commit.h"
#include "kernel/smdpplus/drafts.h"
#include "kernel/smdpplus/eligibility.h"
#include "kernel/smdpplus/es9_state.h"
#include "kernel/smdpplus/order_end.h"
#include "kernel/smdpplus/profile_types.h"
#include "kernel/smdpplus/result_code.h"

namespace berth::smdpplus {
namespace {

using lifecycle::ProfileInput;
using lifecycle::ProfileRefusal;
using rsp::RspError;
using rsp::sgp22::AuthenticateClientRequest;
using rsp::sgp22::AuthenticateClientResponse;
using rsp::sgp22::AuthenticateResponseOk;

// The order a card asks for, as the ledger holds it now.
struct Found {
  ledger::OrderRecord order;
  ledger::ProfileRecord profile;
  std::optional<ledger::BindingRecord> binding;  // of this order and this card
};

// Everything that is decided and signed before the commit.
struct Decision {
  ledger::Unit unit;
  AuthenticateClientResponse response;
};

class Authentication {
 public:
  Authentication(context::TenantContext& tenant, const std::string& request_id, Session& session,
                 const AuthenticateResponseOk& ok, RefusalJournal& journal, GuessLimiter& guesses)
      : tenant_(tenant),
        request_id_(request_id),
        session_(session),
        ok_(ok),
        journal_(journal),
        guesses_(guesses) {}

  // Steps 6 and 7: the card really signed this, for this session.
  Result<void, Failure> check_signature() {
    if (!session_.card->euicc.public_key().verify({ok_.signed1}, ok_.signature1)) {
      return refuse("card", {"8.1", "6.1", "the card's signature does not verify"}, "", "");
    }
    if (!equal_constant_time(ok_.server_challenge, session_.server_challenge)) {
      return refuse("card", {"8.1", "6.1", "the card answered another challenge"}, "", "");
    }
    if (ok_.transaction_id != session_.transaction_id) {
      return refuse("card", {"8.10.1", "3.9", "the card signed another transaction"}, "", "");
    }
    if (ok_.server_address != session_.server_address) {
      return refuse("card", {"8.1", "6.1", "the card authenticated another server"}, "", "");
    }
    return {};
  }

  // Does the tenant serve anybody now, or this card? Later than the route, so that a card of others
  // learns nothing of it.
  Result<void, Failure> check_standing() {
    const auto admitted = tenant_.admits(eid());
    if (admitted) return {};
    note_order();
    return refuse("tenant", {"8.2", "1.2", "downloads are not open yet"}, "", admitted.error());
  }

  // The card against the tenant's routes, before anything costly.
  Result<void, Failure> check_route() {
    const auto confirmed = tenant_.confirm(eid());
    if (confirmed) return {};
    note_order();
    return refuse("EID", {"8.1.1", "3.8", "this eUICC is not served here"}, confirmed.error().route,
                  confirmed.error().message);
  }

  // Step 9: the order and its card.
  Result<Found, Failure> find() {
    const UnixMs now = tenant_.clock().now_ms();
    const bool with_code = ok_.matching_id || ok_.matching_id_malformed;
    if (with_code && !guesses_.allows(tenant_.id(), eid(), now)) return refuse_code();
    if (ok_.matching_id_malformed) {
      guesses_.missed(tenant_.id(), eid(), now);
      return refuse_code();
    }
    auto looked_up = ok_.matching_id ? tenant_.ledger().order_by_matching_id(*ok_.matching_id)
                                     : tenant_.ledger().default_order_for(eid());
    if (!looked_up) return Failure(std::move(looked_up).error());
    if (!*looked_up) {
      if (!ok_.matching_id) return refuse_default();
      guesses_.missed(tenant_.id(), eid(), now);
      return refuse_code();
    }
    iccid_ = (*looked_up)->iccid;
    auto profile = tenant_.ledger().profile(*iccid_);
    if (!profile) return Failure(std::move(profile).error());
    if (!*profile) {
      return Failure(Error(ErrorCode::kDataLoss, "ledger.order_without_profile",
                           "an order refers to a profile that is not there"));
    }
    profile_type_ = (*profile)->profile_type;
    if (!(*looked_up)->open) return refuse_closed(**looked_up, **profile, now);
    Found found{std::move(**looked_up), std::move(**profile), std::nullopt};
    if ((found.order.eid && *found.order.eid != eid()) ||
        (found.profile.eid && *found.profile.eid != eid())) {
      return refuse("EID", {"8.1.1", "3.8", "this download belongs to another eUICC"},
                    "the order's EID", "use the device the plan was ordered for, or order anew");
    }
    auto binding = tenant_.ledger().binding(found.order.iccid);
    if (!binding) return Failure(std::move(binding).error());
    if (*binding && (*binding)->order_id == found.order.order_id && (*binding)->eid == eid() &&
        (*binding)->ci_key_id_hex == to_hex(session_.identity->ci_key_id)) {
      found.binding = std::move(**binding);
    }
    return found;
  }

  // Steps 10 to 14, up to the signature. Empty: somebody changed the order meanwhile.
  Result<std::optional<Decision>, Failure> decide(const Found& found) {
    const auto transition = lifecycle::apply(found.profile.state, ProfileInput::kAuthenticated,
                                             found.profile.quarantined);
    if (!transition) return refuse_state(transition.error());
    if (auto owner = check_operator(found.profile); !owner) return std::move(owner).error();
    if (is_expired(found.order, tenant_.clock().now_ms())) return refuse_expired();
    if (found.order.attempts_used >= found.order.attempts_max) {
      return end_order(found, ProfileInput::kAttemptsExceeded,
                       {"8.8.5", "6.4", "the download was tried too often"},
                       "find out why the device fails, then order again");
    }
    auto definition = definition_of(tenant_, found.profile);
    if (!definition) return std::move(definition).error();
    if (const auto no = ineligible(found.profile, definition->type.policy_rules,
                                   definition->type.owner.has_value(), ok_.euicc_info2)) {
      constexpr std::string_view kRemedy = "use another device, or order a plan this one can take";
      if (!tenant_.configuration().ineligible_ends_order) {
        return refuse("card", *no, "", std::string(kRemedy));
      }
      return end_order(found, ProfileInput::kIneligible, *no, std::string(kRemedy));
    }
    Decision decision{make_unit(found), {.transaction_id = session_.transaction_id}};
    auto metadata = make_metadata(found, *definition);
    if (!metadata) return std::move(metadata).error();
    decision.response.profile_metadata = std::move(*metadata);
    std::optional<Bytes> otpk;
    if (found.binding) otpk = found.binding->euicc_otpk;
    decision.response.smdp_signed2 = rsp::sgp22::encode_smdp_signed2(
        session_.transaction_id, found.order.confirmation_code_sha256.has_value(), otpk);
    auto signature =
        sign_parts(tenant_, plugin_op(tenant_, request_id_), *session_.identity->dp_pb_key,
                   {decision.response.smdp_signed2, signature_tlv(ok_.signature1)});
    if (!signature) return Failure(std::move(signature).error());
    decision.response.smdp_signature2 = to_bytes(*signature);
    decision.response.smdp_certificate = session_.identity->dp_pb.der();
    return std::optional(std::move(decision));
  }

  Failure refuse_expired(bool told = false) {
    return refuse("order", {"8.8.5", "4.10", "the download order has expired"}, "",
                  "order the profile again", told);
  }

  const Eid& eid() const { return session_.card->eid; }

 private:
  // An order the card was refused for still gets the refusal into its own story.
  void note_order() {
    if (!ok_.matching_id) return;
    const auto order = tenant_.ledger().order_by_matching_id(*ok_.matching_id);
    if (order && *order) iccid_ = (*order)->iccid;
  }

  // `told`: the order's operator has heard of it already.
  Failure refuse(std::string stage, RspError error, std::string route, std::string remedy,
                 bool told = false) {
    RefusedDownload refusal{.function = "AuthenticateClient",
                            .stage = std::move(stage),
                            .route = std::move(route),
                            .remedy = std::move(remedy),
                            .error = error,
                            .eid = eid(),
                            .iccid = iccid_,
                            .matching_id = ok_.matching_id};
    if (iccid_ && !profile_type_.empty() && !told) refusal.progress = failed(error);
    journal_.authenticated(tenant_, refusal);
    return error;
  }

  Progress failed(const RspError& error) const {
    return {kPointEligibility, eid(), *iccid_, profile_type_, error, {}};
  }

  Failure refuse_default() {
    return refuse("order", {"8.1.1", "3.8", "no download waits for this eUICC"}, "",
                  "order a profile for this EID, or give the user an activation code");
  }

  // A closed order goes on telling why it ended, as long as its profile serves nobody else.
  Failure refuse_closed(const ledger::OrderRecord& order, const ledger::ProfileRecord& profile,
                        UnixMs now) {
    const bool last =
        profile.order_id == order.order_id && profile.state != lifecycle::ProfileState::kInstalled;
    if (last && is_expired(order, now)) return refuse_expired(true);
    if (last && order.attempts_used >= order.attempts_max) {
      return refuse("order", {"8.8.5", "6.4", "the download was tried too often"}, "",
                    "order the profile again", true);
    }
    if (!ok_.matching_id) return refuse_default();
    guesses_.missed(tenant_.id(), eid(), now);
    return refuse_code();
  }

  Failure refuse_code() {
    return refuse("code", {"8.2.6", "3.8", "this activation code is not valid (any more)"},
                  tenant_.id().text() + ": orders of this tenant",
                  "check that the code was issued by this brand and is still open; order again");
  }

  Failure refuse_state(ProfileRefusal refusal) {
    if (refusal == ProfileRefusal::kNotReleased || refusal == ProfileRefusal::kNotOrdered) {
      return refuse("order", {"8.2", "1.2", "the profile is not released yet"}, "",
                    "the operator must release the order");
    }
    return refuse("order", {"8.2.6", "3.8", "this activation code has been used"}, "",
                  "order another profile");
  }

  // The profile against the tenant's routes as they are now. Its IMSIs were checked at the import,
  // and are not kept outside of the package.
  Result<void, Failure> check_operator(const ledger::ProfileRecord& profile) {
    const auto refuse_as = [this](const char* stage, const tenancy::RouteRefusal& refusal) {
      return refuse(stage, {"8.2.6", "3.8", "this plan is not served here"}, refusal.route,
                    refusal.message);
    };
    if (profile.owner_mcc_mnc) {
      const auto confirmed =
          tenant_.confirm(tenancy::OperatorIdentity{*profile.owner_mcc_mnc, profile.owner_gid1_hex,
                                                    profile.owner_gid2_hex},
                          {.imsi = {}, .iccid = tenancy::Digits::of(profile.iccid)});
      if (!confirmed) return refuse_as("operator", confirmed.error());
    }
    if (const auto given = tenant_.confirm(profile.iccid); !given) {
      return refuse_as("ICCID", given.error());
    }
    return {};
  }

  // The order ends here, in one commit with what its operator is told (R107).
  Result<std::optional<Decision>, Failure> end_order(const Found& found, ProfileInput input,
                                                     const RspError& error, std::string remedy) {
    const bool tries = input == ProfileInput::kAttemptsExceeded;
    auto unit = order_end_unit(
        tenant_, found.profile, found.order,
        {.input = input,
         .event = "profileDownloadResult",
         .result = "FAILED",
         .result_code = std::string(tries ? kResultAttemptsExceeded : kResultIneligible),
         .eid = eid(),
         .attempt = found.order.attempts_used + 1,
         .audit = tries ? "order.attempts_exceeded" : "order.ineligible",
         .usage = tries ? "download.attempts_exceeded" : "download.ineligible",
         .why = error.message,
         .progress = failed(error)});
    if (unit) {
      auto done = commit(tenant_.ledger(), std::move(*unit));
      if (!done) return std::move(done).error();
      if (std::holds_alternative<ledger::Refused>(*done)) return std::optional<Decision>();
    }
    return refuse("order", error, "", std::move(remedy), true);
  }

  static Result<Bytes, Failure> make_metadata(const Found& found,
                                              const ProfileDefinition& definition) {
    if (found.binding) return found.binding->metadata;  // frozen with the binding
    auto encoded = rsp::sgp22::encode_metadata(definition.metadata);
    if (!encoded) return Failure(std::move(encoded).error());
    return std::move(*encoded);
  }

  ledger::Unit make_unit(const Found& found) {
    ledger::Unit unit;
    unit.commit_id = new_commit_id(tenant_);
    ledger::OrderRecord order = found.order;
    order.attempts_used += 1;
    order.revision += 1;
    unit.changes = {ledger::UpdateOrder{order, found.order.revision, true, true},
                    ledger::InsertAttempt{{.transaction_id = session_.transaction_id,
                                           .order_id = order.order_id,
                                           .iccid = order.iccid,
                                           .eid = eid(),
                                           .number = order.attempts_used,
                                           .state = ledger::AttemptState::kAuthenticated,
                                           .euicc_certificate = session_.card->euicc.der(),
                                           .smdp_oid = session_.identity->oid,
                                           .started_ms = tenant_.clock().now_ms()}}};
    unit.event = event_draft(tenant_, "downloadProgress",
                             {.correlation_id = order.correlation_id,
                              .order_id = order.order_id,
                              .eid = eid(),
                              .iccid = order.iccid,
                              .stage = "authenticated",
                              .result = "",
                              .result_code = "",
                              .attempt = order.attempts_used});
    // What the attempt has cost so far: the signatures of both functions (R111).
    unit.usage =
        usage_draft("download.attempted", order.order_id,
                    {{"attempt", std::to_string(order.attempts_used)}, {"hsmOperations", "2"}});
    unit.audit =
        audit_draft("download.authenticated", {ledger::SubjectKind::kProfile, order.iccid.text()},
                    {{"orderId", order.order_id},
                     {"eid", std::string(eid().text())},
                     {"attempt", std::to_string(order.attempts_used)},
                     {"transactionId", session_.transaction_id.hex()}});
    add_progress(tenant_, unit,
                 {kPointEligibility, eid(), order.iccid, profile_type_, std::nullopt, {}});
    return unit;
  }

  context::TenantContext& tenant_;
  const std::string& request_id_;
  Session& session_;
  const AuthenticateResponseOk& ok_;
  RefusalJournal& journal_;
  GuessLimiter& guesses_;
  // Once an order is found:
  std::optional<Iccid> iccid_;
  std::string profile_type_;
};

}  // namespace

Result<AuthenticateClientResponse, Failure> Es9Service::authenticate_client(
    context::TenantContext& tenant, const std::string& request_id,
    const AuthenticateClientRequest& request) {
  const UnixMs now = tenant.clock().now_ms();
  auto taken = state_->sessions.take(tenant.id(), request.transaction_id, now);
  if (!taken) return Failure(std::move(taken).error());
  std::optional<SessionLease>& lease = *taken;
  const auto refuse = [&](RspError error) -> Failure {
    state_->refusals.anonymous(tenant, "AuthenticateClient " + error.pair());
    return error;
  };
  if (!lease) return refuse({"8.10.1", "3.9", "unknown transaction; start again"});
  Session& session = **lease;
  if (session.state != SessionState::kInitiated) {
    return refuse({"8.10.1", "3.9", "this transaction is past authentication; start again"});
  }
  // Whatever goes wrong from here on ends the session; success reopens it.
  lease->close();
  const auto* ok = std::get_if<AuthenticateResponseOk>(&request.response);
  if (ok == nullptr) return refuse({"8.1", "6.1", "the card refused this server"});

  auto card = state_->chains.verify(ok->euicc_certificate, ok->eum_certificate,
                                    session.euicc_ci_key_id, now);
  if (!card) return refuse(card.error());
  session.card = SessionCard{card->eid, card->euicc};

  const auto settled = [&](Failure failure) {
    lease->settle(failure);
    return failure;
  };
  Authentication authentication(tenant, request_id, session, *ok, state_->refusals,
                                state_->guesses);
  if (auto good = authentication.check_signature(); !good) return settled(std::move(good).error());
  if (auto good = authentication.check_route(); !good) return settled(std::move(good).error());
  if (auto good = authentication.check_standing(); !good) return settled(std::move(good).error());
  for (int round = 0; round < kMaxDecisions; ++round) {
    auto found = authentication.find();
    if (!found) return settled(std::move(found).error());
    auto decision = authentication.decide(*found);
    if (!decision) return settled(std::move(decision).error());
    if (!*decision) continue;
    auto done = commit(tenant.ledger(), std::move((*decision)->unit));
    if (!done) return settled(std::move(done).error());
    if (const auto* refused = std::get_if<ledger::Refused>(&*done)) {
      if (refused->reason == ledger::RefusalReason::kExpired) {
        return authentication.refuse_expired();
      }
      continue;  // somebody changed the order meanwhile: decide anew
    }
    state_->cards.put(session.transaction_id, session.card->euicc);
    session.state = SessionState::kAuthenticated;
    session.order_id = found->order.order_id;
    session.iccid = found->order.iccid;
    session.attempt = found->order.attempts_used + 1;
    session.smdp_signature2 = (*decision)->response.smdp_signature2;
    session.metadata = (*decision)->response.profile_metadata;
    lease->keep();
    if (auto kept = give_back(*lease); !kept) return std::move(kept).error();
    return std::move((*decision)->response);
  }
  return settled(contention_error());
}

}  // namespace berth::smdpplus
