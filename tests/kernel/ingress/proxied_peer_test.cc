#include "kernel/ingress/proxied_peer.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "kernel/tls/proxy_header.h"

namespace {

using namespace berth;           // NOLINT: the tests name nearly everything in it
using namespace berth::ingress;  // NOLINT

struct Pair {
  Pair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0); }
  ~Pair() {
    for (const int end : ends) ::close(end);
  }
  bool send(ByteView octets) const {
    return ::send(ends[0], octets.data(), octets.size(), 0) == static_cast<ssize_t>(octets.size());
  }
  std::array<int, 2> ends{};
};

Bytes header() {
  return tls::write_proxy_header(
      {{false, {192, 0, 2, 7}, 40'000}, {false, {198, 51, 100, 1}, 443}});
}

}  // namespace

TEST_CASE("the header says whose connection it is and leaves the rest to the handshake",
          "[ingress][R35:part]") {
  const Pair pair;
  Bytes octets = header();
  append(octets, as_bytes("\x16rest"));
  std::atomic<std::size_t> sent{0};  // Catch2 takes assertions of one thread only
  std::jthread slowly([&] {
    for (const std::uint8_t& octet : octets) sent += pair.send({&octet, 1}) ? 1 : 0;
  });
  CHECK(read_proxied_peer(pair.ends[1]) == "192.0.2.7");
  std::array<char, 5> rest{};
  CHECK(::recv(pair.ends[1], rest.data(), rest.size(), MSG_WAITALL) == 5);
  CHECK(std::string(rest.data(), rest.size()) == "\x16rest");
  slowly.join();
  CHECK(sent == octets.size());
}

TEST_CASE("what is no header in form ends the connection", "[ingress]") {
  const Bytes good = header();
  Bytes local = good;
  local[12] = 0x20;
  Bytes bad_fields = good;
  bad_fields[15] = static_cast<std::uint8_t>(bad_fields[15] + 1);
  bad_fields.push_back(4);
  const Bytes inputs[] = {local,
                          bad_fields,
                          Bytes(good.begin(), good.end() - 1),
                          to_bytes(as_bytes("PROXY TCP4 192.0.2.7 198.51.100.1 40000 443\r\n")),
                          {}};
  for (const Bytes& input : inputs) {
    const Pair pair;
    if (!input.empty()) REQUIRE(pair.send(input));
    ::shutdown(pair.ends[0], SHUT_WR);
    CHECK_FALSE(read_proxied_peer(pair.ends[1]).has_value());
  }
}

TEST_CASE("the door is known by its address in either spelling, and nobody else is", "[ingress]") {
  const std::vector<std::string> peers = {"192.0.2.1", "2001:db8::1"};
  for (const char* door : {"192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "2001:0db8:0::1"}) {
    CHECK(is_peer(peers, door));
  }
  for (const char* other : {"192.0.2.2", "2001:db8::2", "", "door", "::"}) {
    CHECK_FALSE(is_peer(peers, other));
  }
  CHECK_FALSE(is_peer({"no address"}, "also none"));
}
