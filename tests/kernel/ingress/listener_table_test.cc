// Goal: what a server library is known to get wrong (docs/decisions/own-http-reader.md), one row
// each, shown over real sockets; and after every row the door serves others as before.

#include <sys/resource.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <semaphore>
#include <thread>

#include "kernel/ingress/tls_listener.h"
#include "tests/kernel/ingress/test_certificates.h"
#include "tests/kernel/ingress/test_client.h"

using namespace berth;
using namespace berth::ingress;
using namespace berth::ingress::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kRealm = "rsp.tenant-a.example";

std::string post(const std::string& fields, const std::string& body = "") {
  return "POST /x HTTP/1.1\r\nHost: " + std::string(kRealm) + "\r\n" + fields + "\r\n" + body;
}

struct Door {
  explicit Door(tenancy::IngressLimits limits = {}, TlsOptions options = {}) {
    auto started = TlsListener::start(
        "127.0.0.1:0", {{*HostName::parse(kRealm), make_certificate(folder.path(), "a", kRealm)}},
        limits,
        [this](const HttpRequest& request) {
          const std::lock_guard lock(mutex);
          seen.push_back(request.body);
          HttpResponse response;
          response.body = request.body;
          return response;
        },
        options);
    if (!started) FAIL(started.error().message());
    listener = std::move(*started);
  }
  std::unique_ptr<TestClient> connect() const {
    return TestClient::connect_tls(listener->port(), {kRealm});
  }
  bool serves() const {
    const auto client = connect();
    return client && client->send(post("Content-Length: 2\r\n", "ok")) &&
           status_of(client->read_response()) == 200;
  }

  TemporaryFolder folder;
  std::mutex mutex;
  std::vector<std::string> seen;  // bodies that reached the handler
  std::unique_ptr<TlsListener> listener;
};

struct Row {
  const char* what;
  std::string octets;
  int status;
};

// What two readers could understand differently, or what is too much.
std::vector<Row> rows() {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  return {
      {"Content-Length with Transfer-Encoding",
       post("Content-Length: 3\r\n" + chunked, "0\r\n\r\nGET /y HTTP/1.1\r\n\r\n"), 400},
      {"Transfer-Encoding before Content-Length", post(chunked + "Content-Length: 3\r\n", "abc"),
       400},
      {"Content-Length twice, alike", post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"),
       400},
      {"Content-Length twice, unlike", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abc"),
       400},
      {"Content-Length as a list", post("Content-Length: 3, 3\r\n", "abc"), 400},
      {"Content-Length with a sign", post("Content-Length: +3\r\n", "abc"), 400},
      {"Content-Length beyond any number", post("Content-Length: 18446744073709551619\r\n", "abc"),
       400},
      {"a folded header", post("Content-Length: 3\r\n X: y\r\n", "abc"), 400},
      {"a folded Transfer-Encoding", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), 400},
      {"a space before the colon", post("Content-Length : 3\r\n", "abc"), 400},
      {"bare LF between headers", post("X: y\nContent-Length: 3\r\n", "abc"), 400},
      {"bare CR in a header", post("X: y\rContent-Length: 3\r\n", "abc"), 400},
      {"NUL in a header", post(std::string("X: y\0\r\nContent-Length: 3\r\n", 26), "abc"), 400},
      {"two codings", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400},
      {"chunked twice", post(chunked + chunked, "0\r\n\r\n"), 400},
      {"a chunk size that is no number", post(chunked, "zz\r\nabc\r\n0\r\n\r\n"), 400},
      {"a chunk size with a prefix", post(chunked, "0x3\r\nabc\r\n0\r\n\r\n"), 400},
      {"a negative chunk size", post(chunked, "-1\r\nabc\r\n0\r\n\r\n"), 400},
      {"a chunk size beyond 32 bits", post(chunked, "100000003\r\nabc\r\n0\r\n\r\n"), 400},
      {"a chunk size ended by bare LF", post(chunked, "3\nabc\r\n0\r\n\r\n"), 400},
      {"a chunk longer than its size", post(chunked, "3\r\nabcd\r\n0\r\n\r\n"), 400},
      {"POST without a length", post(""), 411},
      {"two Host headers", post("Host: " + std::string(kRealm) + "\r\nContent-Length: 0\r\n"), 400},
      {"a Host of another realm",
       "POST /x HTTP/1.1\r\nHost: other.example\r\nContent-Length: 0\r\n\r\n", 421},
      {"a body beyond the limit", post("Content-Length: 1001\r\n"), 413},
      {"chunks beyond the limit", post(chunked, "3E9\r\n"), 413},
      {"a head beyond the limit", post("X: " + std::string(kMaxHeadBytes, 'y') + "\r\n"), 431},
      {"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
  };
}

