#include "kernel/context/tenant_limits.h"

#include <string>

#include "kernel/base/assert.h"

namespace berth::context {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;

std::size_t index_of(tenancy::Limit limit) { return static_cast<std::size_t>(limit) - 1; }

// Rates and places, whose rows bound them well within this.
std::uint32_t count(const tenancy::LimitSettings& settings, tenancy::Limit limit) {
  return static_cast<std::uint32_t>(settings[limit]);
}

std::shared_ptr<SharedPlaces> own_places() {
  const auto all = [] { return FairSlots(tenancy::kMaxPlaces); };
  return std::shared_ptr<SharedPlaces>(new SharedPlaces{all(), all(), all()});
}

}  // namespace

void TenantLimits::Tally::turn(std::int64_t to) {
  if (to == minute) return;
  const bool next = to == minute + 1;
  before_allowed = next ? now_allowed : 0;
  before_refused = next ? now_refused : 0;
  now_allowed = now_refused = 0;
  minute = to;
}

TenantLimits::TenantLimits(const tenancy::LimitSettings& settings, const Clock& clock,
                           std::shared_ptr<SharedPlaces> places)
    : configured_(settings),
      clock_(clock),
      places_(places != nullptr ? std::move(places) : own_places()),
      settings_(settings),
      new_connections_(count(settings, Limit::kConnectionsPerSecond), clock),
      downloads_(count(settings, Limit::kDownloadsPerSecond), clock),
      es2_(count(settings, Limit::kEs2PerSecond), clock),
      workers_(count(settings, Limit::kWorkers)),
      notification_workers_(count(settings, Limit::kNotificationWorkers)),
      hsm_(count(settings, Limit::kHsmInFlight)),
      own_hsm_(count(settings, Limit::kHsmInFlight)) {}

tenancy::LimitSettings TenantLimits::settings() const {
  const std::lock_guard lock(mutex_);
  return settings_;
}

void TenantLimits::change(const tenancy::LimitSettings& settings) {
  {
    const std::lock_guard lock(mutex_);
    settings_ = settings;
  }
  new_connections_.set_rate(count(settings, Limit::kConnectionsPerSecond));
  downloads_.set_rate(count(settings, Limit::kDownloadsPerSecond));
  es2_.set_rate(count(settings, Limit::kEs2PerSecond));
  for (const Limit limit : {Limit::kWorkers, Limit::kNotificationWorkers, Limit::kHsmInFlight}) {
    slots_of(limit).set_ceiling(party_of(limit), count(settings, limit));
  }
  own_hsm_slots_.set_ceiling(own_hsm_, count(settings, Limit::kHsmInFlight));
}

FairSlots& TenantLimits::slots_of(Limit limit) const {
  if (limit == Limit::kWorkers) return places_->workers;
  if (limit == Limit::kNotificationWorkers) return places_->notification_workers;
  BERTH_ASSERT(limit == Limit::kHsmInFlight);
  return places_->hsm;
}

FairSlots::Party& TenantLimits::party_of(Limit limit) {
  if (limit == Limit::kWorkers) return workers_;
  if (limit == Limit::kNotificationWorkers) return notification_workers_;
  BERTH_ASSERT(limit == Limit::kHsmInFlight);
  return hsm_;
}

void TenantLimits::note(Limit limit, bool allowed) {
  const UnixMs now = clock_.now_ms();
  const std::lock_guard lock(mutex_);
  Tally& tally = tallies_[index_of(limit)];
  tally.turn(now / kMinuteMs);
  if (allowed) {
    ++tally.allowed;
    ++tally.now_allowed;
  } else {
    ++tally.refused;
    ++tally.now_refused;
    tally.last_refused_ms = now;
  }
}

bool TenantLimits::connect() {
  bool room = false;
  {
    // Counted where it is decided: of many who come at once no more get in than may.
    const std::lock_guard lock(mutex_);
    room = connections_ < settings_[Limit::kConnections];
    if (room) ++connections_;
  }
  note(Limit::kConnections, room);
  if (!room) return false;
  const bool soon = new_connections_.take();
  note(Limit::kConnectionsPerSecond, soon);
  if (!soon) disconnect();
  return soon;
}

void TenantLimits::disconnect() {
  const std::lock_guard lock(mutex_);
  if (connections_ > 0) --connections_;  // its realm may have been another tenant's meanwhile
}

