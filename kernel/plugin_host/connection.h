// The process's end of the socket: one thread reads, those that run calls answer and ask.
//
// When the host is gone the process ends at once: nothing it could still say would be heard.

#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>

#include "kernel/wire/messages.h"

namespace berth::plugin_host {

class Connection {
 public:
  explicit Connection(int socket) : socket_(socket) {}

  // The next frame that is no answer to a question of ours; answers are handed to who asked. One
  // thread at a time.
  wire::Frame next();
  void send(const wire::Octets& frame);
  // Asks and waits. The id is the call's for streams, so that only one question of a call is open;
  // for the clock any number that no other thread uses.
  template <class Answer, class Question>
  Answer ask(wire::Type type, std::uint64_t id, const Question& question) {
    Answer answer;
    const wire::Octets octets =
        exchange(type == wire::Type::kAsk, id, wire::encode_frame(type, id, question));
    if (!wire::decode(octets, answer)) give_up();
    return answer;
  }
  [[noreturn]] static void give_up();

 private:
  using Key = std::pair<bool, std::uint64_t>;
  wire::Octets exchange(bool of_a_call, std::uint64_t id, const wire::Octets& frame);
  void deliver(bool of_a_call, wire::Frame&& frame);

  const int socket_;
  wire::FrameReader reader_{socket_, wire::kMaxPayloadFromHost};
  std::mutex sending_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::map<Key, std::optional<wire::Octets>> questions_;
};

}  // namespace berth::plugin_host
