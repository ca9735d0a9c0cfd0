#include "flat_rate.h"

namespace flat_rate {

using berth::sdk::Error;
using berth::sdk::LineSink;
using berth::sdk::Op;
using berth::sdk::RatedLine;
using berth::sdk::RatingBatch;
using berth::sdk::UsageEvent;
namespace {

constexpr std::size_t kPollEvery = 1024;  // events between two looks at the clock

Error bad(std::string_view reason, const UsageEvent& event, const std::string& what) {
  return {
      BERTH_INVALID_ARGUMENT, reason,
      "event " + std::to_string(event.sequence) + " (" + std::string(event.kind) + "): " + what};
}

}  // namespace

std::string FlatRate::rate(const Op& op, const RatingBatch& batch, const LineSink& out) const {
  Period period = read_carry(config_, batch.carry_in());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (i % kPollEvery == 0) op.throw_if_cancelled();
    take(period, batch[i]);
  }
  if (!batch.last()) return write_carry(config_, period);
  for (const auto& [kind, tiers] : period.kinds) {
    const Price& price = config_.prices.find(kind)->second;
    for (std::size_t i = 0; i < tiers.size(); ++i) {
      if (tiers[i].quantity_milli > 0) out.emit(line(kind, price, i, tiers[i]));
    }
  }
  return {};
}

void FlatRate::take(Period& period, const UsageEvent& event) const {
  if (event.sequence <= period.last_sequence) {
    throw bad("rating.order", event,
              "the batch before reached " + std::to_string(period.last_sequence));
  }
  period.last_sequence = event.sequence;
  auto price = config_.prices.find(event.kind);
  if (price == config_.prices.end()) {
    if (config_.ignore_unpriced) return;
    throw bad("rating.unpriced", event, "the price list has no price for it");
  }
  if (event.quantity_milli < 0) {
    throw bad("rating.bad_event", event, "a quantity below 0 is not charged by a price list");
  }
  if (event.quantity_milli > 0) {
    period.add(config_, price->first, event.quantity_milli, event.sequence);
  }
}

RatedLine FlatRate::line(const std::string& kind, const Price& price, std::size_t tier,
                         const Used& used) const {
  std::int64_t unit = price.tiers[tier].price_micro;
  auto amount = multiply(used.quantity_milli, unit, config_.rounding);
  if (!amount) {
    throw Error(BERTH_INVALID_ARGUMENT, "rating.overflow",
                "the amount of " + price.code + " does not fit; settle shorter periods");
  }
  std::string units = "all units";
  if (price.tiers.size() > 1) {
    std::string above = tier == 0 ? "0" : show_milli(price.tiers[tier - 1].up_to_milli);
    bool last = tier + 1 == price.tiers.size();
    units = "units above " + above +
            (last ? "" : " up to " + show_milli(price.tiers[tier].up_to_milli));
  }
  std::string explanation = show_milli(used.quantity_milli) + " x " + show_micro(unit) + " " +
                            config_.currency + ", " + kind + ", " + units + " of the period";
  if (!amount->exact) explanation += ", rounded " + config_.rounding_text;
  return {used.first_sequence, used.last_sequence,  price.code,
          config_.currency,    used.quantity_milli, unit,
          amount->micro,       explanation};
}

}  // namespace flat_rate
