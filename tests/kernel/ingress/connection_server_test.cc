#include "kernel/ingress/connection_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <new>
#include <queue>

using namespace berth;
using namespace berth::ingress;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kAsk = "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

// One end of a socket pair; `lets_in` is how its handshake ends.
class PairStream final : public Stream {
 public:
  PairStream(int fd, std::string address, bool lets_in)
      : fd_(fd), address_(std::move(address)), lets_in_(lets_in) {}
  ~PairStream() override { ::close(fd_); }
  bool open() override { return lets_in_; }
  std::size_t read(std::span<char> target) override {
    const ssize_t got = ::recv(fd_, target.data(), target.size(), 0);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  bool write(std::string_view octets) override {
    return ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(octets.size());
  }
  void finish() override {}
  int fd() const override { return fd_; }
  std::string peer_address() const override { return address_; }
  std::string server_name() const override { return {}; }

 private:
  int fd_;
  std::string address_;
  bool lets_in_;
};

// One whose connection cannot be registered for want of memory.
class UnaffordableStream final : public Stream {
 public:
  bool open() override { return true; }
  std::size_t read(std::span<char>) override { return 0; }
  bool write(std::string_view) override { return true; }
  void finish() override {}
  int fd() const override { return -1; }
  std::string peer_address() const override { throw std::bad_alloc(); }
  std::string server_name() const override { return {}; }
};

// Hands out what a test puts in; a null stream is an accept that failed. Throws as often as told.
class ScriptedAcceptor final : public Acceptor {
 public:
  std::unique_ptr<Stream> accept() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || throws_ > 0 || !waiting_.empty(); });
    if (throws_ > 0) {
      --throws_;
      throw std::bad_alloc();
    }
    if (waiting_.empty()) return nullptr;
    std::unique_ptr<Stream> stream = std::move(waiting_.front());
    waiting_.pop();
    return stream;
  }
  void close() override {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  void throw_next(int times) {
    const std::lock_guard lock(mutex_);
    throws_ = times;
    changed_.notify_all();
  }
  void put(std::unique_ptr<Stream> stream) {
    const std::lock_guard lock(mutex_);
    waiting_.push(std::move(stream));
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::queue<std::unique_ptr<Stream>> waiting_;
  int throws_ = 0;
  bool closed_ = false;
};

struct Server {
  explicit Server(ConnectionLimits limits = {8, 8, 10s, 10s}) {
    auto owned = std::make_unique<ScriptedAcceptor>();
    acceptor = owned.get();
    ConnectionServer::Settings settings;
    settings.limits = limits;
    settings.max_body_bytes = 1000;
    settings.admission = first_come(2);
    settings.handler = [](const HttpRequest& request) {
      HttpResponse response;
      response.body = request.path;
      return response;
    };
    server = std::make_unique<ConnectionServer>(std::move(owned), std::move(settings), counters);
  }
  ~Server() {
    for (const int fd : peers) ::close(fd);
  }
  // The peer's end of a new connection, on which it has said `said` already.
  int connect(const std::string& address = "a", bool lets_in = true, std::string_view said = {}) {
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds.data()) == 0);
    peers.push_back(fds[0]);
    REQUIRE(::send(fds[0], said.data(), said.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(said.size()));
    acceptor->put(std::make_unique<PairStream>(fds[1], address, lets_in));
    return fds[0];
  }
  // All the server says until it closes.
  static std::string read_all(int fd) {
    std::string all;
    std::array<char, 512> part{};
    for (ssize_t got = 0; (got = ::recv(fd, part.data(), part.size(), 0)) > 0;) {
      all.append(part.data(), static_cast<std::size_t>(got));
    }
    return all;
  }
  static std::string ask(int fd) {
    REQUIRE(::send(fd, kAsk.data(), kAsk.size(), MSG_NOSIGNAL) > 0);
    return read_all(fd);
  }

  IngressCounters counters;
  ScriptedAcceptor* acceptor = nullptr;  // owned by the server
  std::vector<int> peers;
  std::unique_ptr<ConnectionServer> server;
};

}  // namespace

TEST_CASE("a failed handshake is closed without a word and the next peer is served", "[ingress]") {
  Server server;
  CHECK(Server::read_all(server.connect("a", false, kAsk)).empty());
  CHECK(Server::ask(server.connect()).starts_with("HTTP/1.1 200 "));
  CHECK(server.counters.requests == 1);
}

TEST_CASE("an accept that failed does not end the server", "[ingress]") {
  Server server;
  server.acceptor->put(nullptr);
  server.acceptor->put(nullptr);
  CHECK(Server::ask(server.connect()).starts_with("HTTP/1.1 200 "));
}

TEST_CASE("running out of memory while accepting costs that peer, not the server", "[ingress]") {
  Server server({1, 1, 10s, 10s});
  server.acceptor->throw_next(2);
  server.acceptor->put(std::make_unique<UnaffordableStream>());
  CHECK(Server::ask(server.connect()).starts_with("HTTP/1.1 200 "));
  CHECK(server.counters.refused_connections == 3);
}

TEST_CASE("a connection over a limit is closed and counted, others go on", "[ingress]") {
  Server server({8, 1, 10s, 10s});
  const int first = server.connect("a");
  CHECK(Server::read_all(server.connect("a")).empty());
  CHECK(server.counters.refused_connections == 1);
  CHECK(Server::ask(server.connect("b")).starts_with("HTTP/1.1 200 "));
  CHECK(Server::ask(first).starts_with("HTTP/1.1 200 "));
  CHECK(server.counters.accepted == 2);
}

TEST_CASE("stopping ends connections that only wait", "[ingress]") {
  Server server;
  const int fd = server.connect();
  constexpr std::string_view kStaying = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
  REQUIRE(::send(fd, kStaying.data(), kStaying.size(), MSG_NOSIGNAL) > 0);
  char octet = 0;
  REQUIRE(::recv(fd, &octet, 1, 0) == 1);  // it was answered and now idles
  const auto began = std::chrono::steady_clock::now();
  server.server.reset();
  CHECK(std::chrono::steady_clock::now() - began < 5s);
  Server::read_all(fd);  // returns: the other end is closed
}
