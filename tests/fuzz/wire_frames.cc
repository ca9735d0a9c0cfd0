// What an isolated plugin's process sends: a stream of frames, in each of them the message that the
// host takes it for. The first octet says where the stream is cut once.

#include "kernel/wire/frame.h"
#include "kernel/wire/messages.h"
#include "kernel/wire/tables.h"
#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {
namespace {

// Whatever is read is written as the same octets.
template <class... M>
void read_as(ByteView octets, M... messages) {
  if (!wire::decode(octets, messages...)) return;
  must_hold(equal(wire::encode(messages...), octets), "one encoding for each message");
}

void read_payload(const wire::Frame& frame) {
  const ByteView payload = frame.payload;
  switch (frame.type) {
    case wire::Type::kAnswer: {
      wire::AnswerHead head;
      wire::Reader reader(payload);
      reader(head);
      if (!reader.good()) return;
      const ByteView rest = reader.rest();
      read_as(rest, wire::Entry());
      read_as(rest, wire::Created());
      read_as(rest, wire::HealthAnswer());
      read_as(rest, wire::Buffer());
      read_as(rest, wire::KeyAnswer());
      read_as(rest, wire::HsmLimits());
      read_as(rest, wire::MechanismsAnswer());
      read_as(rest, wire::KeyInfo());
      read_as(rest, wire::AgreeAnswer());
      read_as(rest, wire::ObjectInfo());
      return;
    }
    case wire::Type::kAsk:
      return read_as(payload, wire::Ask());
    case wire::Type::kLog:
      return read_as(payload, wire::LogLine());
    case wire::Type::kClock:
      return read_as(payload, wire::ClockQuestion());
    default:
      return;
  }
}

// Frames taken out of `octets` until there is no whole one.
std::size_t take_all(ByteView& octets, bool& broken) {
  std::size_t count = 0;
  wire::Frame frame;
  while (const auto got = wire::FrameReader::take(octets, wire::kMaxPayloadFromPlugin, frame)) {
    broken = *got != wire::FrameReader::Got::kFrame;
    if (broken) break;
    must_hold(frame.payload.size() <= wire::kMaxPayloadFromPlugin, "no more than the limit");
    read_payload(frame);
    ++count;
  }
  return count;
}

}  // namespace

void one_input(ByteView input) {
  Choices choices(input);
  const std::size_t cut_at = choices.octet();
  const ByteView stream = choices.rest();
  ByteView whole = stream;
  bool broken = false;
  const std::size_t count = take_all(whole, broken);
  // The same stream, interrupted once, is the same frames.
  const std::size_t cut = std::min(cut_at, stream.size());
  ByteView first = stream.first(cut);
  bool broken_first = false;
  std::size_t in_two = take_all(first, broken_first);
  if (!broken_first) {
    ByteView rest = stream.subspan(cut - first.size());
    in_two += take_all(rest, broken_first);
  }
  must_hold(in_two == count && broken_first == broken, "a cut changes nothing");
}

}  // namespace berth::fuzz
