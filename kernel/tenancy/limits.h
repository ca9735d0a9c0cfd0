// How much of a host one tenant may use: defaults for every tenant in the host's file, what differs
// in the tenant's own (R121, R123-R125). Pure values; kernel/context/tenant_limits.h enforces them.

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace berth::tenancy {

enum class Limit : std::uint8_t {
  kConnections = 1,       // at its realms at once; beyond: closed at the ClientHello
  kConnectionsPerSecond,  // new ones; the same
  kDownloadsPerSecond,    // InitiateAuthentication; beyond: 503
  kConcurrentDownloads,   // sessions from InitiateAuthentication to the card's result; beyond: 503
  kWorkers,               // requests of downloads being served at once; the others wait
  kNotificationWorkers,   // the same for HandleNotification
  kHsmInFlight,           // calls into an HSM at once; the others wait
  kEs2PerSecond,          // ES2+ calls; beyond: 503
  kObjects,               // in the object store; beyond: an import is refused
  kObjectBytes,           // in the object store; the same
};
inline constexpr std::size_t kLimits = 10;
// Of what is held at once: workers, calls.
inline constexpr std::uint32_t kMaxPlaces = 1024;

struct LimitRow {
  Limit limit;
  std::string_view name;  // of the member, in files and in the API
  std::uint64_t standard;
  std::uint64_t least;
  std::uint64_t most;
};
// One for each, in the order above.
std::span<const LimitRow, kLimits> limit_rows();
inline const LimitRow& row_of(Limit limit) {
  return limit_rows()[static_cast<std::size_t>(limit) - 1];
}

class LimitSettings {
 public:
  LimitSettings();  // the standard ones
  std::uint64_t operator[](Limit limit) const {
    return values_[static_cast<std::size_t>(limit) - 1];
  }
  // Within the row's bounds.
  void set(Limit limit, std::uint64_t value);
  bool operator==(const LimitSettings&) const = default;

 private:
  std::array<std::uint64_t, kLimits> values_;
};

}  // namespace berth::tenancy
