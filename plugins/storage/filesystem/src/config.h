// The instance's configuration.

#pragma once

#include <string>
#include <string_view>

namespace filesystem_store {

struct Config {
  std::string folder;  // absolute
};

// Throws Error INVALID_ARGUMENT "filesystem.config" naming the key at fault.
Config parse_config(std::string_view json);

}  // namespace filesystem_store
