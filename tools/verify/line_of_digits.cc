#include "tools/verify/line_of_digits.h"

namespace berth::verify {

std::string after(std::string digits) {
  for (std::size_t i = digits.size(); i > 0; --i) {
    char& digit = digits[i - 1];
    if (digit != '9') {
      ++digit;
      return digits;
    }
    digit = '0';
  }
  return {};
}

void LineOfDigits::cut(const std::string& at) {
  if (at.empty()) return;  // beyond the end
  const auto piece = std::prev(owner_from_.upper_bound(at));
  owner_from_.emplace(at, piece->second);
}

Result<void> LineOfDigits::paint(const std::string& first, const std::string& last,
                                 const std::string& owner) {
  const std::string end = after(last);
  cut(first);
  cut(end);
  for (auto piece = owner_from_.find(first);
       piece != owner_from_.end() && (end.empty() || piece->first < end); ++piece) {
    if (!piece->second.empty() && piece->second != owner) {
      return Error(ErrorCode::kInvalidArgument, "verify.overlap",
                   "the routes give " + first + "-" + last + " to " + owner +
                       " and some of it to " + piece->second);
    }
    piece->second = owner;
  }
  return {};
}

Result<std::string> LineOfDigits::owner_of(const std::string& first,
                                           const std::string& last) const {
  auto piece = std::prev(owner_from_.upper_bound(first));
  const std::string owner = piece->second;
  for (++piece; piece != owner_from_.end() && piece->first <= last; ++piece) {
    if (piece->second != owner) {
      return Error(ErrorCode::kInvalidArgument, "verify.cell",
                   "the routes decide " + first + " and " + piece->first +
                       " in two ways, and the proof has one cell for both");
    }
  }
  return owner;
}

}  // namespace berth::verify
