// The rows that were committed or read last: the next function of a download asks for what the one
// before has just changed or looked at. Only for a ledger that nobody else writes.
//
// A row is either here as the database has it or not here: it is taken away before the COMMIT that
// changes it and comes back after it, if it is known to have happened. What was read is taken in
// only if nothing was committed meanwhile. Only the writer calls forget(), keep(), let_be() and
// clear(), in the order of its commits. Thread-safe.

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
  // After it; for one that was not.
  void let_be(const std::vector<Change>& changes);
  // After a COMMIT of unknown outcome.
  void clear();

  // Empty: ask the database. Else the row, or that there is none.
  template <class Record>
  using Known = std::optional<std::optional<Record>>;
  Known<ProfileRecord> profile(const Iccid& iccid) const;
  Known<OrderRecord> order(const std::string& order_id) const;
  Known<AttemptRecord> attempt(const TransactionId& id) const;
  Known<BindingRecord> binding(const Iccid& iccid) const;

  // Says what has been committed so far; to be asked before a read whose row is to be learned.
  using Mark = std::uint64_t;
  Mark mark() const;
  void learn(Mark before, const Iccid& iccid, const std::optional<ProfileRecord>& row);
  void learn(Mark before, const Iccid& iccid, const std::optional<BindingRecord>& row);

 private:
  // When the young ones are as many as may be they become the old ones, and the old ones go.
  template <class Record>
  class Rows {
   public:
    explicit Rows(std::size_t max) : max_(max) {}
    // None: there is no such row.
    void put(const std::string& key, std::optional<Record> record) {
      place(key) = {State::kKnown, std::move(record)};
      make_room();
    }
    void learn(const std::string& key, const std::optional<Record>& record) {
      if (!young_.contains(key) && !old_.contains(key)) put(key, record);
    }
    void forget(const std::string& key) {
      place(key) = {State::kBeingWritten, std::nullopt};
      make_room();
    }
    void let_be(const std::string& key) {
      for (auto* rows : {&young_, &old_}) {
        const auto found = rows->find(key);
        if (found == rows->end() || found->second.state == State::kKnown) continue;
        rows->erase(found);
      }
    }
    Known<Record> find(const std::string& key) const {
      for (const auto* rows : {&young_, &old_}) {
        const auto found = rows->find(key);
        if (found == rows->end()) continue;
        if (found->second.state == State::kBeingWritten) return std::nullopt;
        return found->second.record;
      }
      return std::nullopt;
    }
    void clear() {
      young_.clear();
      old_.clear();
    }

   private:
    enum class State : std::uint8_t { kKnown = 1, kBeingWritten };
    struct Entry {
      State state = State::kBeingWritten;
      std::optional<Record> record;
    };
    using Map = std::unordered_map<std::string, Entry>;

    Entry& place(const std::string& key) {
      if (!old_.empty()) old_.erase(key);
      return young_[key];
    }
    void make_room() {
      if (young_.size() < max_) return;
      old_ = std::move(young_);
      young_.clear();
    }

    std::size_t max_;
    Map young_;
    Map old_;
  };

  // Calls visitor(rows, key) for the row a change is about, if it is of a kind kept here.
  template <class Visitor>
  void visit_row(const Change& change, Visitor visitor);
  void put(Change&& change, UnixMs time_ms);

  mutable std::mutex mutex_;
  Mark commits_ = 0;  // calls of forget() and keep()
  Rows<ProfileRecord> profiles_;
  Rows<OrderRecord> orders_;
  Rows<AttemptRecord> attempts_;
  Rows<BindingRecord> bindings_;
};

}  // namespace berth::ledger