// Descriptors for so many connections, both ends in this process; 0: not to be had here.
std::size_t affordable(std::size_t wanted) {
  constexpr rlim_t kOthers = 128;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_max >= 2 * wanted + kOthers ? wanted : 0;
}

}  // namespace

TEST_CASE("each shape that two readers could take apart differently is refused, and its rest too",
          "[ingress]") {
  tenancy::IngressLimits limits;
  limits.max_body_bytes = 1000;
  Door door(limits);
  std::uint64_t refused = 0;
  for (const Row& row : rows()) {
    INFO(row.what);
    const auto client = door.connect();
    REQUIRE(client);
    // A second request behind it must never be read as one.
    client->send(row.octets + post("Content-Length: 8\r\n", "smuggled"));
    CHECK(status_of(client->read_response()) == row.status);
    CHECK(client->closed_within(5s));
    CHECK(door.listener->counters().refused_requests == ++refused);
  }
  CHECK(door.seen.empty());
  CHECK(door.serves());
}

TEST_CASE("certificates are exchanged under connections that stand, for handshakes to come",
          "[ingress]") {
  Door door;
  const auto before = door.listener->served(*HostName::parse(kRealm));
  REQUIRE(before);
  const auto standing = door.connect();
  REQUIRE(standing);
  const auto bad = make_certificate(door.folder.path(), "b", "rsp.other.example");
  const auto refused = door.listener->prepare({{*HostName::parse(kRealm), bad}});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().reason() == "ingress.certificate");
  CHECK(door.listener->served(*HostName::parse(kRealm))->sha256 == before->sha256);
  const auto next = make_certificate(door.folder.path(), "c", kRealm, "secp384r1");
  {
    const auto take_up = door.listener->prepare({{*HostName::parse(kRealm), next}});
    REQUIRE(take_up.ok());
    CHECK(door.listener->served(*HostName::parse(kRealm))->sha256 == before->sha256);
    (*take_up)();
  }
  CHECK(door.listener->served(*HostName::parse(kRealm))->sha256 != before->sha256);
  CHECK_FALSE(door.listener->served(*HostName::parse("rsp.other.example")));
  standing->send(post("Content-Length: 2\r\n", "ok"));
  CHECK(status_of(standing->read_response()) == 200);
  const auto fresh = door.connect();
  REQUIRE(fresh);
  X509* shown = SSL_get1_peer_certificate(fresh->ssl());
  CHECK(EVP_PKEY_get_bits(X509_get0_pubkey(shown)) == 384);
  X509_free(shown);
  // Exchanged while handshakes run: each gets one or the other, whole.
  const auto first = make_certificate(door.folder.path(), "d", kRealm);
  std::atomic<bool> over{false};
  std::jthread exchanging([&] {
    for (int i = 0; !over; ++i) {
      const auto turn = door.listener->prepare({{*HostName::parse(kRealm), i % 2 ? first : next}});
      if (turn) (*turn)();
    }
  });
  for (int i = 0; i < 20; ++i) CHECK(door.serves());
  over = true;
}

