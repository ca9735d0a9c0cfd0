#include "kernel/egress/tls_connection.h"

#include <signal.h>

#include <array>
#include <catch2/catch.hpp>

#include "tests/kernel/egress/scripted_server.h"
#include "tests/kernel/ingress/test_certificates.h"

namespace {

using namespace berth;          // NOLINT: the tests name nearly everything in it
using namespace berth::egress;  // NOLINT
using namespace std::chrono_literals;
using egress::test::ScriptedServer;

Deadline in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

// A client that believes every server: what is tested here is the connection.
struct Context {
  SSL_CTX* value = SSL_CTX_new(TLS_client_method());
  ~Context() { SSL_CTX_free(value); }
};

std::atomic<int> pipe_signals{0};

}  // namespace

TEST_CASE("where nobody listens or the name is unknown the server is unreachable", "[egress]") {
  const Context context;
  std::uint16_t port = 0;
  {
    ScriptedServer gone({}, nullptr);
    port = gone.port();
  }
  const auto refused = TlsConnection::open(context.value, "127.0.0.1", port, false, in(5s));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().reason() == "egress.unreachable");
  CHECK(refused.error().message() ==
        "127.0.0.1:" + std::to_string(port) + ": cannot connect: Connection refused");
  const auto unknown = TlsConnection::open(context.value, "no-such.invalid", 443, false, in(30s));
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().reason() == "egress.unreachable");
}

TEST_CASE("a deadline that has passed already opens nothing", "[egress]") {
  const Context context;
  ScriptedServer server({}, nullptr);
  const auto late = TlsConnection::open(context.value, "127.0.0.1", server.port(), false, in(-1ms));
  REQUIRE_FALSE(late.ok());
  CHECK(late.error().reason() == "egress.timeout");
}

TEST_CASE("a peer that is no TLS server fails the handshake", "[egress]") {
  const Context context;
  const ingress::test::TemporaryFolder folder;
  // A server without certificate can agree on nothing.
  ScriptedServer server({folder.path() / "none", folder.path() / "none"},
                        [](ScriptedServer&, SSL*) {});
  const auto failed = TlsConnection::open(context.value, "127.0.0.1", server.port(), false, in(5s));
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().reason() == "egress.tls");
}

TEST_CASE("writing to a peer that left is an error and no signal", "[egress]") {
  const Context context;
  const ingress::test::TemporaryFolder folder;
  const auto identity = ingress::test::make_certificate(folder.path(), "s", "localhost");
  struct sigaction count {};
  struct sigaction before {};
  count.sa_handler = [](int) { ++pipe_signals; };
  ::sigaction(SIGPIPE, &count, &before);
  {
    ScriptedServer server(identity, [](ScriptedServer&, SSL*) {});
    auto connection =
        TlsConnection::open(context.value, "127.0.0.1", server.port(), false, in(20s));
    REQUIRE(connection.ok());
    REQUIRE((*connection)->write("x").ok());
    std::array<char, 16> piece;
    const auto nothing = (*connection)->read(piece);  // the server ends without close_notify
    REQUIRE_FALSE(nothing.ok());
    CHECK(nothing.error().reason() == "egress.cut");
    CHECK_FALSE((*connection)->write("y").ok());
  }
  {
    // The peer's socket is closed with our octets unread: the next write meets a dead connection.
    ScriptedServer server(identity, [](ScriptedServer&, SSL* ssl) { SSL_shutdown(ssl); });
    auto connection =
        TlsConnection::open(context.value, "127.0.0.1", server.port(), false, in(20s));
    REQUIRE(connection.ok());
    REQUIRE((*connection)->write("x").ok());
    server.wait();
    bool failed = false;
    for (int i = 0; i < 100 && !failed; ++i) {
      failed = !(*connection)->write(std::string(10'000, 'y')).ok();
    }
    CHECK(failed);
  }
  CHECK(pipe_signals == 0);
  ::sigaction(SIGPIPE, &before, nullptr);
}
