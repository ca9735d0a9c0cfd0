// A file of JSON objects, one a line, as logs and exports are.

#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

#include "kernel/base/result.h"

namespace berth::berthctl {

inline constexpr std::size_t kMaxJsonLinesFile = 3 * 1024 * 1024;  // octets

// The objects as an array of 1 to max; blank lines are passed over. "berthctl.file" names the file
// and the line at fault, never its content.
Result<nlohmann::json> read_json_lines(const std::string& path, std::size_t max);

}  // namespace berth::berthctl
