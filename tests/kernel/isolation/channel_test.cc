// Goal: a process that breaks the rules of the wire ends its own connection, and nothing else.

#include "kernel/isolation/channel.h"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

namespace {

using namespace berth;             // NOLINT
using namespace berth::isolation;  // NOLINT
using namespace berth::wire;       // NOLINT
using namespace std::chrono_literals;

// A channel whose other end a test holds.
struct Pair {
  Pair() {
    int ends[2] = {-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    peer = ends[1];
    channel = std::make_unique<Channel>(
        ends[0], [](Channel&, const Frame& frame) { return frame.type == Type::kLog; });
    reader = std::jthread([this] { channel->read_until_end(); });
  }
  ~Pair() {
    channel->end();
    reader.join();
    ::close(peer);
  }
  // Runs a call whose peer does `behave` with the call's frame.
  template <class Behave>
  Channel::Outcome call(Behave behave, std::int64_t remaining_ns = 60'000'000'000) {
    std::jthread process([&] {
      FrameReader frames(peer, kMaxPayloadFromHost);
      Frame frame;
      if (frames.read(frame) == FrameReader::Got::kFrame) behave(frames, frame);
    });
    Channel::Trip trip;
    trip.head.slot = 7;
    trip.head.remaining_ns = remaining_ns;
    trip.grace = 100ms;
    const AskHandler handler = [this](const Ask& ask, AskAnswer& reply) {
      ++asked;
      if (while_answering) while_answering();
      reply.octets = ask.octets;
      return ask.stream == 0;
    };
    trip.ask = &handler;
    return channel->call(trip, answer);
  }
  void say(const Octets& frame) const { static_cast<void>(send_all(peer, frame)); }

  int peer = -1;
  std::unique_ptr<Channel> channel;
  std::jthread reader;
  Octets answer;
  int asked = 0;
  std::function<void()> while_answering;
};

Octets answer_frame(std::uint64_t id) {
  return encode_frame(Type::kAnswer, id, AnswerHead{}, as_bytes("rest"));
}
Octets ask_frame(std::uint64_t id, std::uint32_t stream = 0) {
  Ask ask;
  ask.stream = stream;
  ask.octets = to_octets(as_bytes("chunk"));
  return encode_frame(Type::kAsk, id, ask);
}

}  // namespace

TEST_CASE("a call gets its answer after its questions were answered", "[isolation]") {
  Pair pair;
  const auto outcome = pair.call([&](FrameReader& frames, const Frame& call) {
    for (int i = 0; i < 3; ++i) {
      pair.say(ask_frame(call.id));
      Frame reply;
      AskAnswer told;
      if (frames.read(reply) != FrameReader::Got::kFrame || !decode(reply.payload, told)) return;
    }
    pair.say(answer_frame(call.id));
  });
  CHECK(outcome == Channel::Outcome::kAnswered);
  CHECK(pair.asked == 3);
  CHECK_FALSE(pair.channel->ended());
}

TEST_CASE("what breaks the rules ends the connection and every call in flight", "[isolation]") {
  const std::vector<std::function<void(Pair&, const Frame&)>> rules = {
      [](Pair& pair, const Frame& call) { pair.say(answer_frame(call.id + 1)); },
      [](Pair& pair, const Frame& call) { pair.say(ask_frame(call.id + 1)); },
      [](Pair& pair, const Frame& call) { pair.say(ask_frame(call.id, 9)); },
      [](Pair& pair, const Frame& call) {
        pair.while_answering = [&pair, id = call.id] {
          pair.say(ask_frame(id));  // before it has the first answer
          while (!pair.channel->ended()) std::this_thread::yield();
        };
        pair.say(ask_frame(call.id));
      },
      [](Pair& pair, const Frame& call) {
        pair.say(encode_frame(Type::kAsk, call.id, Nothing()));  // no question in it
      },
      [](Pair& pair, const Frame&) { pair.say(to_octets(Bytes(64, 0xFF))); },
      [](Pair& pair, const Frame&) { pair.say(encode_frame(Type::kCall, 1, CallHead())); },
      [](Pair& pair, const Frame&) { ::shutdown(pair.peer, SHUT_RDWR); }};
  for (std::size_t i = 0; i < rules.size(); ++i) {
    INFO("rule " << i);
    Pair pair;
    const auto outcome = pair.call([&](FrameReader& frames, const Frame& call) {
      rules[i](pair, call);
      Frame ignored;
      while (frames.read(ignored) == FrameReader::Got::kFrame) {
      }
    });
    CHECK(outcome == Channel::Outcome::kLost);
    CHECK(pair.channel->ended());
    CHECK(pair.call([](FrameReader&, const Frame&) {}) == Channel::Outcome::kLost);
  }
}

TEST_CASE("a call past its deadline is cancelled, and then given up", "[isolation]") {
  Pair pair;
  bool cancelled = false;
  const auto outcome = pair.call(
      [&](FrameReader& frames, const Frame& call) {
        Frame next;
        cancelled = frames.read(next) == FrameReader::Got::kFrame && next.type == Type::kCancel &&
                    next.id == call.id;
        while (frames.read(next) == FrameReader::Got::kFrame) {
        }
      },
      1'000'000);
  CHECK(cancelled);
  CHECK(outcome == Channel::Outcome::kOverran);
  CHECK(pair.channel->overran());
}

TEST_CASE("a process that only ever asks is given up, too", "[isolation]") {
  Pair pair;
  const auto outcome = pair.call(
      [&](FrameReader& frames, const Frame& call) {
        Frame reply;
        bool heard = true;
        while (heard) {
          pair.say(ask_frame(call.id));
          do {
            heard = frames.read(reply) == FrameReader::Got::kFrame;
          } while (heard && reply.type != Type::kAskAnswer);
        }
      },
      1'000'000);
  CHECK(outcome == Channel::Outcome::kOverran);
}

TEST_CASE("arguments that no frame holds are not sent", "[isolation]") {
  Pair pair;
  Channel::Trip trip;
  const Octets much(kMaxPayloadFromHost);
  trip.arguments = much;
  Octets answer;
  CHECK(pair.channel->call(trip, answer) == Channel::Outcome::kTooLarge);
  CHECK_FALSE(pair.channel->ended());
}
