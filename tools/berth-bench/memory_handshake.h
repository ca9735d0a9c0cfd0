// A TLS 1.3 handshake between two halves in one thread, through memory: what the server's half
// costs OpenSSL, without sockets.

#pragma once

#include <openssl/ssl.h>

#include <memory>

namespace berth::bench {

// CPU time of the calling thread so far, in microseconds.
double thread_cpu_us();

class MemoryHandshake {
 public:
  MemoryHandshake();  // a P-256 key and certificate of its own
  // One handshake with ECDHE over P-256 and an ECDSA certificate, no resumption; microseconds of
  // the server's half. Throws when it fails.
  double server_cpu_us();

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> server_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> client_;
};

}  // namespace berth::bench
