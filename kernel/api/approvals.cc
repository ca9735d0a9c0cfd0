#include "kernel/api/approvals.h"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "kernel/api/break_glass.h"

namespace berth::api {
namespace {

using nlohmann::json;

constexpr const char* kKind = "approval";
constexpr std::size_t kMaxSubject = 128;
constexpr std::size_t kMaxOutcome = 1000;
constexpr std::size_t kResumedAtOnce = 20;

constexpr std::pair<std::string_view, ApprovalState> kStates[] = {
    {"pending", ApprovalState::kPending},   {"approved", ApprovalState::kApproved},
    {"done", ApprovalState::kDone},         {"failed", ApprovalState::kFailed},
    {"rejected", ApprovalState::kRejected}, {"expired", ApprovalState::kExpired}};

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, "approval.invalid", std::move(message)};
}
Error changed() {
  return {ErrorCode::kAborted, "approval.changed",
          "somebody else decided on it at the same time; look at it again"};
}

void add_field(Bytes& octets, ByteView field) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    octets.push_back(static_cast<std::uint8_t>(field.size() >> static_cast<unsigned>(shift)));
  }
  octets.insert(octets.end(), field.begin(), field.end());
}

std::string digest_of(const Action& action) { return to_hex(action_digest(action)); }

std::string body_of(const Approval& approval) {
  return dump({{"kind", approval.action.kind},
               {"tenant", approval.action.tenant},
               {"subject", approval.action.subject},
               {"body", approval.action.body},
               {"digest", digest_of(approval.action)},
               {"requester", approval.requester},
               {"reason", approval.reason},
               {"expiresMs", approval.expires_ms},
               {"decidedBy", approval.decided_by},
               {"decision", approval.decision},
               {"alone", approval.alone},
               {"outcome", approval.outcome}});
}

Result<Approval> approval_of(const ledger::HostRecord& record) {
  const json body = json::parse(record.body, nullptr, false);
  const auto state = approval_state_from(record.state);
  const auto text = [&](const char* name) { return body.value(name, std::string()); };
  Approval approval;
  if (body.is_object()) {
    approval.action = {text("kind"), text("tenant"), text("subject"), text("body")};
  }
  if (!state || !body.is_object() || text("digest") != digest_of(approval.action)) {
    return Error(ErrorCode::kDataLoss, "approval.damaged",
                 "the record of approval " + record.record_id +
                     " is not what was written; nothing of it is done, ask for the action anew");
  }
  approval.id = record.record_id;
  approval.requester = text("requester");
  approval.reason = text("reason");
  approval.requested_ms = record.created_ms;
  approval.expires_ms = body.value("expiresMs", UnixMs{0});
  approval.state = *state;
  approval.decided_by = text("decidedBy");
  approval.decision = text("decision");
  approval.alone = text("alone");
  approval.outcome = text("outcome");
  approval.changed_ms = record.changed_ms;
  approval.revision = record.revision;
  return approval;
}

bool passing(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kDeadlineExceeded ||
         code == ErrorCode::kAborted;
}

}  // namespace

Sha256 action_digest(const Action& action) {
  Bytes octets;
  for (const std::string* field : {&action.kind, &action.tenant, &action.subject}) {
    add_field(octets, as_bytes(*field));
  }
  add_field(octets, sha256(as_bytes(action.body)));
  return sha256(octets);
}

std::string_view to_string(ApprovalState state) {
  for (const auto& [name, one] : kStates) {
    if (one == state) return name;
  }
  return "";
}

std::optional<ApprovalState> approval_state_from(std::string_view text) {
  for (const auto& [name, state] : kStates) {
    if (name == text) return state;
  }
  return std::nullopt;
}

void Approvals::add_kind(std::string kind, ActionKind what) {
  const bool added = kinds_.emplace(std::move(kind), std::move(what)).second;
  BERTH_ASSERT(added);
}

std::string_view Approvals::title_of(const std::string& kind) const {
  const auto found = kinds_.find(kind);
  return found == kinds_.end() ? std::string_view(kind) : found->second.title;
}

Result<const ActionKind*> Approvals::kind_of(const Action& action) const {
  const auto found = kinds_.find(action.kind);
  if (found == kinds_.end()) return invalid("this host knows no action '" + action.kind + "'");
  return &found->second;
}

