#include "kernel/isolation/channel.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>

namespace berth::isolation {
namespace {

using std::chrono::steady_clock;

// A process that takes nothing off its socket for so long does not work any more.
constexpr timeval kSendTimeout{5, 0};
// Between two looks at whether the host has cancelled a call.
constexpr std::chrono::milliseconds kCancelLook{50};
// Of a call without a deadline.
constexpr std::chrono::minutes kLongestCall{10};

}  // namespace

Channel::Channel(int socket, Aside aside) : socket_(socket), aside_(std::move(aside)) {
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &kSendTimeout, sizeof(kSendTimeout));
}

Channel::~Channel() { ::close(socket_); }

bool Channel::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

bool Channel::overran() const {
  const std::lock_guard lock(mutex_);
  return overran_;
}

void Channel::end() {
  const std::lock_guard lock(mutex_);
  if (!ended_) ::shutdown(socket_, SHUT_RDWR);
  ended_ = true;
  for (const auto& [id, call] : in_flight_) call->arrived.notify_all();
}

bool Channel::post(const wire::Octets& frame) {
  {
    const std::lock_guard lock(sending_);
    if (wire::send_all(socket_, frame)) return true;
  }
  end();
  return false;
}

void Channel::read_until_end() {
  wire::FrameReader reader(socket_, wire::kMaxPayloadFromPlugin);
  wire::Frame frame;
  while (reader.read(frame) == wire::FrameReader::Got::kFrame) {
    const bool of_a_call = frame.type == wire::Type::kAnswer || frame.type == wire::Type::kAsk;
    if (!(of_a_call ? deliver(std::move(frame)) : aside_(*this, frame))) break;
  }
  end();
}

bool Channel::deliver(wire::Frame&& frame) {
  const std::lock_guard lock(mutex_);
  const auto call = in_flight_.find(frame.id);
  if (call == in_flight_.end()) return false;
  InFlight& waiting = *call->second;
  if (waiting.frame || waiting.asked) return false;
  waiting.frame = std::move(frame);
  waiting.arrived.notify_one();
  return true;
}

Channel::Outcome Channel::call(const Trip& trip, wire::Octets& answer) {
  InFlight call;
  std::uint64_t id = 0;
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return Outcome::kLost;
    id = next_id_++;
    in_flight_.emplace(id, &call);
  }
  const auto forget = [&](Outcome outcome) {
    const std::lock_guard lock(mutex_);
    in_flight_.erase(id);
    return outcome;
  };
  const wire::Octets frame = wire::encode_frame(wire::Type::kCall, id, trip.head, trip.arguments);
  if (!wire::fits(frame, wire::kMaxPayloadFromHost)) return forget(Outcome::kTooLarge);
  const std::chrono::nanoseconds time(std::clamp<std::int64_t>(
      trip.head.remaining_ns, 0, std::chrono::nanoseconds(kLongestCall).count()));
  const auto deadline = steady_clock::now() + time;
  std::optional<steady_clock::time_point> kill_at;
  if (!post(frame)) return forget(Outcome::kLost);
  for (;;) {
    std::optional<wire::Frame> got = next(id, call, trip, deadline, kill_at);
    if (!got) {
      const bool overran = kill_at && steady_clock::now() >= *kill_at && !ended();
      if (overran) {
        const std::lock_guard lock(mutex_);
        overran_ = true;
      }
      end();
      return forget(overran ? Outcome::kOverran : Outcome::kLost);
    }
    if (got->type == wire::Type::kAnswer) {
      answer = std::move(got->payload);
      return forget(Outcome::kAnswered);
    }
    if (!answer_question(id, call, trip, *got)) {
      end();
      return forget(Outcome::kLost);
    }
  }
}

std::optional<wire::Frame> Channel::take(InFlight& call) {
  std::optional<wire::Frame> frame = std::move(call.frame);
  call.frame.reset();
  return frame;
}

std::optional<wire::Frame> Channel::next(std::uint64_t id, InFlight& call, const Trip& trip,
                                         steady_clock::time_point deadline,
                                         std::optional<steady_clock::time_point>& kill_at) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (call.frame && call.frame->type == wire::Type::kAnswer) return take(call);
    if (ended_) return std::nullopt;
    const auto now = steady_clock::now();
    // Before questions are looked at: a process that only ever asks is ended, too.
    if (kill_at && now >= *kill_at) return std::nullopt;
    if (!kill_at && (now >= deadline || (trip.cancelled && trip.cancelled()))) {
      kill_at = now + trip.grace;
      lock.unlock();
      post(wire::encode_frame(wire::Type::kCancel, id, wire::Nothing()));
      lock.lock();
      continue;
    }
    if (call.frame) {
      call.asked = true;
      return take(call);
    }
    const auto look = now + kCancelLook;
    call.arrived.wait_until(lock, std::min(look, kill_at ? *kill_at : deadline));
  }
}

bool Channel::answer_question(std::uint64_t id, InFlight& call, const Trip& trip,
                              const wire::Frame& frame) {
  wire::Ask ask;
  wire::AskAnswer answer;
  if (trip.ask == nullptr || !wire::decode(frame.payload, ask) || !(*trip.ask)(ask, answer)) {
    return false;
  }
  {
    const std::lock_guard lock(mutex_);
    call.asked = false;  // before the answer: the next question may come with it
  }
  return post(wire::encode_frame(wire::Type::kAskAnswer, id, answer));
}

}  // namespace berth::isolation
