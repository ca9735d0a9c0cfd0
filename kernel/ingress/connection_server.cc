#include "kernel/ingress/connection_server.h"

#include <Poco/Runnable.h>
#include <Poco/ThreadPool.h>
#include <pthread.h>
#include <signal.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <typeinfo>

namespace berth::ingress {
namespace {

constexpr int kMinThreads = 2;
constexpr int kThreadIdleSeconds = 10;
// After a failed accept (out of descriptors, memory or threads), so that the loop does not spin.
constexpr std::chrono::milliseconds kAcceptPause{20};

// OpenSSL writes with write(2), so a peer that left would otherwise end the process.
void block_sigpipe() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

struct ConnectionServer::Threads {
  explicit Threads(std::uint32_t max_connections)
      : pool("ingress", kMinThreads, static_cast<int>(max_connections) + kMinThreads,
             kThreadIdleSeconds) {}
  Poco::ThreadPool pool;
};

// Owns one stream and its place in the registry; deletes itself when its thread is done with it.
class ConnectionServer::Connection final : public Poco::Runnable {
 public:
  Connection(ConnectionServer& server, std::unique_ptr<Stream> stream)
      : server_(server), stream_(std::move(stream)) {}
  ~Connection() override {
    // The registry may shut the descriptor down until it is told; only then is the stream closed.
    if (id_ != 0) server_.registry_.leave(id_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // False: over a limit, or stopping.
  bool enter() {
    id_ = server_.registry_.enter(stream_->fd(), stream_->peer_address());
    return id_ != 0;
  }

  void run() override {
    const std::unique_ptr<Connection> self(this);
    block_sigpipe();
    try {
      if (!stream_->open()) return;
      HttpExchange(*stream_, server_.registry_, id_, server_.rules_).run();
    } catch (const std::exception& e) {  // no memory for an answer: this connection ends, no other
      spdlog::error("a connection ended early: {}", typeid(e).name());
    }
  }

 private:
  ConnectionServer& server_;
  std::unique_ptr<Stream> stream_;
  ConnectionRegistry::Id id_ = 0;  // 0: not registered
};

ConnectionServer::ConnectionServer(std::unique_ptr<Acceptor> acceptor, Settings settings,
                                   IngressCounters& counters)
    : acceptor_(std::move(acceptor)),
      counters_(counters),
      rules_{settings.max_body_bytes,
             std::move(settings.handler),
             std::move(settings.check_host),
             std::move(settings.admission),
             &counters_,
             &random_,
             std::move(settings.body_limit)},
      registry_(settings.limits),
      threads_(std::make_unique<Threads>(settings.limits.max_connections)),
      accepting_([this](const std::stop_token& stop) { accept_loop(stop); }) {}

ConnectionServer::~ConnectionServer() {
  accepting_.request_stop();
  acceptor_->close();
  accepting_.join();
  acceptor_.reset();
  registry_.stop();
  registry_.wait_until_empty();
  threads_->pool.joinAll();
}

void ConnectionServer::accept_loop(const std::stop_token& stop) {
  block_sigpipe();
  while (!stop.stop_requested()) {
    bool pause = false;
    try {
      pause = !accept_one();
    } catch (...) {  // neither memory nor a thread to be had: the door stays open for later peers
      counters_.refused_connections.fetch_add(1, std::memory_order_relaxed);
      pause = true;
    }
    if (pause && !stop.stop_requested()) std::this_thread::sleep_for(kAcceptPause);
  }
}

bool ConnectionServer::accept_one() {
  std::unique_ptr<Stream> stream = acceptor_->accept();
  if (!stream) return false;
  auto connection = std::make_unique<Connection>(*this, std::move(stream));
  if (!connection->enter()) {
    counters_.refused_connections.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  threads_->pool.start(*connection);
  connection.release();  // run() owns it now
  counters_.accepted.fetch_add(1, std::memory_order_relaxed);
  return true;
}

}  // namespace berth::ingress
