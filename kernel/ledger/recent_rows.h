// The rows that were committed last, as they were written: the next function of a download asks for
// what the one before has just changed. Only for a ledger that nobody else writes.
//
// A row is either here as the database has it or not here: it is taken away before the COMMIT that
// changes it and comes back after it, if it is known to have happened. Only the writer calls
// forget() and keep(), in the order of its commits. Thread-safe.

#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "kernel/ledger/unit.h"

namespace berth::ledger {

class RecentRows {
 public:
  // At most twice `max_rows` of each kind.
  explicit RecentRows(std::size_t max_rows)
      : profiles_(max_rows), orders_(max_rows), attempts_(max_rows), bindings_(max_rows) {}

  // Before the COMMIT.
  void forget(const std::vector<Change>& changes);
  // After it; for a unit that was written by it, at `time_ms`.
  void keep(std::vector<Change> changes, UnixMs time_ms);

  std::optional<ProfileRecord> profile(const Iccid& iccid) const;
  std::optional<OrderRecord> order(const std::string& order_id) const;
  std::optional<AttemptRecord> attempt(const TransactionId& id) const;
  std::optional<BindingRecord> binding(const Iccid& iccid) const;

 private:
  // When the young ones are as many as may be they become the old ones, and the old ones go.
  template <class Record>
  class Rows {
   public:
    explicit Rows(std::size_t max) : max_(max) {}
    void put(std::string key, Record record) {
      old_.erase(key);
      young_.insert_or_assign(std::move(key), std::move(record));
      if (young_.size() < max_) return;
      old_ = std::move(young_);
      young_.clear();
    }
    void erase(const std::string& key) {
      young_.erase(key);
      old_.erase(key);
    }
    std::optional<Record> find(const std::string& key) const {
      for (const auto* rows : {&young_, &old_}) {
        if (const auto found = rows->find(key); found != rows->end()) return found->second;
      }
      return std::nullopt;
    }

   private:
    std::size_t max_;
    std::unordered_map<std::string, Record> young_;
    std::unordered_map<std::string, Record> old_;
  };

  void erase(const Change& change);
  void put(Change&& change, UnixMs time_ms);

  mutable std::mutex mutex_;
  Rows<ProfileRecord> profiles_;
  Rows<OrderRecord> orders_;
  Rows<AttemptRecord> attempts_;
  Rows<BindingRecord> bindings_;
};

}  // namespace berth::ledger
