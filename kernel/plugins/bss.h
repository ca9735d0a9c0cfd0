// What the kernel asks of a connector to a tenant's BSS: decide orders, take events, report what it
// believes. The adapter over a loaded plugin implements it; so do test doubles.
//
// Thread-safe, but for deliver: one call at a time for each endpoint and lane. The front of a
// binding (live_drafts.h) sees to that.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/bytes.h"
#include "kernel/base/result.h"
#include "kernel/plugins/op.h"

namespace berth::plugins {

enum class OrderDecision : std::uint8_t { kAllow = 1, kDeny, kHold };

struct OrderVerdict {
  OrderDecision decision = OrderDecision::kDeny;
  std::uint32_t hold_for_ms = 0;
  std::string reason;   // a slug; empty when allowed
  std::string message;  // printable UTF-8; empty when allowed
};

struct BssEvent {
  std::uint64_t sequence = 0;
  std::uint64_t incarnation = 0;
  std::uint32_t delivery_attempt = 0;  // of this event to this endpoint and lane, 1 on the first
  std::uint32_t attempt = 0;           // the download attempt it tells of; 0: none
  std::string_view event_id;
  std::string_view type;
  std::string_view schema;
  std::string_view body_json;
};

// Events of one lane of one endpoint, 1 to 1,000, ascending by (incarnation, sequence). A lane is
// one ordered stream to an endpoint, with a cursor of its own; see berth/abi/draft/bss.h.
struct BssBatch {
  std::string_view endpoint;  // 1 to 64 of a-z 0-9 . -
  std::string_view lane;      // the same
  std::span<const BssEvent> events;
};

enum class Receipt : std::uint8_t { kDelivered = 1, kTryLater, kPark };

struct EventReceipt {
  Receipt verdict = Receipt::kTryLater;
  std::uint32_t retry_after_ms = 0;
  std::string reason;   // a slug; empty when delivered
  std::string message;  // printable UTF-8
};

// How far a batch got.
struct Delivery {
  // One for each event from the first on; a kTryLater only as the last. What has none comes again.
  std::vector<EventReceipt> receipts;
  // Why the call ended before its end, when it failed after these receipts.
  std::optional<Error> failure;
};
// For a binding's breaker (binding.h): a call that failed after some receipts has failed.
inline const Error* failure_of(const Result<Delivery>& answer) {
  if (!answer) return &answer.error();
  return answer->failure ? &*answer->failure : nullptr;
}

// "bss.bad_batch" for what BssBatch excludes.
Result<void> check_batch(const BssBatch& batch);

struct BssRecords {
  std::vector<std::string> records;  // one JSON object each
  Bytes next_cursor;                 // empty: that was all
};

class BssConnector {
 public:
  static constexpr std::size_t kMaxLanes = 256;     // (endpoint, lane) pairs with calls at a time
  static constexpr std::size_t kMaxRecords = 1000;  // of one call of reconcile

  virtual ~BssConnector() = default;
  // Free of side effects: may be asked again, beside itself, and for nothing. A failure is no
  // verdict.
  virtual Result<OrderVerdict> check_order(const Op& op, std::string_view order_json) = 0;
  // "bss.bad_batch" as check_batch. After "plugin.misbehaved" nothing is known of the batch, and
  // all of it comes again. The front waits for a call on the same endpoint and lane to end, until
  // op's deadline or the binding's ("plugin.busy"); "bss.too_many_lanes" past kMaxLanes.
  virtual Result<Delivery> deliver(const Op& op, const BssBatch& batch) = 0;
  // At most `max` (1 to kMaxRecords) records from `cursor` on; empty: from the first.
  virtual Result<BssRecords> reconcile(const Op& op, ByteView cursor, std::size_t max) = 0;
};

}  // namespace berth::plugins
