#include "kernel/ingress/tls_listener.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <future>
#include <semaphore>
#include <stdexcept>
#include <thread>

#include "tests/kernel/ingress/test_certificates.h"
#include "tests/kernel/ingress/test_client.h"

using namespace berth;
using namespace berth::ingress;
using namespace berth::ingress::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kRealmA = "rsp.tenant-a.example";
constexpr const char* kRealmB = "rsp.tenant-b.example";

HttpResponse echo(const HttpRequest& request) {
  HttpResponse response;
  response.content_type = "text/plain";
  response.body = request.server_name + "|" + request.path + "|" + request.body;
  return response;
}

std::string post(const std::string& host, const std::string& body, const std::string& more = "") {
  return "POST /x HTTP/1.1\r\nHost: " + host + "\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// A listener with two realms on a free port.
struct Door {
  explicit Door(Handler handler = echo, tenancy::IngressLimits limits = {})
      : realms{{*HostName::parse(kRealmA), make_certificate(folder.path(), "a", kRealmA)},
               {*HostName::parse(kRealmB), make_certificate(folder.path(), "b", kRealmB)}} {
    auto started = TlsListener::start("127.0.0.1:0", realms, limits, std::move(handler));
    if (!started) FAIL(started.error().message());
    listener = std::move(*started);
  }
  std::unique_ptr<TestClient> connect(const std::string& name = kRealmA) const {
    return TestClient::connect_tls(listener->port(), {name});
  }
  std::string ask(const std::string& octets, const std::string& name = kRealmA) const {
    auto client = connect(name);
    REQUIRE(client);
    client->send(octets);
    return client->read_response();
  }
  const IngressCounters& counters() const { return listener->counters(); }

  TemporaryFolder folder;
  std::vector<RealmCertificate> realms;
  std::unique_ptr<TlsListener> listener;
};

}  // namespace

TEST_CASE("each realm shows its own certificate and hands its name to the handler",
          "[ingress][R46][R48]") {
  const Door door;
  for (const std::string realm : {kRealmA, kRealmB}) {
    auto client = door.connect(realm);
    REQUIRE(client);
    CHECK(client->certificate_name() == realm);
    client->send(post(realm, "hello"));
    CHECK(body_of(client->read_response()) == realm + "|/x|hello");
  }
}

TEST_CASE("the rsp3- alias and other spellings of a realm get the realm's certificate",
          "[ingress][R46]") {
  const Door door;
  auto alias = door.connect("rsp3-rsp.tenant-a.example");
  REQUIRE(alias);
  CHECK(alias->certificate_name() == kRealmA);
  alias->send(post("RSP.Tenant-A.example:8443", "x"));
  CHECK(body_of(alias->read_response()) == "rsp3-rsp.tenant-a.example|/x|x");
  auto upper = door.connect("RSP.TENANT-B.EXAMPLE");
  REQUIRE(upper);
  CHECK(upper->certificate_name() == kRealmB);
}

TEST_CASE("without SNI or with a foreign name the handshake ends with an alert and is counted",
          "[ingress][R46]") {
  const Door door;
  const std::vector<std::optional<std::string>> names = {std::nullopt,
                                                         "unknown.example",
                                                         "tenant-a.example",
                                                         "x.rsp.tenant-a.example",
                                                         "127.0.0.1",
                                                         "rsp3-rsp3-rsp.tenant-a.example",
                                                         "rsp.tenant-a.example:443",
                                                         std::string(300, 'a')};
  std::uint64_t expected = 0;
  for (const auto& name : names) {
    for (const int protocol : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      std::string alert;
      CHECK_FALSE(TestClient::connect_tls(door.listener->port(), {name, protocol, ""}, &alert));
      if (!name || name->size() < 256) {  // a longer one never becomes an SNI
        CHECK(alert.find("unrecognized name") != std::string::npos);
      }
      ++expected;
    }
  }
  CHECK(door.counters().unknown_server_name == expected);
  CHECK(door.counters().requests == 0);
}

TEST_CASE("a Host header of another realm is misdirected, none or a bad one is refused",
          "[ingress][R46]") {
  const Door door;
  CHECK(status_of(door.ask(post(kRealmB, "x"))) == 421);
  CHECK(status_of(door.ask(post("unknown.example", "x"))) == 421);
  CHECK(status_of(door.ask(post("a b", "x"))) == 400);
  CHECK(status_of(door.ask("GET / HTTP/1.0\r\n\r\n")) == 400);
  CHECK(door.counters().refused_requests == 4);
  CHECK(door.counters().requests == 0);
}

