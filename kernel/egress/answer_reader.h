// Reads one HTTP/1.1 answer from octets as they come, bounded and strict (RFC 9112).
//
// Pure: no I/O. Not thread-safe; one reader an answer.

#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace berth::egress {

inline constexpr std::size_t kMaxAnswerHeadBytes = 16 * 1024;
inline constexpr std::size_t kMaxAnswerBodyBytes = 64 * 1024;

struct HttpsAnswer {
  int status = 0;            // 200..599; 3xx too, nothing is followed
  std::string content_type;  // as sent; empty when absent
  std::string body;
  std::optional<std::chrono::seconds> retry_after = {};  // the form in seconds only (RFC 9110)
};

class AnswerReader {
 public:
  enum class State { kMore = 1, kComplete, kMalformed, kTooLarge };

  // After kComplete, kMalformed and kTooLarge nothing more is fed.
  State feed(std::string_view octets);
  // The server ended the connection properly: a body without length is complete by that.
  State end() const;
  // Once, after kComplete.
  HttpsAnswer take() { return std::move(answer_); }

 private:
  enum class Part {
    kHead = 1,
    kCounted,
    kChunkSize,
    kChunk,
    kChunkEnd,
    kTrailer,
    kUntilEnd,
    kDone
  };

  // Each takes what it can from raw_ and says whether reading can go on (kComplete: this part is).
  State read_part();
  State read_head();
  State read_fields(std::string_view fields);
  bool read_field(std::string_view name, std::string_view value);
  State read_chunk_size();
  State read_trailer();
  State take_body(std::size_t octets);
  std::optional<std::string> take_line(std::size_t max_bytes, State& state);

  HttpsAnswer answer_;
  std::string raw_;  // fed and not yet taken
  Part part_ = Part::kHead;
  std::size_t left_ = 0;           // of the body or chunk
  std::size_t trailer_bytes_ = 0;  // read of the trailer
  bool chunked_ = false;
  std::optional<std::size_t> length_;
};

}  // namespace berth::egress
