// The certificates of cards that were authenticated here a moment ago, read already: the result of
// the same download is verified with one of them.
//
// What is not here is read from the ledger's row, so it may forget at will: bounded, the oldest go
// first. Thread-safe.

#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "kernel/base/identifiers.h"
#include "kernel/rsp/pki/certificate.h"

namespace berth::smdpplus {

inline constexpr std::size_t kMaxRecentCards = 512;

class RecentCards {
 public:
  void put(const TransactionId& id, const rsp::pki::Certificate& card);
  // Once; nothing when it was not put or has been forgotten.
  std::optional<rsp::pki::Certificate> take(const TransactionId& id);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, rsp::pki::Certificate> by_id_;  // in hexadecimal
  std::deque<std::string> order_;  // oldest first; those that were taken are still in it
};

}  // namespace berth::smdpplus