bool TenantLimits::take(Limit rate) {
  const bool allowed = rate == Limit::kEs2PerSecond ? es2_.take() : downloads_.take();
  note(rate, allowed);
  return allowed;
}

std::chrono::milliseconds TenantLimits::retry_after(Limit rate) const {
  return rate == Limit::kEs2PerSecond ? es2_.retry_after() : downloads_.retry_after();
}

std::optional<FairSlots::Slot> TenantLimits::place(Limit limit,
                                                   std::chrono::nanoseconds longest_wait) {
  auto slot = slots_of(limit).acquire(party_of(limit), longest_wait);
  note(limit, slot.has_value());
  return slot;
}

std::optional<FairSlots::Slot> TenantLimits::own_hsm_place(std::chrono::nanoseconds longest_wait) {
  auto slot = own_hsm_slots_.acquire(own_hsm_, longest_wait);
  note(Limit::kHsmInFlight, slot.has_value());
  return slot;
}

Result<void> TenantLimits::know_stored(ledger::TenantLedger& ledger) {
  const std::chrono::nanoseconds now = clock_.monotonic();
  std::optional<std::chrono::nanoseconds> before;
  {
    const std::lock_guard lock(mutex_);
    if (stored_asked_ && now - *stored_asked_ < kStoredKnown) return {};
    before = stored_asked_;
  }
  BERTH_TRY(told, ledger.stored_objects());
  const std::lock_guard lock(mutex_);
  // Another was faster, and what was stored since is counted on what it was told.
  if (stored_asked_ != before) return {};
  stored_ = told;
  stored_asked_ = now;
  return {};
}

Result<void> TenantLimits::store(const ledger::StoredObjects& more, ledger::TenantLedger& ledger) {
  BERTH_TRY_VOID(know_stored(ledger));
  bool objects_fit = false;
  bool bytes_fit = false;
  {
    const std::lock_guard lock(mutex_);
    const auto fits = [&](Limit limit, std::uint64_t stored, std::uint64_t added) {
      return stored <= settings_[limit] && added <= settings_[limit] - stored;
    };
    objects_fit = fits(Limit::kObjects, stored_.objects, more.objects);
    bytes_fit = fits(Limit::kObjectBytes, stored_.bytes, more.bytes);
    if (objects_fit && bytes_fit) {
      stored_.objects += more.objects;
      stored_.bytes += more.bytes;
    }
  }
  note(Limit::kObjects, objects_fit);
  note(Limit::kObjectBytes, bytes_fit);
  if (objects_fit && bytes_fit) return {};
  const Limit limit = objects_fit ? Limit::kObjectBytes : Limit::kObjects;
  return Error(ErrorCode::kResourceExhausted, "limits.storage",
               "the tenant's store would hold more than its limit " +
                   std::string(tenancy::row_of(limit).name) + " of " +
                   std::to_string(settings()[limit]) +
                   " allows; nothing was stored. The host raises it: berthctl tenant limits set");
}

void TenantLimits::unstore(const ledger::StoredObjects& less) {
  const std::lock_guard lock(mutex_);
  stored_.objects -= std::min(less.objects, stored_.objects);
  stored_.bytes -= std::min(less.bytes, stored_.bytes);
}

TenantLimits::Use TenantLimits::use(Limit limit) const {
  Use use;
  switch (limit) {
    case Limit::kWorkers:
      use.in_use = places_->workers.counts(workers_).in_use;
      break;
    case Limit::kNotificationWorkers:
      use.in_use = places_->notification_workers.counts(notification_workers_).in_use;
      break;
    case Limit::kHsmInFlight:
      use.in_use = places_->hsm.counts(hsm_).in_use + own_hsm_slots_.counts(own_hsm_).in_use;
      break;
    default:
      break;
  }
  const std::int64_t minute = clock_.now_ms() / kMinuteMs;
  const std::lock_guard lock(mutex_);
  if (limit == Limit::kConnections) use.in_use = connections_;
  if (limit == Limit::kObjects) use.in_use = stored_.objects;
  if (limit == Limit::kObjectBytes) use.in_use = stored_.bytes;
  Tally tally = tallies_[index_of(limit)];
  tally.turn(minute);
  use.value = settings_[limit];
  use.allowed = tally.allowed;
  use.refused = tally.refused;
  use.last_refused_ms = tally.last_refused_ms;
  const std::uint64_t refused = tally.now_refused + tally.before_refused;
  use.blocked = refused > 0 && refused >= tally.now_allowed + tally.before_allowed;
  return use;
}

}  // namespace berth::context
