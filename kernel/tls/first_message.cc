#include "kernel/tls/first_message.h"

#include <algorithm>

#include "kernel/tls/client_hello.h"
#include "kernel/tls/vectors.h"

namespace berth::tls {
namespace {

constexpr std::uint8_t kHandshakeRecord = 22;
constexpr std::uint8_t kMajorVersion = 3;
constexpr std::uint8_t kClientHello = 1;
constexpr std::size_t kMaxRecord = 16 * 1024;
constexpr std::size_t kHandshakeHeader = 4;
constexpr std::size_t kVersionAndRandom = 2 + 32;
constexpr std::size_t kServerName = 0;  // the extension's number

// The body of the extension; an empty optional inside: there is none. nullopt: out of form.
std::optional<std::optional<ByteView>> server_name_of(ByteView hello) {
  if (!take(hello, kVersionAndRandom)) return std::nullopt;
  if (!take(hello, take_number(hello, 1))) return std::nullopt;  // session
  if (!take(hello, take_number(hello, 2))) return std::nullopt;  // cipher suites
  if (!take(hello, take_number(hello, 1))) return std::nullopt;  // compression
  std::optional<ByteView> found;
  if (hello.empty()) return found;
  auto extensions = take(hello, take_number(hello, 2));
  if (!extensions || !hello.empty()) return std::nullopt;
  while (!extensions->empty()) {
    const auto type = take_number(*extensions, 2);
    const auto body = take(*extensions, take_number(*extensions, 2));
    if (!type || !body) return std::nullopt;
    if (*type != kServerName) continue;
    if (found) return std::nullopt;
    found = body;
  }
  return found;
}

}  // namespace

FirstMessage::State FirstMessage::feed(ByteView more) {
  if (more.size() > kMaxFirstMessage - octets_.size()) {
    if (state_ == State::kMore) state_ = State::kTooLarge;
    return state_;
  }
  append(octets_, more);
  if (state_ == State::kMore) state_ = read(more);
  return state_;
}

FirstMessage::State FirstMessage::read(ByteView more) {
  while (!more.empty()) {
    if (record_left_ == 0) {
      header_[header_octets_++] = more.front();
      more = more.subspan(1);
      if (header_octets_ < header_.size()) continue;
      header_octets_ = 0;
      if (const State state = on_record_header(); state != State::kMore) return state;
      continue;
    }
    const ByteView part = more.first(std::min(record_left_, more.size()));
    append(handshake_, part);
    record_left_ -= part.size();
    more = more.subspan(part.size());
    if (const State state = on_handshake(); state != State::kMore) return state;
  }
  return State::kMore;
}

FirstMessage::State FirstMessage::on_record_header() {
  ByteView length = ByteView(header_).last(2);
  record_left_ = *take_number(length, 2);
  const bool fits = header_[0] == kHandshakeRecord && header_[1] == kMajorVersion &&
                    record_left_ > 0 && record_left_ <= kMaxRecord;
  return fits ? State::kMore : State::kMalformed;
}

FirstMessage::State FirstMessage::on_handshake() {
  if (handshake_.front() != kClientHello) return State::kMalformed;
  if (handshake_.size() < kHandshakeHeader) return State::kMore;
  ByteView message = handshake_;
  message = message.subspan(1);
  const std::size_t length = *take_number(message, 3);
  if (length > kMaxFirstMessage) return State::kTooLarge;
  if (message.size() < length) return State::kMore;
  // A client says nothing else before it was answered.
  if (message.size() > length || record_left_ > 0) return State::kMalformed;
  const auto extension = server_name_of(message);
  if (!extension) return State::kMalformed;
  server_name_ = read_client_hello({.server_name = *extension}).server_name;
  return State::kComplete;
}

}  // namespace berth::tls
