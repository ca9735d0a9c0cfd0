// What a card says when an installation fails (SGP.22 §2.5.6, §5.5): BppCommandId and ErrorReason.
// Static data, thread-safe.

#pragma once

#include <cstdint>
#include <string_view>

namespace berth::rsp::sgp22 {

// Temporary: the same profile may be tried again on the same card. Permanent: the order is spent.
enum class FailureClass : std::uint8_t { kPermanent = 1, kTemporary = 2 };

struct InstallFailure {
  std::string_view name;  // as in the specification; "unknown" for a number it does not list
  FailureClass failure_class;
};

// A reason that no release lists counts as permanent, so that nothing is tried for ever.
InstallFailure install_failure(std::uint64_t error_reason);
// "loadProfileElements"; "unknown" for a number the specification does not list.
std::string_view bpp_command_name(std::uint64_t bpp_command_id);

}  // namespace berth::rsp::sgp22
