// The host's end of the socket to one plugin process: many calls at once over one connection.
//
// The process is a hostile peer. A frame that is none, an answer to no call, a second question of a
// call whose first is open: the connection ends, and with it every call in flight. Whoever owns the
// channel then ends the process.
//
// Thread-safe. One thread reads (read_until_end), any others call.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "kernel/wire/messages.h"

namespace berth::isolation {

// Answers what the plugin asks of a call's streams and callbacks, on the calling thread. False: the
// question makes no sense, which ends the connection.
using AskHandler = std::function<bool(const wire::Ask&, wire::AskAnswer&)>;

class Channel {
 public:
  // What belongs to no call, on the reading thread. False ends the connection.
  using Aside = std::function<bool(Channel&, const wire::Frame&)>;

  struct Trip {
    wire::CallHead head = {};
    ByteView arguments = {};
    const AskHandler* ask = nullptr;  // null: the call has no streams
    // Of the host's own berth_op.
    std::function<bool()> cancelled = {};
    // How long an answer may take after the call was cancelled or its time has passed.
    std::chrono::milliseconds grace{};
  };
  enum class Outcome : std::uint8_t { kAnswered = 1, kTooLarge, kLost, kOverran };

  // Takes over the socket.
  Channel(int socket, Aside aside);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Sends, waits, and serves what is asked meanwhile. kOverran: neither the deadline nor a
  // cancellation made it answer; the connection has been ended.
  Outcome call(const Trip& trip, wire::Octets& answer);
  // Without an answer. False when the connection has ended.
  bool post(const wire::Octets& frame);

  // Until the peer closes, breaks the rules, or end() is called; then every call in flight is lost.
  void read_until_end();
  // From any thread: no call gets through any more.
  void end();
  bool ended() const;
  // It was ended because a call did not end.
  bool overran() const;

 private:
  struct InFlight {
    std::condition_variable arrived;
    std::optional<wire::Frame> frame;  // an answer or one question
    bool asked = false;                // a question is being answered
  };

  // False: it breaks the rules.
  bool deliver(wire::Frame&& frame);
  static std::optional<wire::Frame> take(InFlight& call);
  // Waits for the next frame of a call; none: lost or overran.
  std::optional<wire::Frame> next(std::uint64_t id, InFlight& call, const Trip& trip,
                                  std::chrono::steady_clock::time_point deadline,
                                  std::optional<std::chrono::steady_clock::time_point>& kill_at);
  bool answer_question(std::uint64_t id, InFlight& call, const Trip& trip,
                       const wire::Frame& frame);

  const int socket_;
  const Aside aside_;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, InFlight*> in_flight_;
  std::uint64_t next_id_ = 1;
  bool ended_ = false;
  bool overran_ = false;
  std::mutex sending_;
};

}  // namespace berth::isolation
