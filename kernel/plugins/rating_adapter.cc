#include "kernel/plugins/rating_adapter.h"

#include <algorithm>

#include "berth/abi/draft/rating.h"
#include "kernel/plugins/call.h"
#include "kernel/plugins/printable.h"

namespace berth::plugins {
namespace {

// Takes the lines of one batch and looks at each.
struct Lines {
  std::uint64_t newest;  // no line reaches beyond
  std::vector<RatedLine> taken{};
  std::string_view wrong{};

  std::string_view problem(const berth_rated_line& line) const {
    const std::string_view code = text_of(line.charge_code);
    const std::string_view currency = text_of(line.currency);
    if (line.struct_size < sizeof(line)) return "gave a rated line shorter than a line is";
    if (taken.size() == RatingModel::kMaxBatchLines) return "gave more lines than a batch may have";
    if (line.first_sequence == 0 || line.first_sequence > line.last_sequence ||
        line.last_sequence > newest) {
      return "gave a rated line for events that it was not given";
    }
    if (code.empty() || code.size() > BERTH_RATING_CODE_MAX ||
        !std::all_of(code.begin(), code.end(), [](char c) { return c >= '!' && c <= '~'; })) {
      return "gave a rated line without a charge code";
    }
    if (currency.size() != 3 || !std::all_of(currency.begin(), currency.end(),
                                             [](char c) { return c >= 'A' && c <= 'Z'; })) {
      return "gave a rated line without a currency";
    }
    return {};
  }

  static berth_status emit(void* ctx, const berth_rated_line* line) noexcept {
    auto& lines = *static_cast<Lines*>(ctx);
    lines.wrong = line == nullptr ? "gave no line where one was due" : lines.problem(*line);
    if (!lines.wrong.empty()) return BERTH_INTERNAL;
    lines.taken.push_back(
        {line->first_sequence, line->last_sequence, std::string(text_of(line->charge_code)),
         std::string(text_of(line->currency)), line->quantity_milli, line->unit_price_micro,
         line->amount_micro, printable(text_of(line->explanation), BERTH_RATING_EXPLANATION_MAX)});
    return BERTH_OK;
  }
};

struct Carry {
  Bytes octets{};
  bool refused = false;

  static berth_status write(berth_sink* self, berth_bytes chunk) noexcept {
    auto& carry = *static_cast<Carry*>(self->ctx);
    if (chunk.len > BERTH_RATING_CARRY_MAX - carry.octets.size()) {
      carry.refused = true;
      return BERTH_RESOURCE_EXHAUSTED;
    }
    if (chunk.len > 0) append(carry.octets, {chunk.data, chunk.len});
    return BERTH_OK;
  }
};

// The newest event that the carry can speak of when a batch brings none is not known here.
std::uint64_t newest_of(const RatingBatch& batch) {
  return batch.events.empty() ? UINT64_MAX : batch.events.back().sequence;
}

class PluginRatingModel final : public RatingModel {
 public:
  PluginRatingModel(std::shared_ptr<Instance> instance, const berth_rating* table)
      : instance_(std::move(instance)), table_(table) {}

  Result<Rated> rate(const Op& op, const RatingBatch& batch) override {
    if (batch.events.size() > kMaxBatchEvents || batch.carry_in.size() > BERTH_RATING_CARRY_MAX) {
      return Error{ErrorCode::kInvalidArgument, "rating.batch_too_large",
                   "a batch has at most " + std::to_string(kMaxBatchEvents) +
                       " events and a carry of 1 MiB; cut the period into smaller ones"};
    }
    Call call(op, instance_->clock(), instance_->label());
    BERTH_TRY_VOID(call.before());
    std::vector<berth_usage_event> events;
    events.reserve(batch.events.size());
    for (const UsageEvent& event : batch.events) {
      events.push_back({event.sequence, event.occurred_ms, event.quantity_milli, abi(event.kind),
                        abi(event.subject), abi(event.attributes_json)});
    }
    berth_rating_batch raw{};
    raw.struct_size = sizeof(raw);
    raw.flags = batch.last ? std::uint32_t{BERTH_RATING_LAST} : 0;
    raw.carry_in = abi(batch.carry_in);
    raw.events = events.data();
    raw.stride = sizeof(berth_usage_event);
    raw.count = events.size();
    Lines lines{newest_of(batch)};
    Carry carry;
    berth_sink sink{&carry, &Carry::write};
    const Result<void> result = call.finish(
        table_->rate(instance_->handle(), call.op(), &raw, &lines, &Lines::emit, &sink));
    // However the plugin tells the story, the answer cannot be used.
    if (!lines.wrong.empty()) return call.misbehaved(lines.wrong);
    if (carry.refused) return call.misbehaved("carries more than a megabyte from batch to batch");
    if (!result) return result.error();
    if (batch.last && !carry.octets.empty()) {
      return call.misbehaved("carries something out of a period that has ended");
    }
    return Rated{std::move(lines.taken), std::move(carry.octets)};
  }

 private:
  std::shared_ptr<Instance> instance_;
  const berth_rating* table_;
};

}  // namespace

Result<std::unique_ptr<RatingModel>> make_rating_model(std::shared_ptr<Instance> instance) {
  BERTH_TRY(table, instance->interface<berth_rating>(BERTH_RATING_V1));
  return std::unique_ptr<RatingModel>(
      std::make_unique<PluginRatingModel>(std::move(instance), table));
}

}  // namespace berth::plugins
