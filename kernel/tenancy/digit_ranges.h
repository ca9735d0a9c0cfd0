// Runs of decimal digits as numbers, ranges of them, and the index that finds the range around one.
//
// EIDs, ICCIDs and IMSIs alike: a prefix is a range, and so is a single identifier. Pure values.

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/identifiers.h"

namespace berth::tenancy {

// 1 to 32 digits, ordered by their number and then by their value, so that runs of two lengths
// never meet in one range: 310410 is not 31041.
class Digits {
 public:
  static Digits of(std::string_view digits);  // nothing but digits, 1..32 of them
  static Digits of(const Eid& eid) { return of(eid.text()); }
  static Digits of(const Iccid& iccid) { return of(iccid.text()); }
  std::string text() const;
  std::uint32_t size() const { return size_; }
  // The neighbours of the same number of digits; empty beyond 99…9 and 00…0.
  std::optional<Digits> next() const;
  std::optional<Digits> previous() const;
  auto operator<=>(const Digits&) const = default;

 private:
  std::uint32_t size_ = 0;
  std::uint64_t high_ = 0;  // what stands before the last 16 digits
  std::uint64_t low_ = 0;
};

// From first to last, both included; as many digits in each.
struct DigitRange {
  Digits first;
  Digits last;
  static DigitRange one(const Digits& only) { return {only, only}; }
  // All runs of `size` digits that begin with `prefix`, which is no longer.
  static DigitRange of_prefix(std::string_view prefix, std::size_t size);
  bool covers(const Digits& digits) const { return first <= digits && digits <= last; }
  bool meets(const DigitRange& other) const { return first <= other.last && other.first <= last; }
  bool operator==(const DigitRange&) const = default;
  std::string text() const;  // "8904…–8905…"
};

// A range and whom it belongs to; what the numbers mean is the index's user's affair.
struct OwnedRange {
  DigitRange range;
  std::uint32_t owner = 0;
  std::uint32_t claim = 0;  // what it was said by
};

// Immutable once built; O(log n).
class RangeIndex {
 public:
  // Two ranges of two owners that meet.
  struct Overlap {
    OwnedRange left;
    OwnedRange right;
  };
  // What one owner says twice counts once. The first overlap of two owners, if there is one, leaves
  // the index as it was.
  std::optional<Overlap> build(std::vector<OwnedRange> ranges);
  const OwnedRange* find(const Digits& digits) const;  // borrowed; nullptr: nobody's
  // Ascending; none meets another.
  const std::vector<OwnedRange>& ranges() const { return ranges_; }

 private:
  std::vector<Digits> tops_;    // of each block of firsts_, for a search that stays in the cache
  std::vector<Digits> firsts_;  // of ranges_
  std::vector<OwnedRange> ranges_;
};

}  // namespace berth::tenancy
