#include "carry.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "berth/sdk/error.h"

namespace flat_rate {

using berth::sdk::Error;
using nlohmann::json;
namespace {

constexpr const char* kFormat = "flat-rate/1";

[[noreturn]] void not_ours() {
  throw Error(BERTH_INVALID_ARGUMENT, "rating.carry",
              "the carry is not one of this price list's; rate the period from its first batch");
}

std::vector<Used> read_tiers(const json& list, const Price& price) {
  if (!list.is_array() || list.size() != price.tiers.size()) not_ours();
  std::vector<Used> tiers;
  std::int64_t below = 0;
  for (const json& tier : list) {
    bool numbers = tier.is_array() && tier.size() == 3 &&
                   std::all_of(tier.begin(), tier.end(),
                               [](const json& value) { return value.is_number_unsigned(); });
    std::int64_t limit = price.tiers[tiers.size()].up_to_milli;
    if (!numbers || tier[0].get<std::uint64_t>() > static_cast<std::uint64_t>(limit - below)) {
      not_ours();
    }
    below = limit;
    tiers.push_back(
        {tier[0].get<std::int64_t>(), tier[1].get<std::uint64_t>(), tier[2].get<std::uint64_t>()});
  }
  return tiers;
}

}  // namespace

void Period::add(const Config& config, const std::string& kind, std::int64_t quantity_milli,
                 std::uint64_t sequence) {
  const std::vector<Tier>& tiers = config.prices.find(kind)->second.tiers;
  std::vector<Used>& used = kinds.try_emplace(kind, tiers.size()).first->second;
  std::int64_t before = 0;  // units that the tiers below hold
  for (std::size_t i = 0; i < tiers.size() && quantity_milli > 0; ++i) {
    std::int64_t room = tiers[i].up_to_milli - before - used[i].quantity_milli;
    std::int64_t here = std::min(room, quantity_milli);
    before += used[i].quantity_milli;
    if (here <= 0) continue;
    if (used[i].quantity_milli == 0) used[i].first_sequence = sequence;
    used[i].last_sequence = sequence;
    used[i].quantity_milli += here;
    before += here;
    quantity_milli -= here;
  }
  if (quantity_milli > 0) {
    throw Error(BERTH_INVALID_ARGUMENT, "rating.overflow",
                "event " + std::to_string(sequence) + ": the units of " + kind +
                    " in this period are more than can be counted");
  }
}

std::string write_carry(const Config& config, const Period& period) {
  json kinds = json::object();
  for (const auto& [kind, tiers] : period.kinds) {
    json list = json::array();
    for (const Used& used : tiers) {
      list.push_back({static_cast<std::uint64_t>(used.quantity_milli), used.first_sequence,
                      used.last_sequence});
    }
    kinds[kind] = std::move(list);
  }
  return json{{"format", kFormat},
              {"prices", config.digest},
              {"last", period.last_sequence},
              {"used", std::move(kinds)}}
      .dump();
}

Period read_carry(const Config& config, std::string_view carry) {
  Period period;
  if (carry.empty()) return period;
  json document = json::parse(carry, nullptr, false);
  if (!document.is_object() || document.size() != 4 ||
      document.value("format", json()) != kFormat ||
      document.value("prices", json()) != config.digest ||
      !document.value("last", json()).is_number_unsigned() ||
      !document.value("used", json()).is_object()) {
    not_ours();
  }
  period.last_sequence = document.at("last").get<std::uint64_t>();
  for (const auto& [kind, tiers] : document.at("used").items()) {
    auto price = config.prices.find(kind);
    if (price == config.prices.end()) not_ours();
    period.kinds.emplace(kind, read_tiers(tiers, price->second));
  }
  // One form for one period: whatever else parses was not written here.
  if (write_carry(config, period) != carry) not_ours();
  return period;
}

}  // namespace flat_rate
