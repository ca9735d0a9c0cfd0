#include "kernel/plugins/bss_adapter.h"

#include <algorithm>

#include "berth/abi/draft/bss.h"
#include "kernel/plugins/call.h"
#include "kernel/plugins/printable.h"

namespace berth::plugins {
namespace {

static_assert(static_cast<std::uint32_t>(OrderDecision::kAllow) == BERTH_BSS_ALLOW);
static_assert(static_cast<std::uint32_t>(OrderDecision::kHold) == BERTH_BSS_HOLD);
static_assert(static_cast<std::uint32_t>(Receipt::kDelivered) == BERTH_BSS_DELIVERED);
static_assert(static_cast<std::uint32_t>(Receipt::kPark) == BERTH_BSS_PARK);

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= BERTH_BSS_NAME_MAX &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
         });
}
}  // namespace

Result<void> check_batch(const BssBatch& batch) {
  const auto refuse = [](std::string what) {
    return Error{ErrorCode::kInvalidArgument, "bss.bad_batch", std::move(what)};
  };
  if (!is_name(batch.endpoint) || !is_name(batch.lane)) {
    return refuse("endpoint and lane have 1 to 64 characters of a-z 0-9 . -");
  }
  if (batch.events.empty() || batch.events.size() > BERTH_BSS_BATCH_MAX) {
    return refuse("a batch has 1 to 1000 events");
  }
  std::pair<std::uint64_t, std::uint64_t> last{1, 0};
  for (const BssEvent& event : batch.events) {
    const std::pair<std::uint64_t, std::uint64_t> at{event.incarnation, event.sequence};
    if (at <= last || event.delivery_attempt == 0) {
      return refuse("events ascend by incarnation and sequence, and are at attempt 1 or later");
    }
    last = at;
  }
  return {};
}

namespace {

struct Receipts {
  std::size_t expected;
  std::vector<EventReceipt> taken{};
  std::string_view wrong{};

  std::string_view problem(const berth_bss_receipt& receipt) const {
    if (receipt.struct_size < sizeof(receipt)) return "gave a receipt shorter than a receipt is";
    if (receipt.verdict < BERTH_BSS_DELIVERED || receipt.verdict > BERTH_BSS_PARK) {
      return "gave a receipt with a verdict that does not exist";
    }
    const bool ended = !taken.empty() && taken.back().verdict == Receipt::kTryLater;
    if (receipt.index != taken.size() || receipt.index >= expected || ended) {
      return "gave receipts out of order, or for events that it was not given";
    }
    const bool told = is_slug(text_of(receipt.reason)) && receipt.message.len > 0;
    if (receipt.verdict != BERTH_BSS_DELIVERED && !told) {
      return "did not take an event and does not say why";
    }
    return {};
  }

  static berth_status take(void* ctx, const berth_bss_receipt* receipt) noexcept {
    auto& receipts = *static_cast<Receipts*>(ctx);
    receipts.wrong =
        receipt == nullptr ? "gave no receipt where one was due" : receipts.problem(*receipt);
    if (!receipts.wrong.empty()) return BERTH_INTERNAL;
    EventReceipt one{static_cast<Receipt>(receipt->verdict), 0, {}, {}};
    if (one.verdict != Receipt::kDelivered) {
      one.reason = text_of(receipt->reason);
      one.message = printable(text_of(receipt->message), BERTH_BSS_MESSAGE_MAX);
    }
    if (one.verdict == Receipt::kTryLater) one.retry_after_ms = receipt->retry_after_ms;
    receipts.taken.push_back(std::move(one));
    return BERTH_OK;
  }
};

struct Records {
  std::size_t max;
  std::vector<std::string> taken{};
  bool broken = false;

  static berth_status emit(void* ctx, berth_bytes record) noexcept {
    auto& records = *static_cast<Records*>(ctx);
    if (records.taken.size() == records.max || record.data == nullptr || record.len == 0 ||
        record.len > BERTH_BSS_RECORD_MAX) {
      records.broken = true;
      return BERTH_INTERNAL;
    }
    records.taken.emplace_back(as_text({record.data, record.len}));
    return BERTH_OK;
  }
};

struct Cursor {
  Bytes octets{};
  bool refused = false;

  static berth_status write(berth_sink* self, berth_bytes chunk) noexcept {
    auto& cursor = *static_cast<Cursor*>(self->ctx);
    if (chunk.len > BERTH_BSS_CURSOR_MAX - cursor.octets.size()) {
      cursor.refused = true;
      return BERTH_RESOURCE_EXHAUSTED;
    }
    if (chunk.len > 0) append(cursor.octets, {chunk.data, chunk.len});
    return BERTH_OK;
  }
};

class PluginBssConnector final : public BssConnector {
 public:
  PluginBssConnector(std::shared_ptr<Instance> instance, const berth_bss* table)
      : instance_(std::move(instance)), table_(table) {}

  Result<OrderVerdict> check_order(const Op& op, std::string_view order_json) override;
  Result<Delivery> deliver(const Op& op, const BssBatch& batch) override;
  Result<BssRecords> reconcile(const Op& op, ByteView cursor, std::size_t max) override;