TEST_CASE("over a limit of its tenant a realm's connection ends at the ClientHello, counted",
          "[ingress][R121:part]") {
  std::atomic<int> inside{0};
  std::atomic<int> room{2};
  TlsOptions options;
  options.doorkeeper.enter = [&](const std::string& realm) {
    if (realm != kRealm || inside >= room) return false;
    ++inside;
    return true;
  };
  options.doorkeeper.leave = [&](const std::string& realm) { inside -= realm == kRealm ? 1 : 100; };
  {
    Door door({}, options);
    auto first = door.connect();
    auto second = door.connect();
    REQUIRE(second);
    CHECK_FALSE(door.connect());
    CHECK(door.listener->counters().refused_at_hello == 1);
    CHECK(door.listener->counters().unknown_server_name == 0);
    // An unknown name is nobody's connection.
    CHECK_FALSE(TestClient::connect_tls(door.listener->port(), {"rsp.other.example"}));
    CHECK(inside == 2);
    first.reset();
    for (int i = 0; i < 500 && inside > 1; ++i) std::this_thread::sleep_for(10ms);
    CHECK(door.serves());
    for (int i = 0; i < 500 && inside > 1; ++i) std::this_thread::sleep_for(10ms);
    // A group the client had not guessed makes it say hello twice; it is counted once.
    room = 100;
    const int before = inside;
    const auto twice = TestClient::connect_tls(
        door.listener->port(),
        {.server_name = kRealm, .max_protocol = TLS1_3_VERSION, .groups = "P-521:P-256"});
    CHECK(twice);
    CHECK(inside == before + 1);
  }
  CHECK(inside == 0);
}

TEST_CASE("an admission's refusal costs no handler, and the connection goes on",
          "[ingress][R126]") {
  TlsOptions options;
  std::atomic<bool> open{false};
  options.admission = [&open, all = first_come(4)](
                          const HttpRequest& request,
                          auto wait) -> Result<FairSlots::Slot, HttpRefusal> {
    if (!open) return HttpRefusal{503, "test.later", "later", 9};
    return all(request, wait);
  };
  Door door({}, options);
  const auto client = door.connect();
  REQUIRE(client);
  client->send(post("Content-Length: 2\r\n", "no"));
  const std::string refused = client->read_response();
  CHECK(status_of(refused) == 503);
  CHECK(refused.find("Retry-After: 9\r\n") != std::string::npos);
  CHECK(door.seen.empty());
  open = true;
  client->send(post("Content-Length: 3\r\n", "yes"));
  CHECK(status_of(client->read_response()) == 200);
  CHECK(door.seen == std::vector<std::string>{"yes"});
}

TEST_CASE("silent peers hold their connections and keep nobody else out", "[ingress][slow]") {
  const std::size_t silent = affordable(400);
  if (silent == 0) {
    WARN("SKIPPED: not enough descriptors");
    return;
  }
  tenancy::IngressLimits limits;
  limits.max_connections = static_cast<std::uint32_t>(silent + 8);
  limits.max_connections_per_address = limits.max_connections;
  limits.request_deadline_ms = 60'000;
  limits.worker_threads = 2;
  Door door(limits);
  std::vector<std::unique_ptr<TestClient>> held;
  for (std::size_t i = 0; i < silent; ++i) {
    // Half of them never begin their handshake.
    auto one = i % 2 == 0 ? TestClient::connect_tcp(door.listener->port()) : door.connect();
    REQUIRE(one);
    held.push_back(std::move(one));
  }
  CHECK(door.serves());
  // A burst beyond the limit is closed and counted, and those inside stay.
  for (int i = 0; i < 20; ++i) {
    held.push_back(TestClient::connect_tcp(door.listener->port()));
  }
  for (int i = 0; i < 500 && door.listener->counters().refused_connections < 12; ++i) {
    std::this_thread::sleep_for(10ms);
  }
  CHECK(door.listener->counters().refused_connections >= 12);
  held[1]->send(post("Content-Length: 2\r\n", "ok"));
  CHECK(status_of(held[1]->read_response()) == 200);
}
