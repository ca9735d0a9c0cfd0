// The file of `berthctl profile import --personalise`: one subscriber's values, or a list of them,
// as the operator API's member `personalisation` has them.

#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

#include "kernel/base/result.h"

namespace berth::berthctl {

inline constexpr std::size_t kMaxPersonaliseFile = 16 * 1024 * 1024;
inline constexpr std::size_t kMaxSubscribers = 10'000;

// An array of 1..kMaxSubscribers objects; their members are the host's to judge. "berthctl.file"
// also for a file that others than its owner may open: it holds keys. Quotes nothing of it.
Result<nlohmann::json> read_personalise_file(const std::string& path);

}  // namespace berth::berthctl
