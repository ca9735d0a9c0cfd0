#include "kernel/base/fair_slots.h"

#include <algorithm>

namespace berth {

void FairSlots::take(Party& party) {
  ++in_use_;
  ++party.counts_.in_use;
  ++party.counts_.given;
  party.counts_.most_in_use = std::max(party.counts_.most_in_use, party.counts_.in_use);
}

std::optional<FairSlots::Slot> FairSlots::acquire(Party& party,
                                                  std::chrono::nanoseconds longest_wait) {
  std::unique_lock lock(mutex_);
  // While a place is free, others wait only for their own ceiling: nobody is overtaken.
  if (in_use_ < total_ && party.counts_.in_use < party.ceiling_ && party.waiting_.empty()) {
    take(party);
    return Slot(this, &party);
  }
  if (party.waiting_.size() >= max_waiting_ || longest_wait <= std::chrono::nanoseconds::zero()) {
    ++party.counts_.refused;
    return std::nullopt;
  }
  Waiter me;
  std::list<Waiter*> mine{&me};
  std::list<Party*> new_party(party.waiting_.empty() ? 1 : 0, &party);
  // Spliced: should memory run out above, no queue has half of this caller.
  const auto place = mine.begin();
  party.waiting_.splice(party.waiting_.end(), mine);
  waiting_.splice(waiting_.end(), new_party);
  me.wake.wait_for(lock, longest_wait, [&me] { return me.granted; });
  if (me.granted) return Slot(this, &party);
  withdraw(party, place);
  ++party.counts_.refused;
  return std::nullopt;
}

void FairSlots::withdraw(Party& party, std::list<Waiter*>::iterator place) {
  party.waiting_.erase(place);
  if (party.waiting_.empty()) waiting_.remove(&party);
}

void FairSlots::serve() {
  while (in_use_ < total_) {
    Party* next = nullptr;
    for (Party* one : waiting_) {
      if (one->counts_.in_use >= one->ceiling_) continue;
      if (next == nullptr || one->counts_.in_use < next->counts_.in_use) next = one;
    }
    if (next == nullptr) return;
    take(*next);
    // Under the lock: once it is granted, the waiter and its condition may be gone.
    next->waiting_.front()->granted = true;
    next->waiting_.front()->wake.notify_one();
    withdraw(*next, next->waiting_.begin());
    if (!next->waiting_.empty()) {
      waiting_.splice(waiting_.end(), waiting_, std::find(waiting_.begin(), waiting_.end(), next));
    }
  }
}

void FairSlots::release(Party& party) {
  const std::lock_guard lock(mutex_);
  --in_use_;
  --party.counts_.in_use;
  serve();
}

void FairSlots::set_total(std::uint32_t total) {
  const std::lock_guard lock(mutex_);
  total_ = total;
  serve();
}

void FairSlots::set_ceiling(Party& party, std::uint32_t ceiling) {
  const std::lock_guard lock(mutex_);
  party.ceiling_ = ceiling;
  serve();
}

FairSlots::Counts FairSlots::counts(const Party& party) const {
  const std::lock_guard lock(mutex_);
  Counts counts = party.counts_;
  counts.waiting = static_cast<std::uint32_t>(party.waiting_.size());
  return counts;
}

std::uint32_t FairSlots::waiting() const {
  const std::lock_guard lock(mutex_);
  std::size_t callers = 0;
  for (const Party* one : waiting_) callers += one->waiting_.size();
  return static_cast<std::uint32_t>(callers);
}

}  // namespace berth
