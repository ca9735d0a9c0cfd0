// What a period has used so far, as it is carried from one batch to the next.
//
// Pure. The same use has one form, octet for octet.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config.h"

namespace flat_rate {

// Units of one kind that fell into one tier.
struct Used {
  std::int64_t quantity_milli = 0;  // 0: none fell here, and the rest means nothing
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
};

struct Period {
  std::uint64_t last_sequence = 0;                              // of everything seen
  std::map<std::string, std::vector<Used>, std::less<>> kinds;  // one Used for each tier

  // Adds the event's units to the tiers they fall into. Throws INVALID_ARGUMENT "rating.overflow".
  void add(const Config& config, const std::string& kind, std::int64_t quantity_milli,
           std::uint64_t sequence);
};

std::string write_carry(const Config& config, const Period& period);
// Empty: a period that begins. Throws INVALID_ARGUMENT "rating.carry" for octets that
// write_carry(config, …) did not give.
Period read_carry(const Config& config, std::string_view carry);

}  // namespace flat_rate
