// One TLS connection that we make, with one deadline over everything it does. Private to this room.
//
// Used by one thread. Octets written to a peer that left raise no SIGPIPE.

#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "kernel/base/result.h"

struct addrinfo;  // of the system

namespace berth::egress {

using Deadline = std::chrono::steady_clock::time_point;

class TlsConnection {
 public:
  // Resolves, connects and shakes hands. `context` says how the server is verified; its host name
  // is checked where `check_name`. Errors are kUnavailable: "egress.unreachable", "egress.tls",
  // "egress.untrusted", "egress.timeout". Resolving takes what the system's resolver takes.
  static Result<std::unique_ptr<TlsConnection>> open(SSL_CTX* context, const std::string& host,
                                                     std::uint16_t port, bool check_name,
                                                     Deadline deadline);
  ~TlsConnection();
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;

  // "egress.tls" (an alert of the peer), "egress.cut", "egress.timeout".
  Result<void> write(std::string_view octets);
  // Octets read; 0 when the peer ended the connection properly (close_notify).
  Result<std::size_t> read(std::span<char> target);

 private:
  TlsConnection(std::string where, Deadline deadline)
      : where_(std::move(where)), deadline_(deadline) {}
  Result<void> connect(const std::string& host, std::uint16_t port);
  // False: this address does not answer; another may.
  bool connect_to(const addrinfo& address, Deadline until);
  Result<void> shake_hands(SSL_CTX* context, const std::string& host, bool check_name);
  // Waits for what the library waits for; the error when it does not wait or the deadline passed.
  Result<void> wait_or_fail(int outcome);
  Error failure(std::string_view reason, const std::string& cause) const;

  std::string where_;  // "host:port", for messages
  Deadline deadline_;
  int fd_ = -1;
  SSL* ssl_ = nullptr;
};

}  // namespace berth::egress
