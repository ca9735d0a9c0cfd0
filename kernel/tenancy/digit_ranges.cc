#include "kernel/tenancy/digit_ranges.h"

#include <algorithm>
#include <tuple>

#include "kernel/base/assert.h"

namespace berth::tenancy {
namespace {

constexpr std::size_t kMaxDigits = 32;
constexpr std::size_t kLowDigits = 16;
constexpr std::size_t kBlock = 32;
constexpr std::uint64_t kLowEnd = 10'000'000'000'000'000;  // 10^16

std::uint64_t number(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char digit : digits) value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  return value;
}

std::string padded(std::uint64_t value, std::size_t size) {
  std::string text = std::to_string(value);
  return text.size() < size ? std::string(size - text.size(), '0') + text : text;
}

std::uint64_t end_of(std::size_t digits) {
  std::uint64_t end = 1;
  for (std::size_t i = 0; i < digits; ++i) end *= 10;
  return end;
}

}  // namespace

Digits Digits::of(std::string_view digits) {
  BERTH_ASSERT(!digits.empty() && digits.size() <= kMaxDigits);
  const std::size_t high = digits.size() > kLowDigits ? digits.size() - kLowDigits : 0;
  Digits made;
  made.size_ = static_cast<std::uint32_t>(digits.size());
  made.high_ = number(digits.substr(0, high));
  made.low_ = number(digits.substr(high));
  return made;
}

std::string Digits::text() const {
  if (size_ <= kLowDigits) return padded(low_, size_);
  return padded(high_, size_ - kLowDigits) + padded(low_, kLowDigits);
}

std::optional<Digits> Digits::next() const {
  Digits made = *this;
  const bool one_word = size_ <= kLowDigits;
  if (++made.low_ < (one_word ? end_of(size_) : kLowEnd)) return made;
  made.low_ = 0;
  if (one_word || ++made.high_ == end_of(size_ - kLowDigits)) return std::nullopt;
  return made;
}

std::optional<Digits> Digits::previous() const {
  Digits made = *this;
  if (made.low_ > 0) {
    --made.low_;
    return made;
  }
  if (made.high_ == 0) return std::nullopt;
  --made.high_;
  made.low_ = kLowEnd - 1;
  return made;
}

DigitRange DigitRange::of_prefix(std::string_view prefix, std::size_t size) {
  const std::string rest(size - prefix.size(), '0');
  const std::string nines(size - prefix.size(), '9');
  return {Digits::of(std::string(prefix) + rest), Digits::of(std::string(prefix) + nines)};
}

std::string DigitRange::text() const {
  return first == last ? first.text() : first.text() + "-" + last.text();
}

std::optional<RangeIndex::Overlap> RangeIndex::build(std::vector<OwnedRange> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const OwnedRange& left, const OwnedRange& right) {
    return std::tie(left.range.first, right.range.last, left.owner, left.claim) <
           std::tie(right.range.first, left.range.last, right.owner, right.claim);
  });
  std::vector<OwnedRange> kept;
  kept.reserve(ranges.size());
  // Sorted by their beginnings, none begins before the one that was kept last; that one's end is
  // the furthest so far.
  const OwnedRange* last = nullptr;  // as it was said: kept without what others had said before
  for (const OwnedRange& next : ranges) {
    OwnedRange rest = next;
    if (last != nullptr && next.range.first <= last->range.last) {
      if (last->owner != next.owner) return Overlap{*last, next};
      if (next.range.last <= last->range.last) continue;
      rest.range.first = *last->range.last.next();  // there is one: this range reaches beyond it
    }
    kept.push_back(rest);
    last = &next;
  }
  ranges_ = std::move(kept);
  firsts_.clear();
  tops_.clear();
  firsts_.reserve(ranges_.size());
  for (const OwnedRange& owned : ranges_) {
    if (firsts_.size() % kBlock == 0) tops_.push_back(owned.range.first);
    firsts_.push_back(owned.range.first);
  }
  return std::nullopt;
}

const OwnedRange* RangeIndex::find(const Digits& digits) const {
  const auto top = std::upper_bound(tops_.begin(), tops_.end(), digits);
  if (top == tops_.begin()) return nullptr;
  const std::size_t block = static_cast<std::size_t>(top - tops_.begin()) - 1;
  const auto begin = firsts_.begin() + static_cast<std::ptrdiff_t>(block * kBlock);
  const auto end =
      begin + static_cast<std::ptrdiff_t>(std::min(kBlock, firsts_.size() - block * kBlock));
  const auto after = std::upper_bound(begin, end, digits);  // its first is not after the digits
  const OwnedRange& candidate = ranges_[static_cast<std::size_t>(after - firsts_.begin()) - 1];
  return digits <= candidate.range.last ? &candidate : nullptr;
}

}  // namespace berth::tenancy
