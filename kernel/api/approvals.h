// Actions that take two people: one asks, another lets it happen, and then it is done once.
//
// How to make an action of your own one of them:
//
//   approvals.add_kind("route.change", {"a change of the routes", check, execute});
//   ...
//   auto asked = approvals.request(identity, {"route.change", "", "routes", body_json}, reason);
//
// `request` stores the action in the host ledger, audited, and answers with its id and state:
// kPending, or, where one person is enough (development, break-glass), what became of it already.
// An identity with role approver who is not the one who asked approves it
// (`berthctl approval approve ID`); with that, `execute` runs on the approver's thread. What nobody
// decides in time expires. docs/operating/operators.md is the operator's page.
//
// Thread-safe once every kind is added; several nodes may share one ledger: each step is guarded by
// the row's revision. Nobody holds a lock or a ledger transaction while `execute` runs.

#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "kernel/api/access.h"
#include "kernel/base/digest.h"
#include "kernel/base/random.h"
#include "kernel/ledger/host_ledger.h"

namespace berth::api {

class BreakGlass;

inline constexpr std::chrono::hours kApprovalLifetime{72};
// What was approved this long ago and is not recorded as done is taken up again.
inline constexpr std::chrono::minutes kResumeAfter{2};
inline constexpr std::size_t kMaxActionBody = 64 * 1024;  // octets; larger things by their digest
inline constexpr std::size_t kMaxReason = 500;            // octets
inline constexpr std::size_t kMaxPendingApprovals = 1000;

struct Action {
  std::string kind;     // one that was added
  std::string tenant;   // an id; empty: the host's own affair
  std::string subject;  // what is acted on: an ICCID, "routes"; 1..128 octets
  std::string body;     // a JSON object, exactly as `execute` will be given it
};
// SHA-256 over kind, tenant, subject and the body's own digest: what an approver approves. Each
// with its length as 8 octets, big-endian, before it.
Sha256 action_digest(const Action& action);

enum class ApprovalState : std::uint8_t {
  kPending = 1,
  kApproved,  // being executed, or to be taken up again
  kDone,
  kFailed,  // approved, but it could not be done; `outcome` tells why
  kRejected,
  kExpired,
};
std::string_view to_string(ApprovalState state);  // "pending"

struct Approval {
  std::string id;  // rises with time
  Action action;
  std::string requester;
  std::string reason;  // why it is asked
  UnixMs requested_ms = 0;
  UnixMs expires_ms = 0;
  ApprovalState state = ApprovalState::kPending;
  std::string decided_by;  // who approved or rejected; empty: nobody yet
  std::string decision;    // why it was rejected
  std::string alone;       // one person was enough, and why: "development", "break-glass ID"
  std::string outcome;     // what `execute` said
  UnixMs changed_ms = 0;
  std::int64_t revision = 1;
};

// What an action of one kind is and does.
struct ActionKind {
  std::string title;  // for people: "the release of a quarantined profile"
  // Can it be done as things stand? Asked before the action is stored and again before it is
  // executed. Its error goes to whoever asks or approves.
  std::function<Result<void>(const Action&)> check;
  // Does it, and says what it did. `approval_id` names this one doing: called again with the same
  // one when the process ended, or the ledger could not tell, before the outcome was recorded, so
  // an effect that is there already is a success. An error with code kUnavailable,
  // kDeadlineExceeded or kAborted is tried again until the action expires; any other ends it as
  // kFailed.
  std::function<Result<std::string>(const std::string& approval_id, const Action&)> execute;
};

class Approvals {
 public:
  // All borrowed; they outlive this.
  Approvals(ledger::HostLedger& ledger, const Clock& clock, Random& random, const Access& access,
            BreakGlass& break_glass)
      : ledger_(ledger),
        clock_(clock),
        random_(random),
        access_(access),
        break_glass_(break_glass) {}

  // Before the doors open. A kind is added once.
  void add_kind(std::string kind, ActionKind what);

  // Errors, and nothing is stored: those of `check`; kInvalidArgument "approval.invalid" (out of
  // bounds, or a kind nobody added); kAlreadyExists "approval.pending" (the same action waits
  // already); kResourceExhausted "approval.too_many"; those of the ledger.
  Result<Approval> request(const Identity& who, const Action& action, const std::string& reason);
  // kPermissionDenied "approval.own_request": the one who asked cannot approve; kFailedPrecondition
  // "approval.decided": somebody decided before, or it expired; kAborted "approval.changed": at the
  // same time; kNotFound "approval.unknown"; those of `check`, and then it stays pending.
  // `digest_hex`: what the approver saw, of action_digest(); kFailedPrecondition
  // "approval.other_action" when it is another.
  Result<Approval> approve(const Identity& who, const std::string& id,
                           const std::string& digest_hex);
  // Whoever asked may take it back; errors as above, and kInvalidArgument "approval.invalid"
  // without a reason.
  Result<Approval> reject(const Identity& who, const std::string& id, const std::string& reason);

  // kNotFound "approval.unknown"; kDataLoss "approval.damaged".
  Result<Approval> find(const std::string& id) const;
  // Ascending ids after `after`; of every state when `state` is empty.
  Result<std::vector<Approval>> list(std::optional<ApprovalState> state, const std::string& after,
                                     std::size_t max) const;
  std::string_view title_of(const std::string& kind) const;  // the kind itself when unknown

  // Ends what nobody decided in time and takes up again what was approved and not recorded as done.
  // Called every few seconds by the host; what fails is tried the next time.
  void housekeeping();

 private:
  Result<const ActionKind*> kind_of(const Action& action) const;
  Result<void> check_new(const Action& action, const std::string& reason) const;
  Result<void> check_not_waiting(const Action& action) const;
  // Why `who` needs no second person now; empty: one is needed.
  Result<std::string> alone(const Identity& who) const;
  Result<Approval> open_one(const std::string& id) const;
  Result<Approval> execute(Approval approval);
  // Writes `next` over the revision it was read at. kAborted "approval.changed".
  Result<Approval> write(Approval next, std::int64_t from_revision, const char* audit_type,
                         const std::string& who);
  void take_up(Approval approval);

  ledger::HostLedger& ledger_;
  const Clock& clock_;
  Random& random_;
  const Access& access_;
  BreakGlass& break_glass_;
  std::map<std::string, ActionKind> kinds_;
};

// Reads the name of a state; nullopt: none.
std::optional<ApprovalState> approval_state_from(std::string_view text);

}  // namespace berth::api
