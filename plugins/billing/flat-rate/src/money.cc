#include "money.h"

#include <limits>

namespace flat_rate {
namespace {

// Any product of two 63-bit numbers, exactly.
__extension__ using Wide = __int128;

constexpr std::size_t kMaxWholeDigits = 9;
constexpr std::size_t kMaxFractionDigits = 6;
constexpr std::int64_t kMilli = 1000;

bool all_digits(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string show(std::int64_t value, std::int64_t unit, std::size_t digits) {
  std::string text = std::to_string(value / unit);
  std::string fraction = std::to_string(value % unit);
  fraction.insert(0, digits - fraction.size(), '0');
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction.empty() ? text : text + "." + fraction;
}

}  // namespace

std::optional<std::int64_t> parse_micro(std::string_view text) {
  std::size_t point = text.find('.');
  std::string_view whole = text.substr(0, point);
  std::string fraction(point == std::string_view::npos ? "0" : text.substr(point + 1));
  if (whole.empty() || whole.size() > kMaxWholeDigits || !all_digits(whole)) return std::nullopt;
  if (fraction.empty() || fraction.size() > kMaxFractionDigits || !all_digits(fraction)) {
    return std::nullopt;
  }
  fraction.append(kMaxFractionDigits - fraction.size(), '0');
  return std::stoll(std::string(whole)) * kMicro + std::stoll(fraction);
}

std::string show_micro(std::int64_t value) { return show(value, kMicro, kMaxFractionDigits); }
std::string show_milli(std::int64_t value) { return show(value, kMilli, 3); }

std::optional<Amount> multiply(std::int64_t quantity_milli, std::int64_t price_micro,
                               const Rounding& rounding) {
  // In thousandths of a millionth nothing is lost.
  Wide exact = Wide{quantity_milli} * price_micro;
  Wide step = Wide{rounding.step_micro} * kMilli;
  Wide steps = exact / step;
  Wide rest = exact % step;
  bool up = false;
  switch (rounding.mode) {
    case RoundingMode::kHalfUp:
      up = rest * 2 >= step;
      break;
    case RoundingMode::kHalfEven:
      up = rest * 2 > step || (rest * 2 == step && steps % 2 == 1);
      break;
    case RoundingMode::kDown:
      break;
    case RoundingMode::kUp:
      up = rest != 0;
      break;
  }
  Wide micro = (steps + (up ? 1 : 0)) * rounding.step_micro;
  if (micro > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return Amount{static_cast<std::int64_t>(micro), rest == 0};
}

}  // namespace flat_rate
