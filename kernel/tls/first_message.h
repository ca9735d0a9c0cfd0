// The first message of a TLS connection, read without taking part in it: which name is asked for.
//
// For whoever hands connections on by their server name. Octets are kept as they came, for the one
// who takes part. Bounded, strict where two readers could understand differently (a name given
// twice, lengths that do not add up). Pure, fuzzable. Source: RFC 8446 §4.1.2 and §5.1, RFC 6066
// §3.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "kernel/base/bytes.h"

namespace berth::tls {

// Of one connection's first message with its record headers. Real ones take 200 to 2,000 octets.
inline constexpr std::size_t kMaxFirstMessage = 16 * 1024;

class FirstMessage {
 public:
  enum class State : std::uint8_t { kMore = 1, kComplete, kMalformed, kTooLarge };

  // Once not kMore, further octets are kept up to the bound and change nothing else.
  State feed(ByteView more);
  State state() const { return state_; }
  // Everything fed so far, what follows the message too.
  const Bytes& octets() const { return octets_; }
  // Once kComplete: as sent; nullopt when there was none, or none in its form.
  const std::optional<std::string>& server_name() const { return server_name_; }

 private:
  State read(ByteView more);
  State on_record_header();
  State on_handshake();

  State state_ = State::kMore;
  Bytes octets_;
  Bytes handshake_;  // the records' content
  std::array<std::uint8_t, 5> header_{};
  std::size_t header_octets_ = 0;
  std::size_t record_left_ = 0;
  std::optional<std::string> server_name_;
};

}  // namespace berth::tls
