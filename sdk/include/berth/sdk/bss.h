// Writing a BSS connector (a draft kind): derive from BssConnector, then name the class once with
// BERTH_BSS_PLUGIN.
//
// check_order and reconcile come from many threads; deliver comes one at a time for each endpoint
// and lane, and from several threads for different ones. Failures are thrown as Error;
// berth/abi/draft/bss.h lists the reasons every connector uses.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "berth/abi/draft/bss.h"
#include "berth/sdk/elements.h"
#include "berth/sdk/thunk.h"

namespace berth::sdk {

struct BssVerdict {
  std::uint32_t decision = BERTH_BSS_ALLOW;
  std::uint32_t hold_for_ms = 0;  // of BERTH_BSS_HOLD
  std::string reason = {};        // a slug; of DENY and HOLD
  std::string message = {};       // for a person; of DENY and HOLD
};

// Borrowed for the call.
struct BssEvent {
  std::uint64_t sequence = 0;
  std::uint64_t incarnation = 0;
  std::uint32_t delivery_attempt = 0;
  std::uint32_t attempt = 0;  // of the download; 0: none
  std::string_view event_id;
  std::string_view type;
  std::string_view schema;
  std::string_view body_json;
};

class BssBatch {
 public:
  explicit BssBatch(const berth_bss_batch& raw) noexcept : raw_(raw) {}

  std::string_view endpoint() const noexcept { return to_view(raw_.endpoint); }
  std::string_view lane() const noexcept { return to_view(raw_.lane); }
  std::size_t size() const noexcept { return raw_.count; }
  // (incarnation, sequence) ascends; that was checked.
  BssEvent operator[](std::size_t index) const noexcept {
    auto event = detail::read_element<berth_bss_event>(raw_.events, raw_.stride, index);
    ByteView body = to_view(event.body_json);
    return {event.sequence,          event.incarnation,
            event.delivery_attempt,  event.attempt,
            to_view(event.event_id), to_view(event.type),
            to_view(event.schema),   {reinterpret_cast<const char*>(body.data()), body.size()}};
  }

 private:
  berth_bss_batch raw_;
};

// Where BssConnector::deliver says what became of each event, in order. After try_later() deliver
// returns.
class Receipts {
 public:
  using Emit = berth_status (*)(void* ctx, const berth_bss_receipt* receipt) noexcept;
  Receipts(Emit callback, void* ctx) noexcept : emit_(callback), ctx_(ctx) {}

  void delivered() { tell(BERTH_BSS_DELIVERED, {}, {}, 0); }
  void park(std::string_view reason, std::string_view message) {
    tell(BERTH_BSS_PARK, reason, message, 0);
  }
  void try_later(std::string_view reason, std::string_view message, std::uint32_t retry_after_ms) {
    tell(BERTH_BSS_TRY_LATER, reason, message, retry_after_ms);
  }
  std::size_t told() const noexcept { return told_; }
  bool stopped() const noexcept { return stopped_; }

 private:
  void tell(std::uint32_t verdict, std::string_view reason, std::string_view message,
            std::uint32_t retry_after_ms) {
    berth_bss_receipt raw{};
    raw.struct_size = sizeof(raw);
    raw.verdict = verdict;
    raw.index = told_;
    raw.retry_after_ms = retry_after_ms;
    raw.reason = to_abi(reason);
    raw.message = to_abi(message.substr(0, BERTH_BSS_MESSAGE_MAX));
    berth_status status = emit_(ctx_, &raw);
    if (status != BERTH_OK) throw CallerStopped{status};
    ++told_;
    stopped_ = verdict == BERTH_BSS_TRY_LATER;
  }

  Emit emit_;
  void* ctx_;
  std::size_t told_ = 0;
  bool stopped_ = false;
};

// Where BssConnector::reconcile puts its records.
class RecordSink {
 public:
  using Emit = berth_status (*)(void* ctx, berth_bytes record_json) noexcept;
  RecordSink(Emit callback, void* ctx) noexcept : emit_(callback), ctx_(ctx) {}
  void emit(std::string_view record_json) const {
    berth_status status = emit_(
        ctx_, {reinterpret_cast<const std::uint8_t*>(record_json.data()), record_json.size()});
    if (status != BERTH_OK) throw CallerStopped{status};
  }

