// Chunked bodies: the pieces they arrive in make no difference.

#include "kernel/ingress/chunked_body.h"

#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {
namespace {

using ingress::ChunkedBody;

struct Read {
  ChunkedBody::State state = ChunkedBody::State::kMore;
  std::string body;
  std::size_t left = 0;
};

Read read(std::string_view wire, std::size_t max, std::size_t piece) {
  ChunkedBody body(max);
  Read result;
  std::size_t at = 0;
  while (at < wire.size() && result.state == ChunkedBody::State::kMore) {
    std::string_view input = wire.substr(at, piece);
    const std::size_t given = input.size();
    result.state = body.feed(input);
    at += given - input.size();
    must_hold(input.empty() || result.state != ChunkedBody::State::kMore, "it reads what it gets");
  }
  must_hold(body.body().size() <= max, "a body stays within its limit");
  result.body = body.body();
  result.left = wire.size() - at;
  return result;
}

}  // namespace

void one_input(ByteView input) {
  Choices choices(input);
  const std::size_t max = choices.below(4096);
  const std::size_t piece = 1 + choices.below(32);
  const std::string_view wire = choices.rest_text();
  const Read whole = read(wire, max, wire.size());
  const Read pieces = read(wire, max, piece);
  must_hold(whole.state == pieces.state, "the verdict is the same in pieces");
  if (whole.state == ChunkedBody::State::kMore) {
    must_hold(whole.left == 0, "what is not complete was read to the end");
  }
  if (whole.state != ChunkedBody::State::kComplete) return;
  must_hold(whole.body == pieces.body && whole.left == pieces.left, "so are body and rest");
}

}  // namespace berth::fuzz
