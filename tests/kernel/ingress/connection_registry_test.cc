#include "kernel/ingress/connection_registry.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>

using namespace berth::ingress;
using namespace std::chrono_literals;

namespace {

struct Pair {
  Pair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds.data()) == 0); }
  ~Pair() {
    ::close(fds[0]);
    ::close(fds[1]);
  }
  std::array<int, 2> fds{};
};

}  // namespace

TEST_CASE("connections are capped in all and per address", "[ingress]") {
  ConnectionRegistry registry({3, 2, 10s, 10s});
  Pair pair;
  const auto a1 = registry.enter(pair.fds[0], "a");
  const auto a2 = registry.enter(pair.fds[0], "a");
  CHECK(a1 != 0);
  CHECK(a2 != 0);
  CHECK(registry.enter(pair.fds[0], "a") == 0);
  const auto b = registry.enter(pair.fds[0], "b");
  CHECK(b != 0);
  CHECK(registry.enter(pair.fds[0], "c") == 0);
  registry.leave(a1);
  const auto again = registry.enter(pair.fds[0], "a");
  CHECK(again != 0);
  for (const auto id : {a2, b, again}) registry.leave(id);
}

TEST_CASE("one IPv6 network of 64 bits counts as one address", "[ingress]") {
  CHECK(address_group("2001:db8:1:2::1") == address_group("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  CHECK(address_group("2001:db8:1:2::1") != address_group("2001:db8:1:3::1"));
  CHECK(address_group("fe80::1%eth0") == address_group("fe80::2"));
  CHECK(address_group("::1") == address_group("0:0:0:0:0:0:0:1"));
  ConnectionRegistry registry({9, 2, 10s, 10s});
  Pair pair;
  const auto first = registry.enter(pair.fds[0], "2001:db8:1:2::1");
  const auto second = registry.enter(pair.fds[0], "2001:db8:1:2::2");
  CHECK(registry.enter(pair.fds[0], "2001:db8:1:2:3::") == 0);
  const auto other = registry.enter(pair.fds[0], "2001:db8:1:3::1");
  CHECK(other != 0);
  registry.leave(first);
  const auto again = registry.enter(pair.fds[0], "2001:db8:1:2:4::");
  CHECK(again != 0);
  for (const auto id : {second, other, again}) registry.leave(id);
}

TEST_CASE("an IPv4 address is itself, mapped into IPv6 or not", "[ingress]") {
  CHECK(address_group("192.0.2.1") == "192.0.2.1");
  CHECK(address_group("::ffff:192.0.2.1") == "192.0.2.1");
  CHECK(address_group("::ffff:c000:202") == "192.0.2.2");
  CHECK(address_group("local") == "local");
  CHECK(address_group("1:2:3") == "1:2:3");
  CHECK(address_group("").empty());
}

TEST_CASE("the watchdog wakes a reader at the deadline and cuts the writer after the grace",
          "[ingress]") {
  ConnectionRegistry registry({3, 3, 50ms, 10s});
  Pair pair;
  const auto id = registry.enter(pair.fds[0], "a");
  registry.begin_request(id);
  char octet = 0;
  CHECK(::recv(pair.fds[0], &octet, 1, 0) == 0);  // blocked until the watchdog
  CHECK(registry.expired(id));
  CHECK(::send(pair.fds[0], "x", 1, MSG_NOSIGNAL) == 1);  // a 408 may still be written
  std::this_thread::sleep_for(900ms);
  CHECK(::send(pair.fds[0], "x", 1, MSG_NOSIGNAL) == -1);
  registry.leave(id);
}

TEST_CASE("stopping ends idle connections and refuses newcomers", "[ingress]") {
  ConnectionRegistry registry({3, 3, 10s, 10s});
  Pair idle;
  Pair busy;
  const auto idle_id = registry.enter(idle.fds[0], "a");
  const auto busy_id = registry.enter(busy.fds[0], "a");
  CHECK(registry.begin_idle(idle_id));
  registry.begin_request(busy_id);
  registry.stop();
  char octet = 0;
  CHECK(::recv(idle.fds[0], &octet, 1, 0) == 0);
  CHECK(::recv(busy.fds[0], &octet, 1, MSG_DONTWAIT) == -1);
  CHECK(registry.enter(idle.fds[0], "b") == 0);
  CHECK_FALSE(registry.begin_idle(busy_id));
  registry.leave(idle_id);
  registry.leave(busy_id);
  registry.wait_until_empty();
}
