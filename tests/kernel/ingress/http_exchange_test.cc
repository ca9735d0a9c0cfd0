#include "kernel/ingress/http_exchange.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <random>

using namespace berth;
using namespace berth::ingress;
using namespace std::chrono_literals;

namespace {

// A peer that sends its octets in given pieces and then leaves; answers are kept.
class ScriptedStream final : public Stream {
 public:
  ScriptedStream(std::string input, std::size_t piece) : input_(std::move(input)), piece_(piece) {
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds.data()) == 0);
    ::close(fds[1]);  // a peer that left: nothing to wait for after a refusal
    fd_ = fds[0];
  }
  ~ScriptedStream() override { ::close(fd_); }
  bool open() override { return true; }
  std::size_t read(std::span<char> target) override {
    const std::size_t count = std::min({piece_, target.size(), input_.size() - at_});
    input_.copy(target.data(), count, at_);
    at_ += count;
    return count;
  }
  bool write(std::string_view octets) override {
    written.append(octets);
    return true;
  }
  void finish() override {}
  int fd() const override { return fd_; }
  std::string peer_address() const override { return "test"; }
  std::string server_name() const override { return {}; }

  std::string written;

 private:
  std::string input_;
  std::size_t piece_;
  std::size_t at_ = 0;
  int fd_ = -1;
};

struct Served {
  std::string written;
  std::vector<std::string> bodies;  // as the handler saw them
};

Served serve(const std::string& input, std::size_t piece) {
  Served served;
  ConnectionRegistry registry({4, 4, std::chrono::seconds(10), std::chrono::seconds(10)});
  IngressCounters counters;
  SystemRandom random;
  const ExchangeRules rules{100,
                            [&served](const HttpRequest& request) {
                              served.bodies.push_back(request.body);
                              HttpResponse response;
                              response.body = request.body;
                              return response;
                            },
                            {},
                            first_come(1),
                            &counters,
                            &random};
  ScriptedStream stream(input, piece);
  const auto id = registry.enter(stream.fd(), "test");
  HttpExchange(stream, registry, id, rules).run();
  registry.leave(id);
  served.written = stream.written;
  return served;
}

const std::string kCounted = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
const std::string kChunked =
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nworld\r\n0\r\n\r\n";

}  // namespace

TEST_CASE("of somebody the door does not know no more is read than is said beforehand",
          "[ingress]") {
  std::vector<std::string> bodies;
  std::vector<std::string> asked;
  ConnectionRegistry registry({4, 4, std::chrono::seconds(10), std::chrono::seconds(10)});
  IngressCounters counters;
  SystemRandom random;
  ExchangeRules rules{100,
                      [&bodies](const HttpRequest& request) {
                        bodies.push_back(request.body);
                        return HttpResponse{};
                      },
                      {},
                      first_come(1),
                      &counters,
                      &random,
                      [&asked](const HttpRequest& head) -> std::uint32_t {
                        CHECK(head.body.empty());
                        asked.push_back(head.path);
                        return head.path == "/known" ? 1000 : 10;
                      }};
  const auto status = [&](const std::string& path, const std::string& rest) {
    ScriptedStream stream("POST " + path + " HTTP/1.1\r\nHost: a\r\n" + rest, 7);
    const auto id = registry.enter(stream.fd(), "test");
    HttpExchange(stream, registry, id, rules).run();
    registry.leave(id);
    return stream.written.substr(0, 12);
  };
  const std::string chunked = "Transfer-Encoding: chunked\r\n\r\n";
  CHECK(status("/x", "Content-Length: 10\r\n\r\n0123456789") == "HTTP/1.1 200");
  CHECK(status("/x", "Content-Length: 11\r\n\r\n01234567890") == "HTTP/1.1 413");
  CHECK(status("/x", chunked + "b\r\n01234567890\r\n0\r\n\r\n") == "HTTP/1.1 413");
  CHECK(bodies == std::vector<std::string>{"0123456789"});
  CHECK(status("/known", "Content-Length: 11\r\n\r\n01234567890") == "HTTP/1.1 200");
  CHECK(status("/known", chunked + "b\r\n01234567890\r\n0\r\n\r\n") == "HTTP/1.1 200");
  // The door's own limit stands for everybody.
  CHECK(status("/known", "Content-Length: 101\r\n\r\n") == "HTTP/1.1 413");
  CHECK(asked.size() == 6);
}

TEST_CASE("requests are read the same however the octets are cut", "[ingress]") {
  for (std::size_t piece = 1; piece < 60; ++piece) {
    CAPTURE(piece);
    const Served served = serve(kCounted + kChunked + kCounted, piece);
    CHECK(served.bodies == std::vector<std::string>{"hello", "world", "hello"});
  }
}

TEST_CASE("a body cut anywhere never reaches the handler", "[ingress]") {
  for (const std::string& request : {kCounted, kChunked}) {
    for (std::size_t size = 1; size < request.size(); ++size) {
      CAPTURE(size);
      const Served served = serve(request.substr(0, size), 1000);
      CHECK(served.bodies.empty());
      CHECK(served.written.starts_with("HTTP/1.1 400 "));
    }
  }
}

TEST_CASE("after a refusal nothing more of the connection is read as a request", "[ingress]") {
  const Served served =
      serve("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n" + kCounted, 7);
  CHECK(served.bodies.empty());
  CHECK(served.written.starts_with("HTTP/1.1 413 "));
  CHECK(served.written.find("HTTP/1.1 200") == std::string::npos);
}

TEST_CASE("a handler's place comes back whatever the handler throws", "[ingress]") {
  ConnectionRegistry registry({4, 4, std::chrono::seconds(10), std::chrono::seconds(10)});
  IngressCounters counters;
  SystemRandom random;
  const ExchangeRules rules{100,
                            [](const HttpRequest& request) -> HttpResponse {
                              if (request.body == "hello") throw std::bad_alloc();
                              throw 1;
                            },
                            {},
                            first_come(1),
                            &counters,
                            &random};
  ScriptedStream stream(kCounted + kChunked + kCounted, 1000);
  const auto id = registry.enter(stream.fd(), "test");
  HttpExchange(stream, registry, id, rules).run();
  registry.leave(id);
  CHECK(counters.handler_failures == 3);
  CHECK(rules.admission({}, 0s));  // it is free again
}

TEST_CASE("mutated conversations never crash and never exceed the body limit", "[ingress]") {
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::string input = kCounted + kChunked;
    for (int i = 0; i < 3; ++i) input[random() % input.size()] = static_cast<char>(random());
    for (const std::string& body : serve(input, random() % 50 + 1).bodies) {
      CHECK(body.size() <= 100);
    }
  }
}
