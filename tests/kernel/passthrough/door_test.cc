#include "kernel/passthrough/door.h"

#include "tests/kernel/passthrough/door_support.h"

namespace {

using namespace berth;                     // NOLINT: the tests name nearly everything in it
using namespace berth::passthrough;        // NOLINT
using namespace berth::passthrough::test;  // NOLINT

}  // namespace

TEST_CASE("a host of ours is told whose connection it is, then gets the client's own octets",
          "[passthrough][R35]") {
  const Behind behind;
  const Endpoint own(behind.socket("own"));
  const Endpoint shared(behind.socket("shared"));
  const auto door = behind.open();
  const std::pair<const char*, const Endpoint*> hosts[] = {{kOwn, &own}, {kShared, &shared}};
  for (const auto& [name, endpoint] : hosts) {
    const Peer client = knock(*door, name);
    const Peer server = endpoint->accept();
    const auto header = tls::read_proxy_header(server.receive(kV4Header));
    REQUIRE(header);
    CHECK(tls::text_of(header->source) == "127.0.0.1");
    CHECK(header->destination.port == door->port());
    CHECK(server.receive(hello(name).size()) == hello(name));
    server.send("hello");
    CHECK(client.text(5) == "hello");
  }
}

TEST_CASE("a partner's server gets the client's octets and nothing before them",
          "[passthrough][R38:part]") {
  const Behind behind;
  const Endpoint far(behind.socket("far"));
  const auto door = behind.open();
  const Peer client = knock(*door, kFar);
  const Peer server = far.accept();
  CHECK(server.receive(hello(kFar).size()) == hello(kFar));
}

TEST_CASE("a name of nobody's, no name and no TLS are closed and counted", "[passthrough][R46]") {
  const Behind behind;
  const auto door = behind.open();
  for (const char* name : {"rsp.nobody.example", "", "127.0.0.1"}) {
    CHECK(knock(*door, name).ended());
  }
  const Peer plain = knock(*door);
  plain.send("GET / HTTP/1.1\r\nHost: rsp.own.example\r\n\r\n");
  CHECK(plain.ended());
  CHECK(door->counts().unknown_name == 3);
  CHECK(door->counts().no_first_message == 1);
  CHECK(door->tenants().empty());
}

TEST_CASE("an endpoint that is away closes and counts its own connections, no others",
          "[passthrough][R35]") {
  const Behind behind;
  const Endpoint shared(behind.socket("shared"));
  const auto door = behind.open();
  CHECK(knock(*door, kOwn).ended());
  CHECK(knock(*door, kOwn).ended());
  CHECK(counts_of(*door, "own").unreachable == 2);
  const Peer client = knock(*door, kShared);
  const Peer server = shared.accept();
  server.receive(kV4Header);
  CHECK(server.receive(hello(kShared).size()) == hello(kShared));
  CHECK(counts_of(*door, "shared-one").unreachable == 0);

  const Endpoint own(behind.socket("own"));
  const Peer again = knock(*door, kOwn);
  own.accept();
  CHECK(comes_true([&] { return counts_of(*door, "own").handed_on == 1; }));
}

TEST_CASE("connections are limited in all, for an address and for a tenant", "[passthrough]") {
  Behind behind;
  const Endpoint shared(behind.socket("shared"));
  const Endpoint own(behind.socket("own"));
  SECTION("for a tenant, and others still come through") {
    behind.limits.max_connections_per_tenant = 2;
    const auto door = behind.open();
    const Peer first = knock(*door, kOwn);
    const Peer second = knock(*door, kOwn);
    CHECK(comes_true([&] { return counts_of(*door, "own").open == 2; }));
    CHECK(knock(*door, kOwn).ended());
    CHECK(counts_of(*door, "own").over_limit == 1);
    const Peer other = knock(*door, kShared);
    shared.accept();
    { const Peer gone = knock(*door, "rsp.nobody.example"); }
  }
  SECTION("in all, until one leaves") {
    behind.limits.max_connections = 1;
    const auto door = behind.open();
    {
      const Peer first = knock(*door, kOwn);
      const Peer server = own.accept();  // kept: an endpoint that closes frees the place
      CHECK(knock(*door, kShared).ended());
      CHECK(door->counts().over_limit == 1);
    }
    CHECK(comes_true([&] { return door->counts().open == 0; }));
    const Peer next = knock(*door, kShared);
    shared.accept();
  }
  SECTION("for an address") {
    behind.limits.max_connections_per_address = 1;
    const auto door = behind.open();
    const Peer first = knock(*door);
    CHECK(comes_true([&] { return door->counts().open == 1; }));
    CHECK(knock(*door, kShared).ended());
    CHECK(door->counts().over_limit == 1);
  }
}

TEST_CASE("a tenant that moves is found at its new place, and what runs goes on", "[passthrough]") {
  const Behind behind;
  const Endpoint own(behind.socket("own"));
  const Endpoint moved(behind.socket("moved"));
  const auto door = behind.open();
  const Peer before = knock(*door, kOwn);
  const Peer old_place = own.accept();
  old_place.receive(kV4Header + hello(kOwn).size());
  door->change(behind.directory("moved"));
  const Peer after = knock(*door, kOwn);
  moved.accept();
  old_place.send("still here");
  CHECK(before.text(10) == "still here");
}

TEST_CASE("a taken port is refused with its address", "[passthrough]") {
  Behind behind;
  const auto door = behind.open();
  behind.limits.listen = "127.0.0.1:" + std::to_string(door->port());
  const auto second = Door::start(behind.limits, behind.directory());
  REQUIRE_FALSE(second);
  CHECK(second.error().reason() == "passthrough.bind");
  CHECK_THAT(second.error().message(), Catch::Contains(behind.limits.listen));
}
