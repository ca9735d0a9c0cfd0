// Goal: a stream is cut into frames wherever it is interrupted, and what is no frame ends it.

#include "kernel/wire/frame.h"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "kernel/wire/messages.h"

namespace {

using namespace berth;        // NOLINT
using namespace berth::wire;  // NOLINT
using Got = FrameReader::Got;

struct Sockets {
  Sockets() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0); }
  ~Sockets() {
    ::close(ends[0]);
    if (ends[1] >= 0) ::close(ends[1]);
  }
  void close_sender() {
    ::close(ends[1]);
    ends[1] = -1;
  }
  int ends[2] = {-1, -1};
};

Octets some_frame(std::uint64_t id, std::size_t size) {
  return encode_frame(Type::kAnswer, id, Nothing(), Bytes(size, 7));
}

}  // namespace

TEST_CASE("frames arrive as they were sent, however they are cut", "[wire]") {
  Sockets sockets;
  std::jthread sender([&] {
    const Octets three[] = {some_frame(1, 0), some_frame(2, 100), some_frame(3, 70'000)};
    Octets all;
    for (const Octets& frame : three) all.insert(all.end(), frame.begin(), frame.end());
    for (std::size_t at = 0; at < all.size();) {
      const std::size_t piece = std::min<std::size_t>(at < 300 ? 1 : 9'999, all.size() - at);
      // Catch2 takes assertions of one thread only; what is missing is seen where it is read.
      if (!send_all(sockets.ends[1], ByteView(all).subspan(at, piece))) break;
      at += piece;
    }
    sockets.close_sender();
  });
  FrameReader reader(sockets.ends[0], kMaxPayloadFromPlugin);
  Frame frame;
  for (const auto& [id, size] : {std::pair{1U, 0U}, {2U, 100U}, {3U, 70'000U}}) {
    REQUIRE(reader.read(frame) == Got::kFrame);
    CHECK(frame.type == Type::kAnswer);
    CHECK(frame.id == id);
    CHECK(frame.payload.size() == size);
  }
  CHECK(reader.read(frame) == Got::kEnd);
}

TEST_CASE("what is no frame is told apart from what is not yet one", "[wire]") {
  const Octets good = some_frame(5, 10);
  const auto take = [](Octets octets) {
    Frame frame;
    ByteView view = octets;
    return FrameReader::take(view, 1000, frame);
  };
  CHECK(take(good) == Got::kFrame);
  for (std::size_t length = 0; length < good.size(); ++length) {
    CHECK_FALSE(take({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)}));
  }
  const auto with = [&](std::size_t at, std::uint8_t value) {
    Octets changed = good;
    changed[at] = value;
    return take(changed);
  };
  CHECK(with(0, 3) == Got::kBroken);    // shorter than a header
  CHECK(with(2, 1) == Got::kBroken);    // longer than the limit
  CHECK(with(4, 0) == Got::kBroken);    // no type
  CHECK(with(4, 200) == Got::kBroken);  // an unknown one
  CHECK(with(6, 1) == Got::kBroken);    // reserved
  CHECK(take(some_frame(1, 1000)) == Got::kFrame);
  CHECK(take(some_frame(1, 1001)) == Got::kBroken);
  CHECK(fits(some_frame(1, 1000), 1000));
  CHECK_FALSE(fits(some_frame(1, 1001), 1000));
}

TEST_CASE("sending to a peer that is gone fails", "[wire]") {
  Sockets sockets;
  sockets.close_sender();
  CHECK_FALSE(send_all(sockets.ends[0], some_frame(1, 10)));
}
