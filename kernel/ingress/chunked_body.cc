#include "kernel/ingress/chunked_body.h"

#include <algorithm>
#include <charconv>

#include "kernel/ingress/wiped_text.h"

namespace berth::ingress {
namespace {

constexpr std::size_t kMaxLineBytes = 256;
constexpr std::size_t kMaxSizeDigits = 8;
// A body of one-octet chunks costs at most this much beyond itself: six octets each.
constexpr std::size_t kOverheadFactor = 8;
constexpr std::size_t kOverheadBase = 4096;

}  // namespace

ChunkedBody::ChunkedBody(std::size_t max_body_bytes) : max_(max_body_bytes) {
  line_.reserve(kMaxLineBytes);
  body_.reserve(kHeapTextBytes);
}

ChunkedBody::~ChunkedBody() {
  wipe_text(line_);  // wrong framing makes content a line
  wipe_text(body_);
}

// Collects one line up to LF in line_ and hands it out without its CRLF.
ChunkedBody::State ChunkedBody::take_line(std::string_view& input, std::string_view& line) {
  const std::size_t end = input.find('\n');
  const std::string_view piece = input.substr(0, end == std::string_view::npos ? end : end + 1);
  overhead_bytes_ += piece.size();
  if (line_.size() + piece.size() > kMaxLineBytes ||
      overhead_bytes_ > kOverheadBase + kOverheadFactor * max_) {
    return State::kMalformed;
  }
  line_.append(piece);
  input.remove_prefix(piece.size());
  if (end == std::string_view::npos) return State::kMore;
  if (!line_.ends_with("\r\n")) return State::kMalformed;
  line = std::string_view(line_).substr(0, line_.size() - 2);
  if (line.find('\r') != std::string_view::npos) return State::kMalformed;
  return State::kComplete;
}

ChunkedBody::State ChunkedBody::on_size_line(std::string_view line) {
  const std::string_view digits = line.substr(0, line.find(';'));
  std::uint32_t size = 0;
  const char* end = digits.data() + digits.size();
  if (digits.empty() || digits.size() > kMaxSizeDigits ||
      std::from_chars(digits.data(), end, size, 16).ptr != end) {
    return State::kMalformed;
  }
  if (size > max_ - body_.size()) return State::kTooLarge;
  left_ = size;
  part_ = size == 0 ? Part::kTrailer : Part::kData;
  return State::kMore;
}

ChunkedBody::State ChunkedBody::feed(std::string_view& input) {
  while (state_ == State::kMore && !input.empty()) {
    if (part_ == Part::kData) {
      const std::size_t take = std::min(left_, input.size());
      append_wiping(body_, input.substr(0, take));
      input.remove_prefix(take);
      left_ -= take;
      if (left_ == 0) part_ = Part::kDataEnd;
      continue;
    }
    std::string_view line;
    const State got = take_line(input, line);
    if (got == State::kMore) continue;
    if (got == State::kMalformed) return state_ = got;
    if (part_ == Part::kSize) {
      state_ = on_size_line(line);
    } else if (part_ == Part::kDataEnd) {
      if (!line.empty()) return state_ = State::kMalformed;
      part_ = Part::kSize;
    } else if (line.empty()) {
      state_ = State::kComplete;
    }
    line_.clear();
  }
  return state_;
}

}  // namespace berth::ingress
