// Removes from a tenant's store what its ledger does not refer to and what is older than a day: the
// leftovers of imports that a crash, or a refused commit, ended between the store and the ledger.
//
// Why nothing the ledger refers to, or is about to, is ever removed:
//  - An object is durable before a commit refers to it, and that commit follows within minutes; it
//    is never named by a later one.
//  - An object is removed when two rounds, an hour or more apart by the host's monotonic clock,
//    found it in the store and not in the ledger, each by reads of the ledger that began after the
//    round did. So its commit would have to come more than an hour after its put.
//  - And it is a day old by the store's clock alone: its time is compared with that of an object
//  put
//    when the round began. A host's clock that is wrong or set moves nothing.
//  - A ledger that cannot answer, or is in doubt, ends the round.
//  - The object that tells the store's time is sealed like all others. One that this tenant's data
//    keys do not open was put by another ledger's host: the store is not ours alone, nothing is
//    removed.
//
// One thread at a time. Work is cut into steps of one page or a few objects.

#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "kernel/base/clock.h"
#include "kernel/vault/vault.h"

namespace berth::vault {

inline constexpr std::chrono::hours kCollectedAfter{24};  // by the store's clock
inline constexpr std::chrono::hours kSuspicion{1};        // between two rounds that found it
inline constexpr std::chrono::minutes kFirstRound{15};    // after the host's start
inline constexpr std::chrono::hours kRoundPause{6};       // when nothing was suspected
inline constexpr std::chrono::minutes kRetryPause{10};    // after a failure
inline constexpr std::size_t kMaxReferences = 8'000'000;  // of 8 octets each
inline constexpr std::size_t kMaxSuspects = 1'000;        // further ones wait for a later round
inline constexpr std::size_t kListPage = 500;
inline constexpr std::size_t kRemovalBatch = 20;

// What the collector asks of the ledger.
class References {
 public:
  struct Page {
    std::vector<std::string> names;
    std::string next;  // of the page after this; empty: it was the last
  };
  virtual ~References() = default;
  // Names of objects that the ledger refers to. `from`: empty, or the page before's `next`.
  virtual Result<Page> page(const std::string& from) = 0;
  // Called before these objects are removed, to record it. An error keeps them.
  virtual Result<void> announce(std::span<const std::string> names) = 0;
};

class Collector {
 public:
  // All borrowed. `prefix`: of every name of the tenant, "<tenant>/".
  Collector(Vault& vault, const Clock& clock, std::string prefix);

  // Does one step, if a round is due. True: call again, there is more to do now. After an error the
  // round is given up; another begins after kRetryPause. "vault.foreign_store" kFailedPrecondition,
  // "vault.too_many_objects" kResourceExhausted, "vault.store_clock" kFailedPrecondition when the
  // store tells no times, and what store and ledger say themselves.
  Result<bool> step(const plugins::Op& op, References& references);

 private:
  enum class Phase : std::uint8_t { kIdle = 1, kRead, kList, kJudge };

  Result<bool> advance(const plugins::Op& op, References& references);
  Result<void> begin(const plugins::Op& op);
  Result<void> read(References& references);
  Result<void> list(const plugins::Op& op);
  Result<void> judge(const plugins::Op& op, References& references);
  void end();
  Result<bool> is_old(const plugins::Op& op, const std::string& name) const;
  bool is_referenced(const std::string& name) const;

  Vault& vault_;
  const Clock& clock_;
  const std::string prefix_;
  Phase phase_ = Phase::kIdle;
  std::chrono::nanoseconds next_round_;
  UnixMs store_now_ = 0;
  std::string cursor_;
  std::vector<std::uint64_t> referenced_;  // hashes; two names that share one both stay
  std::vector<std::string> found_;         // in the store, not in the ledger, this round
  std::size_t judged_ = 0;
  // When each was first found so, on the monotonic clock.
  std::map<std::string, std::chrono::nanoseconds> suspects_;
  std::map<std::string, std::chrono::nanoseconds> next_suspects_;
};

}  // namespace berth::vault
