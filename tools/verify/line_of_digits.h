// Whose every number of one size is: a line from 00…0 to 99…9 painted piece by piece.
//
// Written for the verifier alone, on text, so that it shares nothing with what it checks.

#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "kernel/base/result.h"

namespace berth::verify {

// The neighbour of a run of digits; empty beyond 99…9.
std::string after(std::string digits);

class LineOfDigits {
 public:
  explicit LineOfDigits(std::size_t size) : size_(size) { owner_from_[std::string(size, '0')]; }

  // Both ends included. "verify.overlap" when a piece of it is another's.
  Result<void> paint(const std::string& first, const std::string& last, const std::string& owner);
  // Whose all of first..last is; empty: nobody's. "verify.cell" when the owner changes between.
  Result<std::string> owner_of(const std::string& first, const std::string& last) const;
  std::size_t size() const { return size_; }

 private:
  void cut(const std::string& at);

  std::size_t size_;
  std::map<std::string, std::string> owner_from_;  // up to the next one; empty: nobody's
};

}  // namespace berth::verify
