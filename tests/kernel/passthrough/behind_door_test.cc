// A listener of a host of ours behind the door: what devices see, and what the host is told.

#include "kernel/ingress/tls_listener.h"
#include "tests/kernel/ingress/test_certificates.h"
#include "tests/kernel/ingress/test_client.h"
#include "tests/kernel/passthrough/door_support.h"

namespace {

using namespace berth;                     // NOLINT: the tests name nearly everything in it
using namespace berth::passthrough;        // NOLINT
using namespace berth::passthrough::test;  // NOLINT
using ingress::test::TestClient;

ingress::HttpResponse tell_peer(const ingress::HttpRequest& request) {
  return {200, "text/plain", request.server_name + " for " + request.peer_address, {}};
}

std::string get(const std::string& host) { return "GET /x HTTP/1.1\r\nHost: " + host + "\r\n\r\n"; }

// The dedicated tenant's host: its own certificate, at its own socket.
struct OwnHost {
  explicit OwnHost(const std::string& listen, const ingress::TlsOptions& options = {}) {
    const auto realm = *HostName::parse(kOwn);
    auto started = ingress::TlsListener::start(
        listen, {{realm, ingress::test::make_certificate(folder.path(), "own", kOwn)}}, {},
        tell_peer, options);
    if (!started) FAIL(started.error().message());
    listener = std::move(*started);
  }
  ingress::test::TemporaryFolder folder;
  std::unique_ptr<ingress::TlsListener> listener;
};

}  // namespace

TEST_CASE("a device shakes hands with its tenant's own host, which knows whose connection it is",
          "[passthrough][R35]") {
  const Behind behind;
  const OwnHost own("unix:" + behind.socket("own").string());
  const auto door = behind.open();
  const auto client = TestClient::connect_tls(door->port(), {kOwn});
  REQUIRE(client);
  CHECK(client->certificate_name() == kOwn);
  client->send(get(kOwn));
  CHECK(ingress::test::body_of(client->read_response()) == std::string(kOwn) + " for 127.0.0.1");
  // Another tenant's name inside a connection of this one's (R46).
  client->send(get(kShared));
  CHECK(ingress::test::status_of(client->read_response()) == 421);
  CHECK(own.listener->counters().refused_proxies == 0);
  CHECK_FALSE(TestClient::connect_tls(door->port(), {"rsp.nobody.example"}));
}

TEST_CASE("more connections than one address may have come through one door", "[passthrough]") {
  const Behind behind;
  const OwnHost own("unix:" + behind.socket("own").string());
  const auto door = behind.open();
  std::vector<std::unique_ptr<TestClient>> clients;
  const tenancy::IngressLimits limits;
  for (std::uint32_t i = 0; i < 20; ++i) {
    clients.push_back(TestClient::connect_tls(door->port(), {kOwn}));
    REQUIRE(clients.back());
  }
  CHECK(own.listener->counters().refused_connections == 0);
}

TEST_CASE("a host behind a door takes nobody's word but the door's", "[passthrough][R35]") {
  const Bytes header =
      tls::write_proxy_header({{false, {192, 0, 2, 7}, 40'000}, {false, {192, 0, 2, 1}, 443}});
  SECTION("the door's address without a header: no handshake") {
    const OwnHost own("127.0.0.1:0", {.proxy_peers = {"127.0.0.1"}});
    CHECK_FALSE(TestClient::connect_tls(own.listener->port(), {kOwn}));
    CHECK(own.listener->counters().refused_proxies == 1);
  }
  SECTION("a header from another address: closed") {
    const OwnHost own("127.0.0.1:0", {.proxy_peers = {"192.0.2.1"}});
    const auto client = TestClient::connect_tcp(own.listener->port());
    REQUIRE(client);
    client->send(as_text(header));
    client->send(as_text(hello(kOwn)));
    CHECK(client->closed_within(std::chrono::seconds(10)));
    CHECK(own.listener->counters().refused_proxies == 1);
  }
  SECTION("a header where none is expected: no handshake") {
    const OwnHost own("127.0.0.1:0");
    const auto client = TestClient::connect_tcp(own.listener->port());
    REQUIRE(client);
    client->send(as_text(header));
    client->send(as_text(hello(kOwn)));
    CHECK(client->closed_within(std::chrono::seconds(10)));
  }
}

TEST_CASE("a host's socket is its group's, and gone with the host", "[passthrough]") {
  const Behind behind;
  const auto path = behind.socket("own");
  {
    const OwnHost own("unix:" + path.string());
    const auto mode = std::filesystem::status(path).permissions();
    CHECK(static_cast<unsigned>(mode) == 0660U);
  }
  CHECK_FALSE(std::filesystem::exists(path));
}
