// What operators do and read, in the host's audit chain, with their names.
//
// An action is recorded before it is done ("operator.action"), and once more when it is refused
// ("operator.action_refused"): what is not recorded is not done. Reads of personal data
// ("operator.read") and what was denied ("operator.denied") are recorded at once, repetitions of
// the same within a minute are counted and told in one more record with `times`. Thread-safe.

#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "kernel/api/access.h"
#include "kernel/ledger/host_ledger.h"

namespace berth::api {

inline constexpr std::chrono::minutes kJournalWindow{1};
inline constexpr std::size_t kMaxJournalWindows = 1024;

// One call, as the audit tells it.
struct JournalEntry {
  std::string action;  // "POST tenants/{tenant}/orders"
  std::string tenant;  // an id; empty: none
  std::string about;   // whose data: an ICCID, an order, a code's digest; never a whole code
  std::string request_id;
  std::string detail = {};  // of this one alone, where it is told by itself
};

class ActionJournal {
 public:
  ActionJournal(ledger::HostLedger& ledger, const Clock& clock) : ledger_(ledger), clock_(clock) {}

  // Before it is done; an error (the ledger's) means that it must not be.
  Result<void> acting(const Identity& who, const JournalEntry& entry);
  // After it was refused. What cannot be written is logged.
  void refused(const Identity& who, const JournalEntry& entry, const std::string& reason);
  // Before the answer leaves; an error means that it must not.
  Result<void> reading(const Identity& who, const JournalEntry& entry);
  // `who`: a name, or what is known of somebody without one. What cannot be written is logged.
  void denied(const std::string& who, const JournalEntry& entry, const std::string& reason);
  // Writes what was counted in minutes that have passed, or everything.
  void flush(bool everything);

 private:
  struct Window {
    UnixMs since_ms = 0;
    std::uint64_t more = 0;  // after the first, which has its record
    std::string type;
    std::string who;
    JournalEntry entry;
    std::string reason;
  };
  // True: it was counted, the first of its minute is recorded already.
  bool counted(const std::string& key, const Window& one);
  Result<void> note(const Window& one);
  Result<void> write(const Window& one, std::uint64_t times);

  ledger::HostLedger& ledger_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Window> windows_;
};

}  // namespace berth::api