Result<void> Approvals::check_new(const Action& action, const std::string& reason) const {
  if (action.subject.empty() || action.subject.size() > kMaxSubject) {
    return invalid("an action's subject has 1 to 128 octets");
  }
  if (action.body.size() > kMaxActionBody) return invalid("an action's body has at most 64 KiB");
  if (reason.empty() || reason.size() > kMaxReason) {
    return invalid("say in 1 to 500 octets why; who approves reads it");
  }
  return {};
}

Result<void> Approvals::check_not_waiting(const Action& action) const {
  BERTH_TRY(waiting, list(ApprovalState::kPending, "", kMaxPendingApprovals));
  const Sha256 digest = action_digest(action);
  for (const Approval& one : waiting) {
    if (action_digest(one.action) != digest || clock_.now_ms() >= one.expires_ms) continue;
    return Error(ErrorCode::kAlreadyExists, "approval.pending",
                 "this waits for approval already, as " + one.id);
  }
  if (waiting.size() < kMaxPendingApprovals) return {};
  return Error(ErrorCode::kResourceExhausted, "approval.too_many",
               "1000 actions wait for approval; decide on some of them first");
}

Result<std::string> Approvals::alone(const Identity& who) const {
  if (access_.one_person_enough()) return std::string("development");
  BERTH_TRY(grant, break_glass_.open_for(who));
  return grant ? "break-glass " + grant->id : std::string();
}

Result<Approval> Approvals::request(const Identity& who, const Action& action,
                                    const std::string& reason) {
  BERTH_TRY(kind, kind_of(action));
  BERTH_TRY_VOID(check_new(action, reason));
  BERTH_TRY_VOID(kind->check(action));
  BERTH_TRY_VOID(check_not_waiting(action));
  const UnixMs now = clock_.now_ms();
  Approval approval;
  approval.id = random_.uuid_at(now);
  approval.action = action;
  approval.requester = who.name;
  approval.reason = reason;
  approval.requested_ms = now;
  approval.expires_ms = now + std::chrono::milliseconds(kApprovalLifetime).count();
  BERTH_TRY(why_alone, alone(who));
  if (why_alone.empty()) return write(std::move(approval), 0, "approval.requested", who.name);
  approval.alone = std::move(why_alone);
  approval.decided_by = who.name;
  approval.state = ApprovalState::kApproved;
  BERTH_TRY(taken, write(std::move(approval), 0, "approval.alone", who.name));
  return execute(std::move(taken));
}

Result<Approval> Approvals::open_one(const std::string& id) const {
  BERTH_TRY(approval, find(id));
  const bool expired = clock_.now_ms() >= approval.expires_ms;
  if (approval.state == ApprovalState::kPending && !expired) return approval;
  return Error(
      ErrorCode::kFailedPrecondition, "approval.decided",
      "it is " +
          std::string(approval.state == ApprovalState::kPending ? "expired"
                                                                : to_string(approval.state)) +
          " already; if it is still wanted, ask for it anew");
}

Result<Approval> Approvals::approve(const Identity& who, const std::string& id,
                                    const std::string& digest_hex) {
  BERTH_TRY(approval, open_one(id));
  if (approval.requester == who.name) {
    return Error(ErrorCode::kPermissionDenied, "approval.own_request",
                 "'" + who.name + "' asked for this; somebody else has to approve it");
  }
  if (digest_hex != digest_of(approval.action)) {
    return Error(ErrorCode::kFailedPrecondition, "approval.other_action",
                 "the digest is that of another action; look at what you approve first: berthctl "
                 "approval show " +
                     approval.id);
  }
  BERTH_TRY(kind, kind_of(approval.action));
  BERTH_TRY_VOID(kind->check(approval.action));
  approval.state = ApprovalState::kApproved;
  approval.decided_by = who.name;
  const std::int64_t read_at = approval.revision;
  BERTH_TRY(taken, write(std::move(approval), read_at, "approval.approved", who.name));
  return execute(std::move(taken));
}

Result<Approval> Approvals::reject(const Identity& who, const std::string& id,
                                   const std::string& reason) {
  if (reason.empty() || reason.size() > kMaxReason) {
    return invalid("say in 1 to 500 octets why it is rejected");
  }
  BERTH_TRY(approval, open_one(id));
  approval.state = ApprovalState::kRejected;
  approval.decided_by = who.name;
  approval.decision = reason;
  const std::int64_t read_at = approval.revision;
  return write(std::move(approval), read_at, "approval.rejected", who.name);
}

