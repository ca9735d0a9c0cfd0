// A rating model: every usage fact is a line, at the unit price of its kind.

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "berth/sdk/rating.h"

namespace {

using namespace berth::sdk;
using nlohmann::json;

class UnitPrice final : public RatingModel {
 public:
  // [control] The price list. A model keeps nothing else: rate() is const, and pure.
  UnitPrice(Host, const Config& config) {
    json document = json::parse(config.json(), nullptr, false);
    if (!document.is_object() || !document.value("currency", json()).is_string() ||
        !document.value("pricesMicro", json()).is_object()) {
      throw Error(BERTH_INVALID_ARGUMENT, "unit_price.config",
                  "currency or pricesMicro is missing");
    }
    currency_ = document.at("currency").get<std::string>();
    for (const auto& [kind, price] : document.at("pricesMicro").items()) {
      if (!price.is_number_integer() || price < 0) {
        throw Error(BERTH_INVALID_ARGUMENT, "unit_price.config", "a price is a whole number");
      }
      prices_[kind] = price.get<std::int64_t>();
    }
  }

  // [pure] What is carried from batch to batch is all that the model remembers of a period: here
  // the last sequence, so that a batch that comes twice is refused.
  std::string rate(const Op& op, const RatingBatch& batch, const LineSink& out) const override {
    std::uint64_t last = read_carry(batch.carry_in());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (i % 1000 == 0) op.throw_if_cancelled();
      UsageEvent event = batch[i];
      if (event.sequence <= last) {
        throw Error(BERTH_INVALID_ARGUMENT, "rating.order", "this usage was rated before");
      }
      last = event.sequence;
      out.emit(line_of(event));
    }
    return batch.last() || last == 0 ? std::string() : std::to_string(last);
  }

 private:
  RatedLine line_of(const UsageEvent& event) const {
    auto price = prices_.find(event.kind);
    if (price == prices_.end()) {
      throw Error(BERTH_INVALID_ARGUMENT, "rating.unpriced",
                  "no price for " + std::string(event.kind) + "; add it to the configuration");
    }
    std::int64_t product = 0;  // thousandths of a millionth
    if (__builtin_mul_overflow(event.quantity_milli, price->second, &product)) {
      throw Error(BERTH_INVALID_ARGUMENT, "rating.overflow", "the amount does not fit");
    }
    return {event.sequence,          event.sequence,
            std::string(event.kind), currency_,
            event.quantity_milli,    price->second,
            product / 1000,          "quantity times price, rounded towards zero to a millionth"};
  }
  static std::uint64_t read_carry(std::string_view carry) {
    std::uint64_t last = 0;
    for (char c : carry) {
      std::uint64_t digit = static_cast<std::uint64_t>(c) - '0';
      if (digit > 9 || __builtin_mul_overflow(last, 10u, &last) ||
          __builtin_add_overflow(last, digit, &last)) {
        throw Error(BERTH_INVALID_ARGUMENT, "rating.carry", "not a carry of this model");
      }
    }
    return last;
  }

  std::string currency_;
  std::map<std::string, std::int64_t, std::less<>> prices_;
};

}  // namespace

BERTH_RATING_PLUGIN(UnitPrice, "example.unit-price", BERTH_PLUGIN_VERSION)
