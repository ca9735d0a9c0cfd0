// Notifications in a storm: taken durably and acknowledged at once, verified later.
//
// When a fleet wakes up, thousands of cards report within seconds, and each report costs several
// signature checks. Only so many are verified while their senders wait; what comes on top is
// committed as it is, once for the same octets, and worked off in the background. Bounded for each
// tenant. Thread-safe.

#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>

#include "kernel/context/tenant_context.h"
#include "kernel/smdpplus/failure.h"

namespace berth::smdpplus {

// Notifications of all tenants being verified while their senders wait.
inline constexpr int kMaxVerifying = 8;
// Acknowledged and not yet verified, for one tenant; further senders are asked to come back.
inline constexpr std::int64_t kMaxPendingNotifications = 10'000;
inline constexpr std::size_t kMaxDeferredSize = 16 * 1024;  // octets of one; usual are 1 to 3 KiB
inline constexpr std::size_t kMaxDrained = 500;             // of one tenant in one round
// How many are waiting is counted at least this often, for a node that stopped left its own behind.
inline constexpr std::chrono::seconds kBacklogKnown{30};

class NotificationInbox {
 public:
  // While it lives, one of the places for verification is taken.
  class Place {
   public:
    explicit Place(NotificationInbox* inbox) : inbox_(inbox) {}
    Place(Place&& other) noexcept : inbox_(std::exchange(other.inbox_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (inbox_ != nullptr) inbox_->leave();
    }
    explicit operator bool() const { return inbox_ != nullptr; }

   private:
    NotificationInbox* inbox_;
  };

  explicit NotificationInbox(int max_verifying = kMaxVerifying) : max_verifying_(max_verifying) {}

  // False in the condition: all are taken, defer.
  Place enter();

  // Durable when it returns; the same octets twice are one. kResourceExhausted
  // "notification.backlog" when the tenant's backlog is full.
  Result<void, Failure> defer(context::TenantContext& tenant, ByteView notification);

  // Hands the oldest ones to `process` and drops each that it succeeded with, for a bounded time.
  // True when there is more to do at once. One caller at a time for each tenant.
  using Process = std::function<Result<void, Failure>(ByteView notification)>;
  bool drain(context::TenantContext& tenant, const Process& process);

 private:
  void leave();
  Result<std::int64_t, Failure> known_backlog(context::TenantContext& tenant);
  void forget(const TenantId& tenant);
  void adjust(const TenantId& tenant, std::int64_t by);

  const int max_verifying_;
  std::mutex mutex_;
  int verifying_ = 0;
  // As far as known: other nodes defer and work off as well. Absent: to be asked.
  struct Backlog {
    std::int64_t waiting = 0;
    std::chrono::nanoseconds asked{0};
  };
  std::map<TenantId, Backlog> backlog_;
  std::map<TenantId, std::set<Sha256>> stuck_;  // drain's own: cannot be recorded, left for later
};

}  // namespace berth::smdpplus
