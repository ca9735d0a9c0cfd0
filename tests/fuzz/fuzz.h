// What the fuzz targets share. A target reads foreign octets through one parser (or a few that
// belong together) and states what must hold whatever they are; crashes, leaks and undefined
// behaviour are found by the sanitizers it is built with.

#pragma once

#include "kernel/base/bytes.h"

namespace berth::fuzz {

// What is called with every input; each target defines it. Keeps nothing that changes the outcome
// of the next one.
void one_input(ByteView input);

// A finding when it does not hold: says `what` and aborts.
void must_hold(bool holds, const char* what);

// Decisions taken off the front of an input; zeros when it is used up.
class Choices {
 public:
  explicit Choices(ByteView input) : rest_(input) {}
  bool at_end() const { return rest_.empty(); }
  std::uint8_t octet();
  std::size_t below(std::size_t limit);  // 0 when limit is 0
  ByteView take(std::size_t count);      // fewer when there are no more
  ByteView rest() { return take(rest_.size()); }
  std::string_view rest_text() { return as_text(rest()); }

 private:
  ByteView rest_;
};

// `good` with 0 to 7 changes: octets set, flipped, put in, taken out, doubled, cut off.
Bytes patched(Bytes good, Choices& choices);

}  // namespace berth::fuzz
