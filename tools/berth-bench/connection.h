// One TLS connection of a device, made to cost the machine as little as a device's half can: plain
// OpenSSL over a blocking socket, a context shared by all connections, no copies.
//
// The server's chain and name are verified, as every device does. Not thread-safe; ClientTls is.

#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "kernel/base/bytes.h"

namespace berth::bench {

// What all connections share: TLS 1.2 or later, P-256 for the key exchange, no resumption.
class ClientTls {
 public:
  explicit ClientTls(ByteView ci_certificate);
  SSL_CTX* context() const { return context_.get(); }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
};

struct Reply {
  int status = 0;
  std::string_view body;  // borrowed until the next post()
  std::chrono::nanoseconds first_byte{0};
  std::chrono::nanoseconds whole{0};
};

class Connection {
 public:
  // Connects to this port of the machine itself and does the handshake. Failures throw, here and in
  // post(): a benchmark in which a request fails has no result.
  Connection(const ClientTls& tls, std::uint16_t port, const std::string& host);
  ~Connection();  // says goodbye as TLS wants it
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // `path` below "/gsma/rsp2/es9plus/". Times count from the moment the request is written.
  Reply post(std::string_view path, std::string_view body);

 private:
  void write(std::string_view octets);
  std::size_t read_some();

  const std::string host_;
  int fd_ = -1;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  std::string request_;
  std::string buffer_;
};

}  // namespace berth::bench
