// The instance's configuration.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "order_rules.h"

namespace file_feed {

struct Config {
  std::string folder;  // absolute
  std::vector<OrderRule> orders;
};

// Throws Error INVALID_ARGUMENT "file_feed.config" naming the place at fault.
Config parse_config(std::string_view json);

}  // namespace file_feed
