#include "tests/kernel/passthrough/door_support.h"

namespace {

using namespace berth;                     // NOLINT: the tests name nearly everything in it
using namespace berth::passthrough;        // NOLINT
using namespace berth::passthrough::test;  // NOLINT

}  // namespace

TEST_CASE("octets go both ways untouched, and each side may end first", "[passthrough]") {
  const Behind behind;
  const Endpoint far(behind.socket("far"));
  const auto door = behind.open();
  const Bytes first = hello(kFar);
  const auto meet = [&] {
    Peer client = knock(*door, kFar);
    Peer server = far.accept();
    CHECK(server.receive(first.size()) == first);
    return std::pair(std::move(client), std::move(server));
  };
  SECTION("the client ends first and still gets its answer") {
    const auto [client, server] = meet();
    client.send("question");
    client.end_writing();
    CHECK(server.text(100) == "question");
    server.send("answer");
    server.end_writing();
    CHECK(client.text(100) == "answer");
  }
  SECTION("the server ends first and still hears the rest") {
    const auto [client, server] = meet();
    server.send("busy");
    server.end_writing();
    CHECK(client.text(100) == "busy");
    client.send("a pity");
    client.end_writing();
    CHECK(server.text(100) == "a pity");
  }
  CHECK(comes_true([&] { return door->counts().open == 0; }));
  CHECK(counts_of(*door, "far").handed_on == 1);
}

TEST_CASE("what one side sends faster than the other reads waits for it", "[passthrough]") {
  const Behind behind;
  const Endpoint far(behind.socket("far"));
  const auto door = behind.open();
  const Peer client = knock(*door, kFar);
  const Peer server = far.accept();
  server.receive(hello(kFar).size());
  Bytes much(4 * 1024 * 1024);
  for (std::size_t i = 0; i < much.size(); ++i) much[i] = static_cast<std::uint8_t>(i * 7 >> 3);
  std::jthread sender([&] {
    server.send(much);
    server.end_writing();
  });
  CHECK(client.receive(much.size() + 1) == much);
}

TEST_CASE("a side that goes away takes the other with it", "[passthrough]") {
  const Behind behind;
  const Endpoint far(behind.socket("far"));
  const auto door = behind.open();
  const Peer client = knock(*door, kFar);
  {
    const Peer server = far.accept();
    server.receive(hello(kFar).size());
  }
  CHECK(client.ended());
  client.send("anybody there?");
  client.send("no");
  CHECK(comes_true([&] { return door->counts().open == 0; }));
}

TEST_CASE("a client has a deadline for its first message", "[passthrough]") {
  Behind behind;
  behind.limits.hello_deadline_ms = 100;
  const auto door = behind.open();
  const Peer silent = knock(*door);
  const Peer slow = knock(*door);
  slow.send(ByteView(hello(kFar)).first(20));
  CHECK(silent.ended());
  CHECK(slow.ended());
  CHECK(comes_true([&] { return door->counts().no_first_message == 2; }));
}

TEST_CASE("a connection that is silent or open for too long ends", "[passthrough]") {
  Behind behind;
  const auto ends = [&behind] {
    const Endpoint far(behind.socket("far"));
    const auto door = behind.open();
    const Peer client = knock(*door, kFar);
    const Peer server = far.accept();
    server.receive(hello(kFar).size());
    std::jthread chatter([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        server.send(".");
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    });
    if (behind.limits.idle_timeout_ms < behind.limits.longest_ms) chatter = {};
    while (!client.ended()) {
    }
    CHECK(comes_true([&] { return door->counts().timed_out == 1; }));
  };
  SECTION("silent") { behind.limits.idle_timeout_ms = 100; }
  SECTION("open") {
    behind.limits.idle_timeout_ms = 60'000;
    behind.limits.longest_ms = 200;
  }
  ends();
}
