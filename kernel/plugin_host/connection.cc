#include "kernel/plugin_host/connection.h"

#include <unistd.h>

namespace berth::plugin_host {

void Connection::give_up() { ::_exit(0); }

wire::Frame Connection::next() {
  for (;;) {
    wire::Frame frame;
    if (reader_.read(frame) != wire::FrameReader::Got::kFrame) give_up();
    switch (frame.type) {
      case wire::Type::kAskAnswer:
        deliver(true, std::move(frame));
        break;
      case wire::Type::kClockAnswer:
        deliver(false, std::move(frame));
        break;
      default:
        return frame;
    }
  }
}

void Connection::send(const wire::Octets& frame) {
  const std::lock_guard lock(sending_);
  if (!wire::send_all(socket_, frame)) give_up();
}

wire::Octets Connection::exchange(bool of_a_call, std::uint64_t id, const wire::Octets& frame) {
  const Key key{of_a_call, id};
  {
    const std::lock_guard lock(mutex_);
    questions_[key].reset();
  }
  send(frame);
  std::unique_lock lock(mutex_);
  answered_.wait(lock, [&] { return questions_.at(key).has_value(); });
  wire::Octets octets = std::move(*questions_.at(key));
  questions_.erase(key);
  return octets;
}

void Connection::deliver(bool of_a_call, wire::Frame&& frame) {
  {
    const std::lock_guard lock(mutex_);
    const auto question = questions_.find({of_a_call, frame.id});
    if (question == questions_.end()) give_up();
    question->second = std::move(frame.payload);
  }
  answered_.notify_all();
}

}  // namespace berth::plugin_host
