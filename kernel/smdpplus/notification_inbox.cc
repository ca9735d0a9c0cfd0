#include "kernel/smdpplus/notification_inbox.h"

#include <spdlog/spdlog.h>

#include "kernel/smdpplus/commit.h"
#include "kernel/smdpplus/drafts.h"

namespace berth::smdpplus {
namespace {

constexpr std::chrono::seconds kComeBack{60};
// So that one tenant's storm does not hold up what ends by itself at others.
constexpr std::chrono::milliseconds kDrainBudget{300};
constexpr std::size_t kMaxStuck = 400;

// Other requests kept changing the same rows; the next round tries again.
bool lost_races(const Failure& failure) {
  const auto* error = std::get_if<Error>(&failure);
  return error != nullptr && error->code() == ErrorCode::kAborted;
}

// Trouble of the ledger, not of this notification.
bool may_pass(const Failure& failure) {
  const auto* error = std::get_if<Error>(&failure);
  return error != nullptr && (error->code() == ErrorCode::kUnavailable ||
                              error->code() == ErrorCode::kResourceExhausted);
}

ledger::AuditDraft about_tenant(const context::TenantContext& tenant, std::string_view type,
                                const Sha256& digest) {
  return audit_draft(type, {ledger::SubjectKind::kTenant, tenant.id().text()},
                     {{"digest", to_hex(digest)}});
}

}  // namespace

NotificationInbox::Place NotificationInbox::enter() {
  const std::lock_guard lock(mutex_);
  if (verifying_ >= max_verifying_) return Place(nullptr);
  ++verifying_;
  return Place(this);
}

void NotificationInbox::leave() {
  const std::lock_guard lock(mutex_);
  --verifying_;
}

Result<void, Failure> NotificationInbox::defer(context::TenantContext& tenant,
                                               ByteView notification) {
  auto backlog = known_backlog(tenant);
  if (!backlog) return std::move(backlog).error();
  if (*backlog >= kMaxPendingNotifications) {
    return Failure(Error(ErrorCode::kResourceExhausted, "notification.backlog",
                         "too many notifications wait to be verified; send it again later")
                       .with_retry_after(kComeBack));
  }
  if (notification.size() > kMaxDeferredSize) {
    return Failure(Error(ErrorCode::kResourceExhausted, "notification.backlog",
                         "too large to be kept while many others arrive; send it again later")
                       .with_retry_after(kComeBack));
  }
  const Sha256 digest = sha256(notification);
  ledger::Unit unit;
  unit.commit_id = new_commit_id(tenant);
  unit.changes = {ledger::InsertPendingNotification{{digest, to_bytes(notification)}}};
  unit.audit = about_tenant(tenant, "notification.deferred", digest);
  auto done = commit(tenant.ledger(), std::move(unit));
  // Not known to be there, or there already: how many there are is asked anew.
  if (!done || std::holds_alternative<ledger::Refused>(*done)) {
    forget(tenant.id());
  } else {
    adjust(tenant.id(), 1);
  }
  if (!done) return std::move(done).error();
  return {};
}

void NotificationInbox::forget(const TenantId& tenant) {
  const std::lock_guard lock(mutex_);
  backlog_.erase(tenant);
}

void NotificationInbox::adjust(const TenantId& tenant, std::int64_t by) {
  const std::lock_guard lock(mutex_);
  const auto known = backlog_.find(tenant);
  if (known != backlog_.end()) known->second.waiting += by;
}

Result<std::int64_t, Failure> NotificationInbox::known_backlog(context::TenantContext& tenant) {
  const auto now = tenant.clock().monotonic();
  {
    const std::lock_guard lock(mutex_);
    const auto found = backlog_.find(tenant.id());
    if (found != backlog_.end() && now - found->second.asked < kBacklogKnown) {
      return found->second.waiting;
    }
  }
  auto count = tenant.ledger().pending_notification_count();
  if (!count) return Failure(std::move(count).error());
  const std::lock_guard lock(mutex_);
  backlog_.insert_or_assign(tenant.id(), Backlog{*count, now});
  return *count;
}

bool NotificationInbox::drain(context::TenantContext& tenant, const Process& process) {
  auto backlog = known_backlog(tenant);
  if (!backlog || *backlog <= 0) return false;
  std::set<Sha256>& stuck = stuck_[tenant.id()];
  auto waiting = tenant.ledger().pending_notifications(kMaxDrained + stuck.size());
  if (!waiting) return false;
  const auto until = tenant.clock().monotonic() + kDrainBudget;
  bool time_is_up = false;
  std::size_t dropped = 0;
  for (const ledger::PendingNotificationRecord& one : *waiting) {
    if (stuck.contains(one.digest)) continue;
    time_is_up = tenant.clock().monotonic() > until;
    if (time_is_up) break;
    if (auto done = process(one.notification); !done) {
      if (may_pass(done.error())) break;
      if (lost_races(done.error())) continue;
      spdlog::error("tenant={} a deferred notification cannot be recorded and is kept: {}",
                    tenant.id().text(), to_hex(one.digest));
      if (stuck.size() < kMaxStuck) stuck.insert(one.digest);
      continue;  // this one alone is in trouble; a restart tries it again
    }
    ledger::Unit unit;
    unit.commit_id = new_commit_id(tenant);
    unit.changes = {ledger::DropPendingNotification{one.digest}};
    unit.audit = about_tenant(tenant, "notification.verified_late", one.digest);
    auto done = commit(tenant.ledger(), std::move(unit));
    if (!done) break;
    if (std::holds_alternative<ledger::Committed>(*done)) ++dropped;
  }
  forget(tenant.id());  // others came and went meanwhile; how many are left is asked anew
  return dropped > 0 && (time_is_up || waiting->size() >= kMaxDrained);
}

}  // namespace berth::smdpplus
