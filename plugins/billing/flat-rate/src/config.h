// The instance's configuration: a price list.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "money.h"

namespace flat_rate {

struct Tier {
  std::int64_t up_to_milli = 0;  // thousandths of units; INT64_MAX in the last
  std::int64_t price_micro = 0;  // of one unit
};

struct Price {
  std::string code;
  std::vector<Tier> tiers;  // ascending, at least one
};

struct Config {
  std::string currency;
  Rounding rounding;
  std::string rounding_text;  // "half-up to 0.01"
  bool ignore_unpriced = false;
  std::map<std::string, Price, std::less<>> prices;  // by kind of usage
  std::string digest;  // of everything above, in hexadecimal: two lists that differ differ here
};

// Throws Error INVALID_ARGUMENT "flat_rate.config" naming the place at fault.
Config parse_config(std::string_view json);

}  // namespace flat_rate
