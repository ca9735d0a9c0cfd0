// Which orders are not simply allowed.
//
// Pure.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "berth/sdk/bss.h"

namespace file_feed {

// Fits an order that says every member the rule names, with a value that fits. At least one.
struct OrderRule {
  std::uint32_t decision = BERTH_BSS_DENY;  // or BERTH_BSS_HOLD
  std::uint32_t hold_ms = 0;
  std::string reason;
  std::string message;
  std::string iccid_from;  // 1 to 20 digits, compared from the left; empty: not asked
  std::string iccid_to;
  std::string eid_prefix;    // empty: not asked
  std::string profile_type;  // empty: not asked
};

// Throws INVALID_ARGUMENT "bss.bad_order" when the order is no JSON object or a member is no text.
berth::sdk::BssVerdict judge(const std::vector<OrderRule>& rules, std::string_view order_json);

}  // namespace file_feed
