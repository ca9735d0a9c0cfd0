// The curves of SGP.22 v2 that Berth speaks. Values are those of the plugin ABI.

#pragma once

#include <cstdint>

namespace berth {

enum class Curve : std::uint32_t { kP256 = 1, kBrainpoolP256r1 = 2 };

}  // namespace berth
