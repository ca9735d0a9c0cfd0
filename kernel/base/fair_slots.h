// A bounded number of places that several parties share fairly: each has a ceiling of its own, and
// a place that becomes free goes to whoever of those waiting holds the fewest. Within a party first
// come, first served; so a party that asks for much waits for itself.
//
// Thread-safe. Must outlive every Slot it gave; a Party is used with one FairSlots only and must
// outlive its slots, too.
//
// Not std::counting_semaphore: g++ 12's timed wait polls, and hundreds of waiting connections would
// take the processor from the few that work.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <utility>

namespace berth {

class FairSlots {
 public:
  struct Counts {
    std::uint32_t in_use = 0;
    std::uint32_t waiting = 0;
    std::uint32_t most_in_use = 0;  // ever at once
    std::uint64_t given = 0;
    std::uint64_t refused = 0;
  };

 private:
  struct Waiter {
    std::condition_variable wake{};
    bool granted = false;
  };

 public:
  class Party {
   public:
    // `ceiling`: places it may hold at once.
    explicit Party(std::uint32_t ceiling) : ceiling_(ceiling) {}
    Party(const Party&) = delete;
    Party& operator=(const Party&) = delete;

   private:
    friend class FairSlots;
    std::uint32_t ceiling_;
    Counts counts_;
    std::list<Waiter*> waiting_;  // on the stacks of those who wait
  };

  // A place, given back on destruction.
  class Slot {
   public:
    Slot(Slot&& other) noexcept
        : slots_(std::exchange(other.slots_, nullptr)), party_(other.party_) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (slots_ != nullptr) slots_->release(*party_);
    }

   private:
    friend class FairSlots;
    Slot(FairSlots* slots, Party* party) : slots_(slots), party_(party) {}
    FairSlots* slots_;
    Party* party_;
  };

  static constexpr std::uint32_t kMaxWaiting = 1024;

  // `max_waiting`: callers of one party who may wait at once.
  explicit FairSlots(std::uint32_t total, std::uint32_t max_waiting = kMaxWaiting)
      : total_(total), max_waiting_(max_waiting) {}
  FairSlots(const FairSlots&) = delete;
  FairSlots& operator=(const FairSlots&) = delete;

  // Empty when none became free in time, or as many wait as may.
  std::optional<Slot> acquire(Party& party, std::chrono::nanoseconds longest_wait);

  // From now on; slots that are out stay out.
  void set_total(std::uint32_t total);
  void set_ceiling(Party& party, std::uint32_t ceiling);

  Counts counts(const Party& party) const;
  std::uint32_t waiting() const;  // callers of all parties

 private:
  void release(Party& party);
  void take(Party& party);  // these three under mutex_
  void serve();
  void withdraw(Party& party, std::list<Waiter*>::iterator place);

  mutable std::mutex mutex_;
  std::uint32_t total_;
  const std::uint32_t max_waiting_;
  std::uint32_t in_use_ = 0;
  std::list<Party*> waiting_;  // parties with callers that wait; who was served goes to the end
};

}  // namespace berth
