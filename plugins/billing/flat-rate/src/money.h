// Amounts as exact integers: parsed from text, printed as text, rounded once.
//
// Pure.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flat_rate {

inline constexpr std::int64_t kMicro = 1'000'000;

enum class RoundingMode : std::uint8_t { kHalfUp = 1, kHalfEven, kDown, kUp };

struct Rounding {
  std::int64_t step_micro = 1;  // > 0
  RoundingMode mode = RoundingMode::kHalfUp;
};

// "0.25" → 250000. At most nine digits before the point and six after it; nothing else.
std::optional<std::int64_t> parse_micro(std::string_view text);
// 250000 → "0.25"; value >= 0.
std::string show_micro(std::int64_t value);
// 2500 → "2.5"; value >= 0.
std::string show_milli(std::int64_t value);

struct Amount {
  std::int64_t micro = 0;
  bool exact = true;  // rounding changed nothing
};
// quantity times price, rounded once; both >= 0. Nothing when the amount does not fit.
std::optional<Amount> multiply(std::int64_t quantity_milli, std::int64_t price_micro,
                               const Rounding& rounding);

}  // namespace flat_rate
