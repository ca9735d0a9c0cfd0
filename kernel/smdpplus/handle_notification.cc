// ES9+.HandleNotification (SGP.22 §5.6.4): verified, then committed as evidence, once.

#include <spdlog/spdlog.h>

#include "kernel/smdpplus/commit.h"
#include "kernel/smdpplus/drafts.h"
#include "kernel/smdpplus/es9_state.h"
#include "kernel/smdpplus/install_outcome.h"

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

// Commits; a row that is already there is the same notification once more.
Result<bool, Failure> commit_once(context::TenantContext& tenant, ledger::Unit unit) {
  auto done = commit(tenant.ledger(), std::move(unit));
  if (!done) return std::move(done).error();
  const auto* refused = std::get_if<ledger::Refused>(&*done);
  if (refused == nullptr) return true;
  return refused->reason == ledger::RefusalReason::kDuplicate;
}

bool was_delivered(lifecycle::ProfileState state) {
  using lifecycle::ProfileState;
  return state == ProfileState::kDownloaded || state == ProfileState::kInstalled ||
         state == ProfileState::kError || state == ProfileState::kUnavailable;
}

// The card's key of the attempt signed this, for us and for this profile.
bool genuine(const ProfileInstallationResult& result, const ledger::AttemptRecord& attempt) {
  const auto card = rsp::pki::Certificate::parse(attempt.euicc_certificate);
  return card && card->public_key().verify({result.data}, result.signature) &&
         (result.smdp_oid.empty() || result.smdp_oid == attempt.smdp_oid) &&
         (!result.metadata.iccid || *result.metadata.iccid == attempt.iccid);
}

}  // namespace

Result<void, Failure> Es9Service::handle_notification(context::TenantContext& tenant,
                                                      const std::string& request_id,
                                                      const HandleNotificationRequest& request) {
  const auto ignore = [&](std::string_view why) -> Result<void, Failure> {
    state_->refusals.anonymous(tenant, "HandleNotification " + std::string(why));
    spdlog::info("request={} tenant={} notification acknowledged and dropped: {}", request_id,
                 tenant.id().text(), why);
    return {};
  };

  if (const auto* result = std::get_if<ProfileInstallationResult>(&request.notification)) {
    for (int round = 0; round < kMaxDecisions; ++round) {
      auto attempt = tenant.ledger().attempt(result->transaction_id);
      if (!attempt) return Failure(std::move(attempt).error());
      if (!*attempt) return ignore("unknown transaction");
      if (!genuine(*result, **attempt)) return ignore("signature, OID or ICCID do not fit");
      auto known = tenant.ledger().has_evidence((*attempt)->eid, result->metadata.sequence_number,
                                                sha256(result->data));
      if (!known) return Failure(std::move(known).error());
      if (*known) return {};
      auto unit = install_unit(tenant, **attempt, *result);
      if (!unit) return std::move(unit).error();
      auto done = commit_once(tenant, std::move(*unit));
      if (!done) return std::move(done).error();
      if (*done) return {};
    }
    return Failure(contention_error());
  }

  const auto& other = std::get<OtherSignedNotification>(request.notification);
  const auto card = state_->chains.verify(other.euicc_certificate, other.eum_certificate, {},
                                          tenant.clock().now_ms());
  if (!card) return ignore("card chain " + card.error().pair());
  if (!card->euicc.public_key().verify({other.tbs}, other.signature)) {
    return ignore("signature does not verify");
  }
  if (!other.metadata.iccid) return ignore("no ICCID");
  auto profile = tenant.ledger().profile(*other.metadata.iccid);
  if (!profile) return Failure(std::move(profile).error());
  if (!*profile || !(*profile)->eid || *(*profile)->eid != card->eid) {
    return ignore("profile is not on this card");
  }
  if (!was_delivered((*profile)->state)) return ignore("profile was never delivered");
  auto known =
      tenant.ledger().has_evidence(card->eid, other.metadata.sequence_number, sha256(other.tbs));
  if (!known) return Failure(std::move(known).error());
  if (*known) return {};

  const Names names = names_of(other.metadata.operation);
  std::string correlation_id;
  if (auto order = tenant.ledger().order((*profile)->order_id); order && *order) {
    correlation_id = (*order)->correlation_id;
  }
  ledger::Unit unit;
  unit.commit_id = new_commit_id(tenant.random());
  unit.changes = {ledger::InsertEvidence{{.eid = card->eid,
                                          .sequence_number = other.metadata.sequence_number,
                                          .digest = sha256(other.tbs),
                                          .operation = std::string(names.operation),
                                          .iccid = other.metadata.iccid,
                                          .notification = other.whole,
                                          .received_ms = tenant.clock().now_ms()}}};
  unit.event = event_draft(tenant, names.event,
                           {.correlation_id = correlation_id,
                            .order_id = (*profile)->order_id,
                            .eid = card->eid,
                            .iccid = other.metadata.iccid,
                            .stage = "",
                            .result = "SUCCESS",
                            .result_code = ""});
  unit.usage = usage_draft("notification." + std::string(names.operation), (*profile)->order_id);
  unit.audit = audit_draft("notification." + std::string(names.operation),
                           {ledger::SubjectKind::kProfile, other.metadata.iccid->text()},
                           {{"eid", std::string(card->eid.text())},
                            {"cardSequence", std::to_string(other.metadata.sequence_number)}});
  auto done = commit_once(tenant, std::move(unit));
  if (!done) return std::move(done).error();
  if (!*done) return Failure(contention_error());
  return {};
}

}  // namespace berth::smdpplus