TEST_CASE("TLS below 1.2 is refused and P-256 is preferred", "[ingress]") {
  const Door door;
  CHECK_FALSE(TestClient::connect_tls(door.listener->port(), {kRealmA, TLS1_1_VERSION, ""}));
  auto client = TestClient::connect_tls(door.listener->port(), {kRealmA, 0, "X25519:P-256"});
  REQUIRE(client);
  CHECK(SSL_get_negotiated_group(client->ssl()) != 0);
  CHECK_FALSE(TestClient::connect_tls(door.listener->port(), {kRealmA, 0, "X448"}));
}

TEST_CASE("oversize bodies are refused before the handler, at the limit they pass", "[ingress]") {
  tenancy::IngressLimits limits;
  limits.max_body_bytes = 1000;
  const Door door(echo, limits);
  CHECK(status_of(door.ask(post(kRealmA, std::string(1000, 'a')))) == 200);
  CHECK(status_of(door.ask(post(kRealmA, std::string(1001, 'a')))) == 413);
  CHECK(status_of(door.ask(post(kRealmA, std::string(200'000, 'a')))) == 413);
  const std::string head = "POST /x HTTP/1.1\r\nHost: " + std::string(kRealmA) +
                           "\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(body_of(door.ask(head + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")).ends_with("|abcde"));
  CHECK(status_of(door.ask(head + "3E9\r\n")) == 413);
  CHECK(status_of(door.ask(head + "zz\r\nabc\r\n0\r\n\r\n")) == 400);
  CHECK(door.counters().requests == 2);
}

TEST_CASE("smuggling shapes and missing lengths are refused on the wire", "[ingress]") {
  const Door door;
  const std::string host = "Host: " + std::string(kRealmA) + "\r\n";
  CHECK(status_of(door.ask("POST /x HTTP/1.1\r\n" + host + "\r\n")) == 411);
  CHECK(status_of(door.ask("POST /x HTTP/1.1\r\n" + host +
                           "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc")) == 400);
  CHECK(status_of(door.ask("POST /x HTTP/1.1\r\n" + host + host + "Content-Length: 0\r\n\r\n")) ==
        400);
  CHECK(status_of(door.ask("GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n")) == 431);
  CHECK(status_of(door.ask("\x16\x03\x01 garbage\r\n\r\n")) == 400);
  CHECK(door.counters().requests == 0);
}

TEST_CASE("a truncated body never reaches the handler", "[ingress]") {
  const Door door;
  {
    auto client = door.connect();
    REQUIRE(client);
    client->send("POST /x HTTP/1.1\r\nHost: " + std::string(kRealmA) +
                 "\r\nContent-Length: 100\r\n\r\nonly this");
    SSL_shutdown(client->ssl());
    CHECK(status_of(client->read_response()) == 400);
  }
  CHECK(door.counters().requests == 0);
}

TEST_CASE("an octet now and then does not hold a thread beyond the deadline", "[ingress][slow]") {
  tenancy::IngressLimits limits;
  limits.request_deadline_ms = 400;
  const Door door(echo, limits);
  SECTION("in the body, and the peer is told") {
    auto client = door.connect();
    REQUIRE(client);
    client->send("POST /x HTTP/1.1\r\nHost: " + std::string(kRealmA) +
                 "\r\nContent-Length: 100\r\n\r\n");
    std::jthread drip([&client](const std::stop_token& stop) {
      for (int i = 0; i < 3 && !stop.stop_requested(); ++i) {
        std::this_thread::sleep_for(100ms);
        client->send("x");
      }
    });
    drip.join();
    CHECK(status_of(client->read_response()) == 408);
    CHECK(client->closed_within(2s));
  }
  SECTION("in the head") {
    auto client = door.connect();
    REQUIRE(client);
    client->send("POST /x HT");
    CHECK(status_of(client->read_response()) == 408);
  }
  SECTION("in the handshake") {
    auto client = TestClient::connect_tcp(door.listener->port());
    REQUIRE(client);
    client->send("\x16\x03\x01");
    CHECK(client->closed_within(3s));
  }
  CHECK(door.counters().requests == 0);
}

TEST_CASE("a peer that does not read its answer is cut off", "[ingress][slow]") {
  tenancy::IngressLimits limits;
  limits.request_deadline_ms = 300;
  std::promise<void> stopped;
  {
    const Door door(
        [](const HttpRequest&) {
          HttpResponse response;
          response.body.assign(64 * 1024 * 1024, 'a');
          return response;
        },
        limits);
    auto client = door.connect();
    REQUIRE(client);
    client->send(post(kRealmA, "x"));
    std::this_thread::sleep_for(1500ms);
    auto other = door.connect();
    CHECK(other);
  }  // the destructor would hang here if the thread were still writing
}

TEST_CASE("connections are refused and counted over the limit of an address", "[ingress]") {
  tenancy::IngressLimits limits;
  limits.max_connections_per_address = 2;
  const Door door(echo, limits);
  auto first = door.connect();
  auto second = door.connect();
  CHECK(first);
  CHECK(second);
  CHECK_FALSE(door.connect());
  CHECK(door.counters().refused_connections == 1);
  first.reset();
  for (int i = 0; i < 100 && !(first = door.connect()); ++i) std::this_thread::sleep_for(20ms);
  CHECK(first);
}

TEST_CASE("what a handler throws becomes 500 without detail", "[ingress]") {
  const Door door(
      [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("secret-4711"); });
  const std::string response = door.ask(post(kRealmA, "x"));
  CHECK(status_of(response) == 500);
  CHECK(response.find("4711") == std::string::npos);
  CHECK(door.counters().handler_failures == 1);
}

TEST_CASE("204 has neither body nor type and the connection goes on", "[ingress]") {
  const Door door([](const HttpRequest& request) {
    HttpResponse response;
    response.status = request.body == "x" ? 204 : 200;
    response.headers = {{"X-Admin-Protocol", "gsma/rsp/v2.5.0"}};
    return response;
  });
  auto client = door.connect();
  REQUIRE(client);
  client->send(post(kRealmA, "x") + post(kRealmA, "y"));  // pipelined
  const std::string first = client->read_response();
  CHECK(status_of(first) == 204);
  CHECK(first.find("Content-") == std::string::npos);
  CHECK(first.find("X-Admin-Protocol: gsma/rsp/v2.5.0") != std::string::npos);
  CHECK(status_of(client->read_response()) == 200);
}

TEST_CASE("Expect: 100-continue is answered before the body comes", "[ingress]") {
  const Door door;
  auto client = door.connect();
  REQUIRE(client);
  client->send("POST /x HTTP/1.1\r\nHost: " + std::string(kRealmA) +
               "\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  CHECK(status_of(client->read_response()) == 100);
  client->send("abc");
  CHECK(body_of(client->read_response()).ends_with("|abc"));
}

TEST_CASE("a resumed session still gets its realm", "[ingress]") {
  const Door door;
  auto first = TestClient::connect_tls(door.listener->port(), {kRealmB, TLS1_2_VERSION, ""});
  REQUIRE(first);
  first->send(post(kRealmB, "x"));
  CHECK(status_of(first->read_response()) == 200);
  CHECK(SSL_SESSION_is_resumable(SSL_get_session(first->ssl())) == 1);
}

TEST_CASE("many clients of two realms at once never see each other's answers", "[ingress]") {
  tenancy::IngressLimits limits;
  limits.worker_threads = 4;
  const Door door(echo, limits);
  std::vector<std::future<int>> clients;
  for (int i = 0; i < 24; ++i) {
    clients.push_back(std::async(std::launch::async, [&door, i] {
      const std::string realm = i % 2 == 0 ? kRealmA : kRealmB;
      auto client = TestClient::connect_tls(door.listener->port(), {realm});
      int right = 0;
      for (int j = 0; client && j < 20; ++j) {
        const std::string body = std::to_string(i) + "-" + std::to_string(j);
        client->send(post(realm, body));
        right += body_of(client->read_response()) == realm + "|/x|" + body ? 1 : 0;
      }
      return right;
    }));
  }
  for (auto& client : clients) CHECK(client.get() == 20);
  CHECK(door.counters().requests == 24 * 20);
}

TEST_CASE("when all workers stay busy a newcomer is told to come back", "[ingress]") {
  tenancy::IngressLimits limits;
  limits.worker_threads = 1;
  limits.request_deadline_ms = 600;
  std::binary_semaphore inside{0};
  std::binary_semaphore leave{0};
  const Door door(
      [&](const HttpRequest& request) {
        if (request.body == "slow") {
          inside.release();
          leave.acquire();
        }
        return echo(request);
      },
      limits);
  auto slow = door.connect();
  REQUIRE(slow);
  slow->send(post(kRealmA, "slow"));
  inside.acquire();
  const std::string response = door.ask(post(kRealmA, "quick"));
  CHECK(status_of(response) == 503);
  CHECK(response.find("Retry-After: ") != std::string::npos);
  leave.release();
  CHECK(status_of(slow->read_response()) == 200);
}

TEST_CASE("stopping while busy finishes the running request and frees the port", "[ingress]") {
  std::binary_semaphore inside{0};
  std::binary_semaphore leave{0};
  Door door([&](const HttpRequest& request) {
    inside.release();
    leave.acquire();
    return echo(request);
  });
  const std::uint16_t port = door.listener->port();
  auto idle = door.connect();
  auto busy = door.connect();
  REQUIRE(busy);
  busy->send(post(kRealmA, "x"));
  inside.acquire();
  std::jthread stopping([&door] { door.listener.reset(); });
  CHECK(idle->closed_within(3s));
  CHECK_FALSE(TestClient::connect_tls(port, {kRealmA}));
  leave.release();
  const std::string response = busy->read_response();
  CHECK(status_of(response) == 200);
  CHECK(response.find("Connection: close") != std::string::npos);
  stopping.join();
  const auto again = TlsListener::start("127.0.0.1:" + std::to_string(port), door.realms, {}, echo);
  CHECK(again.ok());
}

TEST_CASE("certificate trouble is refused at start, naming realm and file", "[ingress]") {
  const TemporaryFolder folder;
  const auto good = make_certificate(folder.path(), "a", kRealmA);
  const auto other = make_certificate(folder.path(), "b", kRealmB);
  const auto start = [](tenancy::TlsIdentity identity) {
    return TlsListener::start("127.0.0.1:0", {{*HostName::parse(kRealmA), std::move(identity)}}, {},
                              echo);
  };
  const auto refused = [&](tenancy::TlsIdentity identity, const std::string& file) {
    const auto listener = start(std::move(identity));
    REQUIRE_FALSE(listener.ok());
    CHECK(listener.error().reason() == "ingress.certificate");
    CHECK(listener.error().message().find(kRealmA) != std::string::npos);
    CHECK(listener.error().message().find(file) != std::string::npos);
  };
  CHECK(start(good).ok());
  refused({good.certificate_chain, other.private_key}, "b.key.pem");  // not its key
  refused(other, "b.pem");                                            // names another realm
  refused({folder.path() / "none.pem", good.private_key}, "none.pem");
  refused({good.private_key, good.private_key}, "a.key.pem");  // no certificate in it
  refused({good.certificate_chain, good.certificate_chain}, "a.pem");
  ::chmod(good.private_key.c_str(), 0640);
  refused(good, "a.key.pem");
}

TEST_CASE("a brainpool certificate is served over TLS 1.2", "[ingress][R22]") {
  const TemporaryFolder folder;
  const auto listener =
      TlsListener::start("127.0.0.1:0",
                         {{*HostName::parse(kRealmA),
                           make_certificate(folder.path(), "a", kRealmA, "brainpoolP256r1")}},
                         {}, echo);
  REQUIRE(listener.ok());
  auto client = TestClient::connect_tls((*listener)->port(),
                                        {kRealmA, TLS1_2_VERSION, "P-256:brainpoolP256r1"});
  REQUIRE(client);
  CHECK(client->certificate_name() == kRealmA);
}

TEST_CASE("a taken port is refused, not shared", "[ingress]") {
  const Door door;
  const std::string taken = "127.0.0.1:" + std::to_string(door.listener->port());
  const auto second = TlsListener::start(taken, door.realms, {}, echo);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().reason() == "ingress.bind");
  CHECK(TlsListener::start("nonsense", door.realms, {}, echo).error().reason() == "ingress.bind");
}

TEST_CASE("a stopped door takes nobody, and what it showed can still be asked", "[ingress]") {
  std::binary_semaphore entered(0);
  TlsListener* shown = nullptr;
  std::optional<ServedCertificate> seen;
  Door door([&](const HttpRequest& request) {
    entered.release();
    // Long enough for stop() to wait for this request.
    std::this_thread::sleep_for(50ms);
    seen = shown->served(*HostName::parse(kRealmA));
    return echo(request);
  });
  shown = door.listener.get();
  auto client = door.connect();
  REQUIRE(client);
  client->send(post(kRealmA, "last"));
  entered.acquire();
  door.listener->stop();
  REQUIRE(seen);
  CHECK(body_of(client->read_response()) == std::string(kRealmA) + "|/x|last");
  CHECK(door.listener->served(*HostName::parse(kRealmA))->sha256 == seen->sha256);
  CHECK(door.counters().requests == 1);
  CHECK_FALSE(door.connect());
}
