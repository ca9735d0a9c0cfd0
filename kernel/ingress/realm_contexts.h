// The TLS settings of every realm and the choice between them by SNI.
//
// Without SNI, or with a name that is no realm of ours, the handshake ends with a fatal alert and
// is counted: there is no default certificate and so no default tenant (R46). Immutable after load
// except for the names of handshakes under way; thread-safe.

#pragma once

#include <openssl/ssl.h>

#include <Poco/Net/Context.h>

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/result.h"
#include "kernel/ingress/tls_listener.h"

namespace berth::ingress {

class RealmContexts {
 public:
  // Reads each chain and key and checks them: key belongs to certificate, certificate names the
  // realm, key file closed to group and world. "ingress.certificate" names realm and file.
  static Result<std::unique_ptr<RealmContexts>> load(const std::vector<RealmCertificate>& realms,
                                                     IngressCounters& counters);

  // What sockets start a handshake with; it holds no certificate of its own.
  Poco::Net::Context::Ptr entrance() const { return entrance_; }

  // The realm a name stands for: itself, or what follows "rsp3-" (SGP.22 v3 alias of a realm).
  // Tolerates upper case, a trailing dot and, where a Host header is meant, a port.
  const std::string* realm_of(std::string_view name) const;  // borrowed; nullptr: none of ours

  // The SNI seen on this descriptor's handshake; forget() before the descriptor is closed.
  std::string server_name(int fd) const;
  void forget(int fd);

 private:
  explicit RealmContexts(IngressCounters& counters) : counters_(counters) {}
  static int on_server_name(SSL* ssl, int* alert, void* self);
  int choose(SSL* ssl, int* alert);

  IngressCounters& counters_;
  Poco::Net::Context::Ptr entrance_;
  std::map<std::string, Poco::Net::Context::Ptr, std::less<>> by_realm_;
  mutable std::mutex mutex_;
  std::map<int, std::string> names_;  // by descriptor
};

}  // namespace berth::ingress
