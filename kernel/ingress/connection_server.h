// Accepts connections and gives each a thread, within the limits; what both listeners stand on.

#pragma once

#include <memory>
#include <thread>

#include "kernel/base/random.h"
#include "kernel/ingress/connection_registry.h"
#include "kernel/ingress/http_exchange.h"
#include "kernel/ingress/stream.h"

namespace berth::ingress {

class ConnectionServer {
 public:
  struct Settings {
    ConnectionLimits limits;
    std::uint32_t max_body_bytes = 0;
    Admission admission;
    decltype(ExchangeRules::check_host) check_host;
    Handler handler;
    BodyLimit body_limit;
  };
  // Starts accepting. `counters` is borrowed and must outlive.
  ConnectionServer(std::unique_ptr<Acceptor> acceptor, Settings settings,
                   IngressCounters& counters);
  // Closes the listening socket first, ends idle connections, lets running requests finish.
  ~ConnectionServer();

 private:
  class Connection;
  struct Threads;
  void accept_loop(const std::stop_token& stop);
  // False when there was no peer to take. Throws when memory or threads ran out; the peer is closed
  // and its place given back then.
  bool accept_one();

  std::unique_ptr<Acceptor> acceptor_;
  IngressCounters& counters_;
  SystemRandom random_;
  ExchangeRules rules_;
  ConnectionRegistry registry_;
  std::unique_ptr<Threads> threads_;
  std::jthread accepting_;  // last: it uses everything above
};

}  // namespace berth::ingress
