// Reads a chunked body (RFC 9112 §7.1) piece by piece, bounded. Pure, fuzzable.
//
// Strict: sizes of 1..8 hexadecimal digits, CRLF only. Chunk extensions are skipped up to a bound;
// a trailer is read and dropped up to a bound. Memory it gives back was wiped.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace berth::ingress {

class ChunkedBody {
 public:
  enum class State { kMore = 1, kComplete, kTooLarge, kMalformed };

  explicit ChunkedBody(std::size_t max_body_bytes);
  ~ChunkedBody();
  ChunkedBody(const ChunkedBody&) = delete;
  ChunkedBody& operator=(const ChunkedBody&) = delete;

  // Consumes from the front of `input` and appends to body(). Octets behind the end of the body
  // stay in `input`. Once not kMore, further calls change nothing.
  State feed(std::string_view& input);
  std::string& body() { return body_; }  // may be moved from: its memory goes along

 private:
  enum class Part { kSize = 1, kData, kDataEnd, kTrailer };
  State on_size_line(std::string_view line);
  State take_line(std::string_view& input, std::string_view& line);

  std::size_t max_;
  Part part_ = Part::kSize;
  State state_ = State::kMore;
  std::size_t left_ = 0;            // of the current chunk
  std::size_t overhead_bytes_ = 0;  // size lines and trailer so far
  std::string line_;
  std::string body_;
};

}  // namespace berth::ingress