 private:
  std::shared_ptr<Instance> instance_;
  const berth_bss* table_;
};

Result<OrderVerdict> PluginBssConnector::check_order(const Op& op, std::string_view order_json) {
  Call call(op, instance_->clock(), instance_->label());
  BERTH_TRY_VOID(call.before());
  berth_bss_verdict raw{};
  raw.struct_size = sizeof(raw);
  BERTH_TRY_VOID(call.finish(
      table_->check_order(instance_->handle(), call.op(), abi(as_bytes(order_json)), &raw)));
  if (raw.decision < BERTH_BSS_ALLOW || raw.decision > BERTH_BSS_HOLD) {
    return call.misbehaved("decided on an order with a decision that does not exist");
  }
  if (raw.reason_len > sizeof(raw.reason) || raw.message_len > sizeof(raw.message)) {
    return call.misbehaved("gave a reason longer than a reason can be");
  }
  OrderVerdict verdict{static_cast<OrderDecision>(raw.decision), 0, {}, {}};
  if (verdict.decision == OrderDecision::kAllow) return verdict;
  verdict.reason.assign(raw.reason, raw.reason_len);
  verdict.message = printable({raw.message, raw.message_len}, BERTH_BSS_MESSAGE_MAX);
  if (!is_slug(verdict.reason) || verdict.message.empty()) {
    return call.misbehaved("did not allow an order and does not say why");
  }
  if (verdict.decision == OrderDecision::kHold) verdict.hold_for_ms = raw.hold_for_ms;
  return verdict;
}

Result<Delivery> PluginBssConnector::deliver(const Op& op, const BssBatch& batch) {
  BERTH_TRY_VOID(check_batch(batch));
  Call call(op, instance_->clock(), instance_->label());
  BERTH_TRY_VOID(call.before());
  std::vector<berth_bss_event> events;
  events.reserve(batch.events.size());
  for (const BssEvent& event : batch.events) {
    events.push_back({event.sequence, event.incarnation, event.delivery_attempt, event.attempt,
                      abi(event.event_id), abi(event.type), abi(event.schema),
                      abi(as_bytes(event.body_json))});
  }
  berth_bss_batch raw{};
  raw.struct_size = sizeof(raw);
  raw.endpoint = abi(batch.endpoint);
  raw.lane = abi(batch.lane);
  raw.events = events.data();
  raw.stride = sizeof(berth_bss_event);
  raw.count = events.size();
  Receipts receipts{events.size()};
  const Result<void> result = call.finish(
      table_->deliver_batch(instance_->handle(), call.op(), &raw, &receipts, &Receipts::take));
  if (!receipts.wrong.empty()) return call.misbehaved(receipts.wrong);
  // What it says of itself when it failed is its own; what breaks a rule of the ABI is a defect.
  if (!result && result.error().reason() == "plugin.misbehaved") return result.error();
  Delivery delivery{std::move(receipts.taken), {}};
  if (!result) {
    delivery.failure = result.error();
    return delivery;
  }
  const bool stopped =
      !delivery.receipts.empty() && delivery.receipts.back().verdict == Receipt::kTryLater;
  if (delivery.receipts.size() < events.size() && !stopped) {
    return call.misbehaved("says it delivered a batch without a receipt for each event");
  }
  return delivery;
}

Result<BssRecords> PluginBssConnector::reconcile(const Op& op, ByteView cursor, std::size_t max) {
  if (max == 0 || max > kMaxRecords || cursor.size() > BERTH_BSS_CURSOR_MAX) {
    return Error{ErrorCode::kInvalidArgument, "bss.bad_page",
                 "ask for 1 to " + std::to_string(kMaxRecords) +
                     " records, with a cursor of at most " + std::to_string(BERTH_BSS_CURSOR_MAX) +
                     " octets"};
  }
  Call call(op, instance_->clock(), instance_->label());
  BERTH_TRY_VOID(call.before());
  Records records{max};
  Cursor next;
  berth_sink sink{&next, &Cursor::write};
  const Result<void> result = call.finish(table_->reconcile(
      instance_->handle(), call.op(), abi(cursor), max, &records, &Records::emit, &sink));
  if (records.broken || next.refused) {
    return call.misbehaved("gave more or larger records, or a longer cursor, than there may be");
  }
  if (!result) return result.error();
  const bool stuck = records.taken.empty() || next.octets == Bytes(cursor.begin(), cursor.end());
  if (!next.octets.empty() && stuck) {
    return call.misbehaved("does not come forward: a page without records, or the same cursor");
  }
  return BssRecords{std::move(records.taken), std::move(next.octets)};
}

}  // namespace

Result<std::unique_ptr<BssConnector>> make_bss_connector(std::shared_ptr<Instance> instance) {
  BERTH_TRY(table, instance->interface<berth_bss>(BERTH_BSS_V1));
  return std::unique_ptr<BssConnector>(
      std::make_unique<PluginBssConnector>(std::move(instance), table));
}

}  // namespace berth::plugins
