// ES9+.HandleNotification (SGP.22 §5.6.4): verified, then committed as evidence, once.

#include <spdlog/spdlog.h>

#include <algorithm>

#include "kernel/smdpplus/account_step.h"
#include "kernel/smdpplus/commit.h"
#include "kernel/smdpplus/drafts.h"
#include "kernel/smdpplus/es9_state.h"
#include "kernel/smdpplus/install_outcome.h"
#include "kernel/smdpplus/orders.h"

namespace berth::smdpplus {
namespace {

using rsp::sgp22::HandleNotificationRequest;
using rsp::sgp22::NotificationMetadata;
using rsp::sgp22::OtherSignedNotification;
using rsp::sgp22::ProfileInstallationResult;

struct Names {
  std::string_view operation;  // as evidence
  std::string_view event;
};

Names names_of(NotificationMetadata::Operation operation) {
  switch (operation) {
    case NotificationMetadata::Operation::kInstall:
      return {"install", "profileInstalled"};
    case NotificationMetadata::Operation::kEnable:
      return {"enable", "profileEnabled"};
    case NotificationMetadata::Operation::kDisable:
      return {"disable", "profileDisabled"};
    case NotificationMetadata::Operation::kDelete:
      return {"delete", "profileDeleted"};
  }
  return {"", ""};
}

// An awaited result ends its attempt in the commit that keeps it: while one is awaited, it is new.
Result<bool> is_known(context::TenantContext& tenant, const ledger::AttemptRecord& attempt,
                      const ProfileInstallationResult& result) {
  if (attempt.state == ledger::AttemptState::kDelivered) return false;
  return tenant.ledger().has_evidence(attempt.eid, result.metadata.sequence_number,
                                      sha256(result.data));
}

// Commits; a row that is already there is the same notification once more.
Result<bool, Failure> commit_once(context::TenantContext& tenant, ledger::Unit unit) {
  auto done = commit(tenant.ledger(), std::move(unit));
  if (!done) return std::move(done).error();
  const auto* refused = std::get_if<ledger::Refused>(&*done);
  if (refused == nullptr) return true;
  return refused->reason == ledger::RefusalReason::kDuplicate;
}

// Has this profile ever been on its way to its card?
bool was_delivered(const ledger::ProfileRecord& profile) {
  using lifecycle::ProfileState;
  return profile.state == ProfileState::kDownloaded || profile.state == ProfileState::kInstalled ||
         profile.state == ProfileState::kError || profile.state == ProfileState::kUnavailable ||
         profile.quarantined || profile.installations > 0;
}

// The certificate of the attempt's card, read already or anew.
Result<rsp::pki::Certificate> card_of(RecentCards& cards, const ledger::AttemptRecord& attempt) {
  auto card = cards.take(attempt.transaction_id);
  if (card && card->der() == attempt.euicc_certificate) return std::move(*card);
  return rsp::pki::Certificate::parse(attempt.euicc_certificate);
}

// The card's key of the attempt signed this, for us and for this profile.
bool genuine(const ProfileInstallationResult& result, const ledger::AttemptRecord& attempt,
             const Result<rsp::pki::Certificate>& card) {
  return card && card->public_key().verify({result.data}, result.signature) &&
         (result.smdp_oid.empty() || result.smdp_oid == attempt.smdp_oid) &&
         (!result.metadata.iccid || *result.metadata.iccid == attempt.iccid);
}

// A signed deletion ends the profile's life as its type allows, once everything is accounted for.
Result<void, Failure> note_deletion(context::TenantContext& tenant,
                                    const ledger::ProfileRecord& profile,
                                    const std::optional<ledger::OrderRecord>& order,
                                    std::uint64_t sequence_number, ledger::Unit& unit) {
  if (!awaits_words(profile)) return {};
  auto deliveries = tenant.ledger().deliveries_of(profile.iccid, kMaxDeliveries);
  if (!deliveries) return Failure(std::move(deliveries).error());
  auto papers = papers_of(tenant, profile, order, std::move(*deliveries));
  if (!papers) return std::move(papers).error();
  papers->add_deletion(sequence_number);
  AccountStep step{profile};
  if (auto settled = settle(tenant, account_of(*papers), step); !settled) {
    return std::move(settled).error();
  }
  add_step(profile, order, step, unit);
  return {};
}

// The notification as evidence; nothing when it is known already.
Result<std::optional<ledger::Unit>, Failure> evidence_unit(context::TenantContext& tenant,
                                                           const Eid& eid,
                                                           const OtherSignedNotification& other) {
  using Unit = std::optional<ledger::Unit>;
  const Sha256 digest = sha256(other.tbs);
  auto known = tenant.ledger().has_evidence(eid, other.metadata.sequence_number, digest);
  if (!known) return Failure(std::move(known).error());
  if (*known) return Unit();
  ledger::Unit unit;
  unit.commit_id = new_commit_id(tenant);
  unit.changes = {ledger::InsertEvidence{
      {.eid = eid,
       .sequence_number = other.metadata.sequence_number,
       .digest = digest,
       .operation = std::string(names_of(other.metadata.operation).operation),
       .iccid = other.metadata.iccid,
       .notification = other.whole,
       .received_ms = tenant.clock().now_ms()}}};
  return Unit(std::move(unit));
}

// The card's word on one of its profiles as a unit; nothing when it is known already.
Result<std::optional<ledger::Unit>, Failure> notification_unit(
    context::TenantContext& tenant, const Eid& eid, const OtherSignedNotification& other,
    const ledger::ProfileRecord& profile) {
  auto made = evidence_unit(tenant, eid, other);
  if (!made || !*made) return made;
  ledger::Unit& unit = **made;
  const Names names = names_of(other.metadata.operation);
  auto order = tenant.ledger().order(profile.order_id);
  if (!order) return Failure(std::move(order).error());
  if (other.metadata.operation == NotificationMetadata::Operation::kDelete) {
    auto noted = note_deletion(tenant, profile, *order, other.metadata.sequence_number, unit);
    if (!noted) return std::move(noted).error();
  }
  unit.event = event_draft(tenant, names.event,
                           {.correlation_id = *order ? (*order)->correlation_id : "",
                            .order_id = profile.order_id,
                            .eid = eid,
                            .iccid = other.metadata.iccid,
                            .stage = "",
                            .result = "SUCCESS",
                            .result_code = ""});
  unit.usage = usage_draft("notification." + std::string(names.operation), profile.order_id);
  unit.audit = audit_draft("notification." + std::string(names.operation),
                           {ledger::SubjectKind::kProfile, other.metadata.iccid->text()},
                           {{"eid", std::string(eid.text())},
                            {"cardSequence", std::to_string(other.metadata.sequence_number)}});
  return made;
}

// Was a package of this profile sent to this card?
Result<bool, Failure> had_profile(context::TenantContext& tenant, const Eid& eid,
                                  const Iccid& iccid) {
  auto deliveries = tenant.ledger().deliveries_of(iccid, kMaxDeliveries);
  if (!deliveries) return Failure(std::move(deliveries).error());
  return std::any_of(deliveries->begin(), deliveries->end(),
                     [&](const ledger::AttemptRecord& one) { return one.eid == eid; });
}

// The word of a card that the profile has left since: evidence, and no more.
Result<std::optional<ledger::Unit>, Failure> late_unit(context::TenantContext& tenant,
                                                       const Eid& eid,
                                                       const OtherSignedNotification& other) {
  auto unit = evidence_unit(tenant, eid, other);
  if (!unit || !*unit) return unit;
  (*unit)->audit = audit_draft(
      "notification.late", {ledger::SubjectKind::kProfile, other.metadata.iccid->text()},
      {{"operation", std::string(names_of(other.metadata.operation).operation)},
       {"eid", std::string(eid.text())},
       {"cardSequence", std::to_string(other.metadata.sequence_number)}});
  return unit;
}

// The tenant's policy. The result itself is recorded, and a reminder with it.
void rearm(context::TenantContext& tenant, const ledger::AttemptRecord& attempt) {
  if (!rearm_after_error(tenant, attempt.order_id)) {
    spdlog::warn("tenant={} order {} could not be armed again by policy yet", tenant.id().text(),
                 attempt.order_id);
  }
}

// With its result a download is over, and its session makes room for another. If that cannot be
// done now, or the device is in the midst of a call, the session ends by its time.
void end_session(SessionStore& sessions, context::TenantContext& tenant, const TransactionId& id) {
  auto taken = sessions.take(tenant.id(), id, tenant.clock().now_ms());
  if (!taken || !*taken) return;
  SessionLease& lease = **taken;
  if (lease->state == SessionState::kDelivered) lease.close();
}

const Bytes& whole_of(const HandleNotificationRequest& request) {
  return std::visit([](const auto& one) -> const Bytes& { return one.whole; },
                    request.notification);
}

// Cheap: one look into the ledger, no signature. What names nothing of this tenant is not kept.
Result<bool> concerns_us(context::TenantContext& tenant, const HandleNotificationRequest& request) {
  if (const auto* result = std::get_if<ProfileInstallationResult>(&request.notification)) {
    BERTH_TRY(attempt, tenant.ledger().attempt(result->transaction_id));
    return attempt.has_value();
  }
  const auto& other = std::get<OtherSignedNotification>(request.notification);
  if (!other.metadata.iccid) return false;
  BERTH_TRY(profile, tenant.ledger().profile(*other.metadata.iccid));
  return profile && was_delivered(*profile);
}

}  // namespace

Result<void, Failure> Es9Service::handle_notification(context::TenantContext& tenant,
                                                      const std::string& request_id,
                                                      const HandleNotificationRequest& request) {
  const NotificationInbox::Place place = state_->inbox.enter();
  if (!place) {
    auto plausible = concerns_us(tenant, request);
    if (!plausible) return Failure(std::move(plausible).error());
    if (!*plausible) return ignore_notification(tenant, request_id, "unknown in a storm");
    return state_->inbox.defer(tenant, whole_of(request));
  }
  return record_notification(tenant, request_id, request);
}

Result<void, Failure> Es9Service::record_notification(context::TenantContext& tenant,
                                                      const std::string& request_id,
                                                      const HandleNotificationRequest& request) {
  if (const auto* result = std::get_if<ProfileInstallationResult>(&request.notification)) {
    return record_result(tenant, request_id, *result);
  }
  return record_other(tenant, request_id, std::get<OtherSignedNotification>(request.notification));
}

Result<void, Failure> Es9Service::ignore_notification(context::TenantContext& tenant,
                                                      const std::string& request_id,
                                                      std::string_view why) {
  state_->refusals.anonymous(tenant, "HandleNotification " + std::string(why));
  spdlog::info("request={} tenant={} notification acknowledged and dropped: {}", request_id,
               tenant.id().text(), why);
  return {};
}

Result<void, Failure> Es9Service::record_result(context::TenantContext& tenant,
                                                const std::string& request_id,
                                                const ProfileInstallationResult& result) {
  for (int round = 0; round < kMaxDecisions; ++round) {
    auto attempt = tenant.ledger().attempt(result.transaction_id);
    if (!attempt) return Failure(std::move(attempt).error());
    if (!*attempt) return ignore_notification(tenant, request_id, "unknown transaction");
    if (!genuine(result, **attempt, card_of(state_->cards, **attempt))) {
      return ignore_notification(tenant, request_id, "signature, OID or ICCID do not fit");
    }
    auto known = is_known(tenant, **attempt, result);
    if (!known) return Failure(std::move(known).error());
    if (*known) return {};
    auto outcome = install_unit(tenant, **attempt, result);
    if (!outcome) return std::move(outcome).error();
    auto done = commit_once(tenant, std::move(outcome->unit));
    if (!done) return std::move(done).error();
    if (!*done) continue;
    end_session(state_->sessions, tenant, result.transaction_id);
    if (outcome->ended_for_good) rearm(tenant, **attempt);
    return {};
  }
  return Failure(contention_error());
}

Result<void, Failure> Es9Service::record_other(context::TenantContext& tenant,
                                               const std::string& request_id,
                                               const OtherSignedNotification& other) {
  const auto ignore = [&](std::string_view why) {
    return ignore_notification(tenant, request_id, why);
  };
  const auto card = state_->chains.verify(other.euicc_certificate, other.eum_certificate, {},
                                          tenant.clock().now_ms());
  if (!card) return ignore("card chain " + card.error().pair());
  if (!card->euicc.public_key().verify({other.tbs}, other.signature)) {
    return ignore("signature does not verify");
  }
  if (!other.metadata.iccid) return ignore("no ICCID");
  for (int round = 0; round < kMaxDecisions; ++round) {
    auto profile = tenant.ledger().profile(*other.metadata.iccid);
    if (!profile) return Failure(std::move(profile).error());
    if (!*profile) return ignore("profile is not on this card");
    const bool present = (*profile)->eid == card->eid;
    if (!present) {
      auto had = had_profile(tenant, card->eid, (*profile)->iccid);
      if (!had) return std::move(had).error();
      if (!*had) return ignore("profile is not on this card");
    } else if (!was_delivered(**profile)) {
      return ignore("profile was never delivered");
    }
    auto unit = present ? notification_unit(tenant, card->eid, other, **profile)
                        : late_unit(tenant, card->eid, other);
    if (!unit) return std::move(unit).error();
    if (!*unit) return {};
    auto done = commit_once(tenant, std::move(**unit));
    if (!done) return std::move(done).error();
    if (*done) return {};
  }
  return Failure(contention_error());
}

}  // namespace berth::smdpplus