 private:
  Emit emit_;
  void* ctx_;
};

class BssConnector : public PluginInstance {
 public:
  // Leaves no trace, here or in the BSS.
  virtual BssVerdict check_order(const Op& op, std::string_view order_json) = 0;
  // One receipt for each event in order, up to a try_later(). What was told stands when it throws.
  virtual void deliver(const Op& op, const BssBatch& batch, Receipts& receipts) = 0;
  // At most `max` records from `cursor` on; returns where to go on, empty at the end.
  virtual std::string reconcile(const Op&, std::string_view cursor, std::size_t max,
                                const RecordSink& out) {
    static_cast<void>(cursor), static_cast<void>(max), static_cast<void>(out);
    throw Error(BERTH_UNSUPPORTED, "bss.unsupported", "this connector cannot reconcile");
  }
};

namespace detail {

inline void check_batch(const berth_bss_batch& batch) {
  auto refuse = [](const std::string& what) {
    throw Error(BERTH_INVALID_ARGUMENT, "bss.bad_batch", what);
  };
  if (!is_lower_name(to_view(batch.endpoint), BERTH_BSS_NAME_MAX, ".-") ||
      !is_lower_name(to_view(batch.lane), BERTH_BSS_NAME_MAX, ".-")) {
    refuse("endpoint and lane have 1 to 64 characters of a-z 0-9 . -");
  }
  if (batch.count == 0 || batch.count > BERTH_BSS_BATCH_MAX || batch.events == nullptr ||
      batch.stride < sizeof(berth_bss_event)) {
    refuse("a batch has 1 to 1000 events, each as long as this connector knows them");
  }
  std::uint64_t incarnation = 1;
  std::uint64_t sequence = 0;
  for (std::size_t i = 0; i < batch.count; ++i) {
    auto event = read_element<berth_bss_event>(batch.events, batch.stride, i);
    bool later = event.incarnation > incarnation ||
                 (event.incarnation == incarnation && event.sequence > sequence);
    if (!later || event.delivery_attempt == 0) {
      refuse("event " + std::to_string(i) + " of the batch does not ascend, or is at attempt 0");
    }
    incarnation = event.incarnation;
    sequence = event.sequence;
  }
}

inline berth_bss_verdict to_abi_verdict(const BssVerdict& verdict) {
  berth_bss_verdict raw{};
  raw.struct_size = sizeof(raw);
  raw.decision = verdict.decision;
  raw.hold_for_ms = verdict.hold_for_ms;
  raw.reason_len = static_cast<std::uint32_t>(verdict.reason.copy(raw.reason, sizeof(raw.reason)));
  raw.message_len =
      static_cast<std::uint32_t>(verdict.message.copy(raw.message, sizeof(raw.message)));
  return raw;
}

template <class Plugin>
struct BssThunks {
  static_assert(std::is_base_of_v<BssConnector, Plugin>);
  static BssConnector& connector(berth_instance* self) noexcept {
    return from_handle<Plugin>(self);
  }
  static std::string_view text(berth_bytes octets) noexcept {
    return {reinterpret_cast<const char*>(to_view(octets).data()), to_view(octets).size()};
  }

  static berth_status check_order(berth_instance* self, const berth_op* op, berth_bytes order_json,
                                  berth_bss_verdict* out) noexcept {
    return guarded(op, [&] {
      require(out != nullptr, "check_order: out is null");
      write_struct(out, to_abi_verdict(connector(self).check_order(Op(op), text(order_json))));
    });
  }
  static berth_status deliver_batch(berth_instance* self, const berth_op* op,
                                    const berth_bss_batch* raw, void* ctx,
                                    Receipts::Emit receipt) noexcept {
    return guarded(op, [&] {
      require(raw != nullptr && receipt != nullptr, "deliver_batch: batch or receipt is null");
      berth_bss_batch batch = read_struct(raw);
      check_batch(batch);
      Receipts receipts(receipt, ctx);
      connector(self).deliver(Op(op), BssBatch(batch), receipts);
    });
  }
  static berth_status reconcile(berth_instance* self, const berth_op* op, berth_bytes cursor,
                                std::size_t max, void* ctx, RecordSink::Emit emit,
                                berth_sink* next_cursor) noexcept {
    return guarded(op, [&] {
      require(emit != nullptr && next_cursor != nullptr && max > 0,
              "reconcile: emit or next_cursor is null, or max is 0");
      std::string next =
          connector(self).reconcile(Op(op), text(cursor), max, RecordSink(emit, ctx));
      if (!next.empty()) Sink(next_cursor).write(next);
    });
  }

  static constexpr berth_bss kTable{sizeof(berth_bss), 0, &check_order, &deliver_batch, &reconcile};
  static constexpr const char* kProvides[] = {BERTH_BSS_V1, BERTH_HEALTH_V1, nullptr};

  static const void* get_interface(berth_instance*, const char* id) noexcept {
    if (id == nullptr) return nullptr;
    if (std::strcmp(id, BERTH_BSS_V1) == 0) return &kTable;
    if (std::strcmp(id, BERTH_HEALTH_V1) == 0) return &Life<Plugin>::kHealth;
    return nullptr;
  }
};

}  // namespace detail
}  // namespace berth::sdk

// Once per plugin, in a .cc at global scope. Class: constructible from (Host, const Config&).
#define BERTH_BSS_PLUGIN(Class, id, version)                                              \
  constinit const berth_plugin_entry berth_plugin_entry_v1 =                              \
      ::berth::sdk::detail::make_entry<Class, ::berth::sdk::detail::BssThunks<Class>>(id, \
                                                                                      version);
