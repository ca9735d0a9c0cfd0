// The instance's configuration.

#pragma once

#include <string>
#include <string_view>

namespace file_registrar {

struct Config {
  std::string folder;         // absolute
  bool tells_content = true;  // false: of an event that is there it tells no more than that
};

// Throws Error INVALID_ARGUMENT "file_registrar.config" naming the key at fault.
Config parse_config(std::string_view json);

}  // namespace file_registrar
