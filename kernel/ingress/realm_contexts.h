// The TLS settings of every realm and the choice between them by what the client says first.
//
// Without SNI, or with a name that is no realm of ours, the handshake ends with a fatal alert and
// is counted: there is no default certificate and so no default tenant (R46). A realm may have
// several chains; which one a client gets is said at choose_chain(). The table of realms can be
// exchanged while handshakes run: each goes by the one it found. Thread-safe.

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
#include "kernel/tls/client_hello.h"

namespace berth::ingress {

// What a handshake said of its connection.
struct HandshakeFacts {
  std::string server_name;  // lower-case; empty: none was sent and the door does not ask for one
  std::string owner;        // RealmCertificate::owner of that name
  std::optional<ClientCertificate> client;
  SSL* ssl = nullptr;  // borrowed from the connection's socket
};

struct RealmChain {
  Poco::Net::Context::Ptr context;
  std::uint16_t group = 0;            // TLS number of the key's curve; 0: no curve of ours (RSA)
  std::vector<Bytes> issuer_key_ids;  // of every CA above the server's certificate
};

// The chain whose CA the client names in trusted_ca_keys, else the first whose curve and kind of
// key the client offers, else the first. `chains` is not empty.
const RealmChain& choose_chain(const std::vector<RealmChain>& chains,
                               const tls::ClientHello& hello);

class RealmContexts {
 public:
  // Reads each chain and key and checks them: key belongs to certificate, certificate names the
  // realm, key file closed to group and world. "ingress.certificate" names realm and file.
  static Result<std::unique_ptr<RealmContexts>> load(const std::vector<RealmCertificate>& realms,
                                                     IngressCounters& counters,
                                                     const TlsOptions& options = {});

  // What sockets start a handshake with; it holds no certificate of its own.
  Poco::Net::Context::Ptr entrance() const { return entrance_; }

  // As TlsListener::prepare and served.
  Result<std::function<void()>> prepare(const std::vector<RealmCertificate>& realms);
  std::optional<ServedCertificate> served(const HostName& realm) const;

  // The realm a name stands for: itself, one it had before, or what follows "rsp3-" (SGP.22 v3
  // alias). Tolerates upper case, a trailing dot and, where a Host header is meant, a port. Empty:
  // none of ours.
  std::optional<std::string> realm_of(std::string_view name) const;
  // Both stand for one realm, or both for none.
  bool same_realm(std::string_view left, std::string_view right) const;

  // Of this descriptor's handshake, as far as it came; forget() before the descriptor is closed.
  std::optional<HandshakeFacts> facts(int fd) const;
  void forget(int fd);

 private:
  struct Realm {
    std::string name;
    std::string owner;
    std::vector<RealmChain> chains;
  };
  struct Table {
    std::vector<std::unique_ptr<const Realm>> realms;
    std::map<std::string, const Realm*, std::less<>> by_name;
    const Realm* find(std::string_view name) const;
    bool has(const HostName& name, const std::string& owner) const;
  };
  using TablePtr = std::shared_ptr<const Table>;
  // A handshake that was let in; it counts for its owner at the doorkeeper's.
  struct Entered {
    HandshakeFacts facts;
    TablePtr table;  // kept as long as a connection has a certificate of it
  };

  RealmContexts(IngressCounters& counters, const TlsOptions& options)
      : counters_(counters), options_(options) {}
  Result<TablePtr> make_table(const std::vector<RealmCertificate>& realms);
  Result<void> add(const RealmCertificate& certificate, const Table* before, Table& table);
  Poco::Net::Context::Ptr make_context();
  TablePtr table() const;
  static int on_client_hello(SSL* ssl, int* alert, void* self);
  static int on_client_certificate(X509_STORE_CTX* shown, void* self);
  bool choose(SSL* ssl, const tls::ClientHello& hello, int* alert);
  bool let_in(int fd, Entered entered);
  bool show(SSL* ssl, const RealmChain& chain) const;

  IngressCounters& counters_;
  const TlsOptions options_;
  Poco::Net::Context::Ptr entrance_;
  mutable std::mutex mutex_;
  TablePtr table_;
  std::map<int, Entered> entered_;  // by descriptor
};

}  // namespace berth::ingress
