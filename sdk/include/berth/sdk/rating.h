// Writing a rating model (a draft kind): derive from RatingModel, then name the class once with
// BERTH_RATING_PLUGIN.
//
// A model is pure: the same configuration and the same batch give the same lines and the same
// carry, octet for octet. rate() is const for that reason and comes from many threads. Failures are
// thrown as Error; berth/abi/draft/rating.h lists the reasons every model uses.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "berth/abi/draft/rating.h"
#include "berth/sdk/elements.h"
#include "berth/sdk/thunk.h"

namespace berth::sdk {

// Borrowed for the call.
struct UsageEvent {
  std::uint64_t sequence = 0;
  std::int64_t occurred_unix_ms = 0;
  std::int64_t quantity_milli = 0;  // thousandths of the kind's unit
  std::string_view kind;
  std::string_view subject;
  std::string_view attributes_json;
};

class RatingBatch {
 public:
  explicit RatingBatch(const berth_rating_batch& raw) noexcept : raw_(raw) {}

  std::string_view carry_in() const noexcept {
    ByteView octets = to_view(raw_.carry_in);
    return {reinterpret_cast<const char*>(octets.data()), octets.size()};
  }
  // The period ends here: make lines of everything outstanding and carry nothing.
  bool last() const noexcept { return (raw_.flags & BERTH_RATING_LAST) != 0; }
  std::size_t size() const noexcept { return raw_.count; }
  // Sequences ascend; that was checked.
  UsageEvent operator[](std::size_t index) const noexcept {
    auto event = detail::read_element<berth_usage_event>(raw_.events, raw_.stride, index);
    return {event.sequence,      event.occurred_unix_ms, event.quantity_milli,
            to_view(event.kind), to_view(event.subject), to_view(event.attributes_json)};
  }

 private:
  berth_rating_batch raw_;
};

struct RatedLine {
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::string charge_code;
  std::string currency;  // ISO 4217
  std::int64_t quantity_milli = 0;
  std::int64_t unit_price_micro = 0;
  std::int64_t amount_micro = 0;
  std::string explanation;
};

// Where RatingModel::rate puts its lines.
class LineSink {
 public:
  using Emit = berth_status (*)(void* ctx, const berth_rated_line* line) noexcept;
  LineSink(Emit callback, void* ctx) noexcept : emit_(callback), ctx_(ctx) {}
  void emit(const RatedLine& line) const {
    berth_rated_line raw{};
    raw.struct_size = sizeof(raw);
    raw.first_sequence = line.first_sequence;
    raw.last_sequence = line.last_sequence;
    raw.charge_code = to_abi(line.charge_code);
    raw.currency = to_abi(line.currency);
    raw.quantity_milli = line.quantity_milli;
    raw.unit_price_micro = line.unit_price_micro;
    raw.amount_micro = line.amount_micro;
    raw.explanation = to_abi(line.explanation);
    berth_status status = emit_(ctx_, &raw);
    if (status != BERTH_OK) throw CallerStopped{status};
  }

 private:
  Emit emit_;
  void* ctx_;
};

class RatingModel : public PluginInstance {
 public:
  // Returns the carry; of a last batch it must be empty.
  virtual std::string rate(const Op& op, const RatingBatch& batch, const LineSink& out) const = 0;
};

namespace detail {

template <class Plugin>
struct RatingThunks {
  static_assert(std::is_base_of_v<RatingModel, Plugin>);
  static const RatingModel& model(berth_instance* self) noexcept {
    return from_handle<Plugin>(self);
  }

  static void check(const berth_rating_batch& batch) {
    if ((batch.flags & ~std::uint32_t{BERTH_RATING_LAST}) != 0) {
      throw Error(BERTH_UNSUPPORTED, "rating.flags", "this model knows no such flag");
    }
    require(batch.count == 0 || batch.events != nullptr, "rate: events is null");
    require(batch.count == 0 || batch.stride >= sizeof(std::uint64_t), "rate: stride is too small");
    std::uint64_t last = 0;
    for (std::size_t i = 0; i < batch.count; ++i) {
      std::uint64_t sequence =
          read_element<berth_usage_event>(batch.events, batch.stride, i).sequence;
      if (sequence <= last) {
        throw Error(BERTH_INVALID_ARGUMENT, "rating.order",
                    "the sequence of event " + std::to_string(i) + " of the batch, " +
                        std::to_string(sequence) + ", does not ascend");
      }
      last = sequence;
    }
  }

  static berth_status rate(berth_instance* self, const berth_op* op, const berth_rating_batch* raw,
                           void* ctx, LineSink::Emit emit, berth_sink* carry_out) noexcept {
    return guarded(op, [&] {
      require(raw != nullptr && emit != nullptr && carry_out != nullptr,
              "rate: batch, emit or carry_out is null");
      berth_rating_batch batch = read_struct(raw);
      check(batch);
      std::string carry = model(self).rate(Op(op), RatingBatch(batch), LineSink(emit, ctx));
      if (!carry.empty()) Sink(carry_out).write(carry);
    });
  }

  static constexpr berth_rating kTable{sizeof(berth_rating), 0, &rate};
  static constexpr const char* kProvides[] = {BERTH_RATING_V1, BERTH_HEALTH_V1, nullptr};

  static const void* get_interface(berth_instance*, const char* id) noexcept {
    if (id == nullptr) return nullptr;
    if (std::strcmp(id, BERTH_RATING_V1) == 0) return &kTable;
    if (std::strcmp(id, BERTH_HEALTH_V1) == 0) return &Life<Plugin>::kHealth;
    return nullptr;
  }
};

}  // namespace detail
}  // namespace berth::sdk

// Once per plugin, in a .cc at global scope. Class: constructible from (Host, const Config&).
#define BERTH_RATING_PLUGIN(Class, id, version)                                              \
  constinit const berth_plugin_entry berth_plugin_entry_v1 =                                 \
      ::berth::sdk::detail::make_entry<Class, ::berth::sdk::detail::RatingThunks<Class>>(id, \
                                                                                         version);
