#include "kernel/tenancy/limits.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "kernel/base/assert.h"
#include "kernel/tenancy/limits_json.h"

namespace berth::tenancy {
namespace {

constexpr std::uint64_t kTebibyte = 1ULL << 40;

// Bounds as in docs/reference/schemas/host.schema.json; a test compares them.
constexpr std::array<LimitRow, kLimits> kRows{{
    {Limit::kConnections, "connections", 1000, 1, 100'000},
    {Limit::kConnectionsPerSecond, "connectionsPerSecond", 1000, 1, 100'000},
    {Limit::kDownloadsPerSecond, "downloadsPerSecond", 200, 0, 100'000},
    {Limit::kConcurrentDownloads, "concurrentDownloads", 10'000, 1, 1'000'000},
    {Limit::kWorkers, "workers", 12, 1, kMaxPlaces},
    {Limit::kNotificationWorkers, "notificationWorkers", 12, 1, kMaxPlaces},
    {Limit::kHsmInFlight, "hsmInFlight", 12, 1, kMaxPlaces},
    {Limit::kEs2PerSecond, "es2PerSecond", 500, 0, 100'000},
    {Limit::kObjects, "objects", 20'000'000, 0, 1'000'000'000},
    {Limit::kObjectBytes, "objectBytes", kTebibyte, 0, 1024 * kTebibyte},
}};

}  // namespace

std::span<const LimitRow, kLimits> limit_rows() { return kRows; }

LimitSettings::LimitSettings() {
  for (std::size_t i = 0; i < kLimits; ++i) values_[i] = kRows[i].standard;
}

void LimitSettings::set(Limit limit, std::uint64_t value) {
  BERTH_ASSERT(value >= row_of(limit).least && value <= row_of(limit).most);
  values_[static_cast<std::size_t>(limit) - 1] = value;
}

Result<LimitSettings> changed_limits(LimitSettings base, const nlohmann::json& members) {
  for (const auto& [name, value] : members.items()) {
    const auto row = std::find_if(kRows.begin(), kRows.end(),
                                  [&name = name](const LimitRow& one) { return one.name == name; });
    if (row == kRows.end()) {
      std::string known;
      for (const LimitRow& one : kRows) {
        known.append(known.empty() ? "" : ", ").append(one.name);
      }
      return Error(ErrorCode::kInvalidArgument, "limits.unknown",
                   "a member is no limit; the limits are " + known);
    }
    const bool fits = value.is_number_unsigned() && value.get<std::uint64_t>() >= row->least &&
                      value.get<std::uint64_t>() <= row->most;
    if (!fits) {
      return Error(ErrorCode::kInvalidArgument, "limits.out_of_range",
                   std::string(row->name) + " is a whole number from " +
                       std::to_string(row->least) + " to " + std::to_string(row->most));
    }
    base.set(row->limit, value.get<std::uint64_t>());
  }
  return base;
}

}  // namespace berth::tenancy
