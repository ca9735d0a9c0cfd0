// A TLS server, one connection after the other, that answers with exactly the octets a test wants,
// as slowly as it wants, or breaks off.

#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "kernel/tenancy/configuration.h"

namespace berth::egress::test {

class ScriptedServer {
 public:
  enum class Clients { kAnyone = 1, kWithCertificate };
  // `script` runs after the handshake with the request's first octets read. Without it the server
  // accepts TCP and says nothing at all.
  using Script = std::function<void(ScriptedServer& server, SSL* ssl)>;
  ScriptedServer(const tenancy::TlsIdentity& identity, Script script,
                 Clients clients = Clients::kAnyone);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const { return port_; }
  bool stopping() const { return stopping_; }
  const std::string& request() const { return request_; }  // the last one, after wait()
  void wait();  // until the scripts under way have ended; no further connection is served

 private:
  void serve(const tenancy::TlsIdentity& identity, const Script& script);
  void serve_one(int peer, SSL_CTX* context, const Script& script);

  Clients clients_;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::string request_;
  std::thread thread_;
};

// A script that sends these octets and ends properly.
ScriptedServer::Script answer(std::string octets);

}  // namespace berth::egress::test
