// Growing and shrinking text that may hold secrets without leaving octets in memory given back.
//
// Invariant: a text changed by these functions alone holds nothing of its past behind its end, and
// the memory it left was wiped.

#pragma once

#include <string>
#include <string_view>

namespace berth::ingress {

// Text shorter than this may live inside its std::string, and moving it would leave a copy behind;
// reserving as much puts it on the heap, where a move takes the memory along.
constexpr std::size_t kHeapTextBytes = 64;

void append_wiping(std::string& text, std::string_view more);
// Drops the first `count` octets, at most all.
void consume_wiping(std::string& text, std::size_t count);
// Empties the text and overwrites all its memory.
void wipe_text(std::string& text) noexcept;

class WipeAtEnd {
 public:
  explicit WipeAtEnd(std::string& text) : text_(text) {}
  ~WipeAtEnd() { wipe_text(text_); }
  WipeAtEnd(const WipeAtEnd&) = delete;
  WipeAtEnd& operator=(const WipeAtEnd&) = delete;

 private:
  std::string& text_;
};

}  // namespace berth::ingress
