// Frames on a stream socket between a host and one isolated plugin process.
//
//   length  u32   octets that follow this field
//   type    u16   Type
//   zero    u16
//   id      u64   the call (or question) that the frame belongs to
//   payload       messages (archive.h)
//
// Neither side trusts the other: a length out of range, an unknown type or a nonzero reserved field
// ends the connection.

#pragma once

#include <cstdint>
#include <optional>

#include "kernel/wire/archive.h"

namespace berth::wire {

enum class Type : std::uint16_t {
  kCall = 1,     // host → plugin: CallHead and the slot's own message
  kAnswer,       // plugin → host: AnswerHead and the slot's own message
  kCancel,       // host → plugin: the caller gave up; no payload
  kAsk,          // plugin → host, during a call: Ask, for one of its streams or callbacks
  kAskAnswer,    // host → plugin: AskAnswer
  kCloseKey,     // host → plugin, no answer: CloseKey
  kLog,          // plugin → host, no answer: LogLine
  kClock,        // plugin → host: ClockQuestion
  kClockAnswer,  // host → plugin: ClockAnswer
};
inline constexpr Type kLastType = Type::kClockAnswer;

inline constexpr std::size_t kHeaderOctets = 16;
// Of one frame's payload. A batch of usage is the longest thing a host sends; what comes from a
// plugin process is at most a chunk or an answer, and no host keeps more for it.
inline constexpr std::size_t kMaxPayloadFromHost = std::size_t{8} << 20;
inline constexpr std::size_t kMaxPayloadFromPlugin = std::size_t{128} << 10;
// Of a stream's octets in one frame.
inline constexpr std::size_t kMaxChunk = std::size_t{64} << 10;
// What a slot writes into its caller's buffer at most: a chunk, wrapped.
inline constexpr std::size_t kMaxBuffer = kMaxChunk + 1024;

struct Frame {
  Type type = Type::kCall;
  std::uint64_t id = 0;
  Octets payload = {};
};

// A whole frame, ready to be sent: `head`, then `tail` as encode() made it.
template <class Head>
Octets encode_frame(Type type, std::uint64_t id, const Head& head, ByteView tail = {}) {
  constexpr std::size_t kUsualHead = 256;
  Octets out;
  out.reserve(kHeaderOctets + kUsualHead + tail.size());
  Writer write(out);
  write(std::uint32_t{0}, static_cast<std::uint16_t>(type), std::uint16_t{0}, id, head);
  out.insert(out.end(), tail.begin(), tail.end());
  const std::size_t length = out.size() - sizeof(std::uint32_t);
  for (std::size_t i = 0; i < sizeof(std::uint32_t); ++i) {
    out[i] = static_cast<std::uint8_t>(length >> (8 * i));
  }
  return out;
}
// Whether the peer would take it.
inline bool fits(const Octets& frame, std::size_t max_payload) {
  return frame.size() <= kHeaderOctets + max_payload;
}

// Cuts what arrives into frames. One thread at a time.
class FrameReader {
 public:
  enum class Got : std::uint8_t { kFrame = 1, kEnd, kBroken };

  // Borrows the descriptor of a blocking stream socket.
  FrameReader(int descriptor, std::size_t max_payload)
      : descriptor_(descriptor), max_payload_(max_payload) {}

  // Waits for a whole frame. kEnd: the peer closed, or the connection failed. kBroken: what came is
  // no frame; nothing more can be read.
  Got read(Frame& frame);
  // The same out of octets that are there, without a socket: `octets` is what the peer sent and is
  // shortened by what was taken; empty: no whole frame yet.
  static std::optional<Got> take(ByteView& octets, std::size_t max_payload, Frame& frame);

 private:
  int descriptor_;
  std::size_t max_payload_;
  Octets buffer_ = {};
  std::size_t begin_ = 0;  // of what has arrived and was not taken
  std::size_t end_ = 0;
};

// Sends all of it; false when the peer is gone or takes nothing for as long as the socket's own
// send timeout. Frames of several threads need a lock around it.
bool send_all(int descriptor, ByteView octets);

}  // namespace berth::wire
