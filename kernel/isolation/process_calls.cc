// Calls into the process, and what it says besides.

#include <algorithm>
#include <limits>

#include "kernel/isolation/internal_op.h"
#include "kernel/isolation/remote.h"
#include "kernel/isolation/running.h"

namespace berth::isolation {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::int64_t kNoDeadline = std::numeric_limits<std::int64_t>::max();
// What a caller waits at least before it tries again.
constexpr milliseconds kShortestWait{50};

std::int64_t remaining_ns(const berth_host* host, const berth_op* op) {
  if (op->deadline_ns == kNoDeadline) return kNoDeadline;
  return op->deadline_ns - monotonic_ns(host);
}

}  // namespace

berth_status fail(const berth_op* op, berth_status code, std::string_view reason,
                  std::string_view message, milliseconds retry_after) {
  return op->fail(op, code, {reason.data(), reason.size()}, {message.data(), message.size()},
                  static_cast<std::uint32_t>(retry_after.count()));
}

berth_status Process::away(const berth_op* op) const {
  milliseconds wait{};
  std::string trouble;
  {
    const std::lock_guard lock(mutex_);
    wait = std::chrono::duration_cast<milliseconds>(back_at_ - steady_clock::now());
    trouble = trouble_;
  }
  return fail(op, BERTH_UNAVAILABLE, "plugin.process_away",
              "the process of plugin " + options_.name + " is being started again (" + trouble +
                  "); try again later",
              std::max(wait, kShortestWait));
}

berth_status Process::call(const berth_op* op, Request& request, wire::Octets& answer) {
  const std::shared_ptr<Running> running = serving();
  if (!running) return away(op);
  return call_in(*running, op, request, answer);
}

berth_status Process::call_in(Running& running, const berth_op* op, Request& request,
                              wire::Octets& answer) {
  if (request.generation != 0 && request.generation != running.generation) return away(op);
  request.generation = running.generation;
  const berth_host* host = request.remote == nullptr ? module_host_ : request.remote->host;
  Channel::Trip trip;
  trip.head = {static_cast<std::uint32_t>(request.slot),
               request.remote == nullptr ? 0 : request.remote->id,
               text_of(op->request_id),
               text_of(op->idempotency_key),
               op->deadline_ns,
               remaining_ns(host, op),
               op->cancelled(op)};
  trip.arguments = request.arguments;
  trip.ask = request.ask;
  trip.cancelled = [op] { return op->cancelled(op); };
  trip.grace = options_.grace;
  wire::Octets octets;
  switch (running.channel.call(trip, octets)) {
    case Channel::Outcome::kAnswered:
      break;
    case Channel::Outcome::kTooLarge:
      return fail(op, BERTH_INVALID_ARGUMENT, "plugin.call_too_large",
                  "plugin " + options_.name +
                      " runs in a process of its own, and what it was to "
                      "be given is longer than crosses at once");
    case Channel::Outcome::kOverran:
      return fail(op, BERTH_DEADLINE_EXCEEDED, "plugin.process_killed",
                  "plugin " + options_.name + " did not end its call " +
                      std::to_string(options_.grace.count()) +
                      " ms after its deadline, so its process was ended; it is started again",
                  Backoff::kFirst);
    case Channel::Outcome::kLost:
      return fail(op, BERTH_UNAVAILABLE, "plugin.process_died",
                  "the process of plugin " + options_.name +
                      " ended while it was called; it is started again",
                  Backoff::kFirst);
  }
  wire::AnswerHead head;
  wire::Reader reader(octets);
  reader(head);
  if (!reader.good()) return distrust(op, running.generation);
  const ByteView rest = reader.rest();
  answer.assign(rest.begin(), rest.end());
  // Told twice when it was told more often: whoever asked then knows that it misbehaves.
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(head.failures, 2); ++i) {
    static_cast<void>(fail(op, head.story.code, head.story.reason, head.story.message,
                           milliseconds(head.story.retry_after_ms)));
  }
  return head.status;
}

berth_status Process::distrust(const berth_op* op, std::uint64_t generation) {
  if (const auto running = serving(); running && running->generation == generation) {
    running->channel.end();
  }
  return fail(op, BERTH_UNAVAILABLE, "plugin.process_died",
              "the process of plugin " + options_.name +
                  " answered with what is no answer and was ended; it is started again",
              Backoff::kFirst);
}

void Process::close_key(const Remote& remote, std::uint64_t key, std::uint64_t generation) {
  const auto running = serving();
  if (!running || running->generation != generation) return;  // it went with its process
  running->channel.post(
      wire::encode_frame(wire::Type::kCloseKey, 0, wire::CloseKey{remote.id, key}));
}

bool Process::aside(Channel& channel, const wire::Frame& frame) {
  const std::lock_guard lock(remotes_mutex_);
  const auto host_of = [&](std::uint32_t id) -> const berth_host* {
    if (id == 0) return module_host_;
    const auto found = std::find_if(remotes_.begin(), remotes_.end(),
                                    [id](const auto& remote) { return remote->id == id; });
    return found == remotes_.end() ? nullptr : (*found)->host;
  };
  if (frame.type == wire::Type::kLog) {
    wire::LogLine line;
    if (!wire::decode(frame.payload, line)) return false;
    write_log(host_of(line.instance), line);
    return true;
  }
  wire::ClockQuestion question;
  if (frame.type != wire::Type::kClock || !wire::decode(frame.payload, question)) return false;
  const berth_host* host = host_of(question.instance);
  const wire::ClockAnswer answer{question.wall ? unix_ms(host) : monotonic_ns(host)};
  return channel.post(wire::encode_frame(wire::Type::kClockAnswer, frame.id, answer));
}

bool answer_from(berth_source* source, const wire::Ask& ask, wire::AskAnswer& answer) {
  if (source == nullptr || ask.capacity == 0 || ask.capacity > wire::kMaxChunk) return false;
  answer.octets.resize(ask.capacity);
  berth_buf into{answer.octets.data(), answer.octets.size(), 0};
  answer.status = source->read(source, &into);
  answer.octets.resize(answer.status == BERTH_OK ? std::min(into.len, answer.octets.size()) : 0);
  return true;
}

bool answer_from(berth_sink* sink, const wire::Ask& ask, wire::AskAnswer& answer) {
  if (sink == nullptr || ask.octets.size() > wire::kMaxChunk) return false;
  answer.status = sink->write(sink, {ask.octets.data(), ask.octets.size()});
  return true;
}

}  // namespace berth::isolation