// The row says approved, in the revision that `approval` has: whoever takes it up anew changes
// that, and then this doing is not recorded as the last word.
Result<Approval> Approvals::execute(Approval approval) {
  const std::int64_t read_at = approval.revision;
  const std::string who = approval.decided_by;
  BERTH_TRY(kind, kind_of(approval.action));
  Result<std::string> done = kind->execute(approval.id, approval.action);
  if (!done && passing(done.error().code()) && clock_.now_ms() < approval.expires_ms) {
    spdlog::warn("approval {}: not done yet, tried again: {}", approval.id, done.error().reason());
    approval.outcome = "not done yet, it is tried again: " + done.error().message();
    return approval;
  }
  approval.state = done ? ApprovalState::kDone : ApprovalState::kFailed;
  approval.outcome =
      done ? *done : done.error().message() + " [" + std::string(done.error().reason()) + "]";
  if (approval.outcome.size() > kMaxOutcome) approval.outcome.resize(kMaxOutcome);
  return write(std::move(approval), read_at, done ? "approval.executed" : "approval.failed", who);
}

Result<Approval> Approvals::write(Approval next, std::int64_t from_revision, const char* audit_type,
                                  const std::string& who) {
  const json details{{"operator", who},
                     {"approval", next.id},
                     {"kind", next.action.kind},
                     {"tenant", next.action.tenant},
                     {"subject", next.action.subject},
                     {"digest", digest_of(next.action)},
                     {"requester", next.requester},
                     {"reason", next.decision.empty() ? next.reason : next.decision},
                     {"alone", next.alone},
                     {"outcome", next.outcome}};
  const ledger::Subject subject =
      next.action.tenant.empty()
          ? ledger::Subject{ledger::SubjectKind::kHost, "host"}
          : ledger::Subject{ledger::SubjectKind::kTenant, next.action.tenant};
  BERTH_TRY(written, ledger_.put_record({.kind = kKind,
                                         .record_id = next.id,
                                         .state = std::string(to_string(next.state)),
                                         .body = body_of(next)},
                                        from_revision, {audit_type, subject, dump(details)}));
  if (!written) return changed();
  next.revision = from_revision + 1;
  next.changed_ms = clock_.now_ms();
  return next;
}

Result<Approval> Approvals::find(const std::string& id) const {
  BERTH_TRY(record, ledger_.record(kKind, id));
  if (record) return approval_of(*record);
  return Error(ErrorCode::kNotFound, "approval.unknown",
               "there is no such approval; berthctl approval list shows them");
}

Result<std::vector<Approval>> Approvals::list(std::optional<ApprovalState> state,
                                              const std::string& after, std::size_t max) const {
  BERTH_TRY(records, ledger_.records(kKind, state ? std::string(to_string(*state)) : std::string(),
                                     after, max));
  std::vector<Approval> found;
  for (const ledger::HostRecord& record : records) {
    BERTH_TRY(approval, approval_of(record));
    found.push_back(std::move(approval));
  }
  return found;
}

// A new revision first, so that of several nodes one does it.
void Approvals::take_up(Approval approval) {
  const std::int64_t read_at = approval.revision;
  const std::string who = approval.decided_by;
  auto taken = write(std::move(approval), read_at, "approval.taken_up", who);
  if (taken) taken = execute(*std::move(taken));
  if (!taken) spdlog::warn("approval not taken up: {}", taken.error().reason());
}

void Approvals::housekeeping() {
  const UnixMs now = clock_.now_ms();
  if (auto waiting = list(ApprovalState::kPending, "", kMaxPendingApprovals); waiting) {
    for (Approval& one : *waiting) {
      if (now < one.expires_ms) continue;
      const std::int64_t read_at = one.revision;
      one.state = ApprovalState::kExpired;
      const std::string requester = one.requester;
      (void)write(std::move(one), read_at, "approval.expired", requester);
    }
  }
  const UnixMs before = now - std::chrono::milliseconds(kResumeAfter).count();
  if (auto approved = list(ApprovalState::kApproved, "", kResumedAtOnce); approved) {
    for (Approval& one : *approved) {
      if (one.changed_ms < before) take_up(std::move(one));
    }
  }
}

}  // namespace berth::api
