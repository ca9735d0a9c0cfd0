// A TLS server for one connection that answers with exactly the octets a test wants, as slowly as
// it wants, or breaks off.

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
  // `script` runs after the handshake with the request's first octets read. Without it the server
  // accepts TCP and says nothing at all.
  using Script = std::function<void(ScriptedServer& server, SSL* ssl)>;
  ScriptedServer(const tenancy::TlsIdentity& identity, Script script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const { return port_; }
  bool stopping() const { return stopping_; }
  const std::string& request() const { return request_; }  // after stop
  void wait();                                             // until the script has ended

 private:
  void serve(const tenancy::TlsIdentity& identity, const Script& script);

  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::string request_;
  std::thread thread_;
};

// A script that sends these octets and ends properly.
ScriptedServer::Script answer(std::string octets);

}  // namespace berth::egress::test
