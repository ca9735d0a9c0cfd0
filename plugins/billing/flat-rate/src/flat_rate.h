// A price list: each kind of usage has a price for a unit, by tiers over the period, and a period
// gives one line for each kind and tier that was used.
//
// Pure: the object never changes after its construction.

#pragma once

#include <string>

#include "berth/sdk/rating.h"
#include "carry.h"
#include "config.h"

namespace flat_rate {

class FlatRate final : public berth::sdk::RatingModel {
 public:
  FlatRate(berth::sdk::Host, const berth::sdk::Config& config)
      : config_(parse_config(config.json())) {}

  std::string rate(const berth::sdk::Op& op, const berth::sdk::RatingBatch& batch,
                   const berth::sdk::LineSink& out) const override;

 private:
  void take(Period& period, const berth::sdk::UsageEvent& event) const;
  berth::sdk::RatedLine line(const std::string& kind, const Price& price, std::size_t tier,
                             const Used& used) const;

  const Config config_;
};

}  // namespace flat_rate
