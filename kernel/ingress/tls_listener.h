// The public doors: TLS with certificates per realm, chosen by SNI before any handler runs, and,
// for ES2+, with a certificate of the client's.
//
// A handshake without SNI or for a name that is no realm of ours is closed and counted (R46).
// Limits are enforced before the handler: connections (in all, per address group), body size, one
// deadline per request, request smuggling shapes refused (411, 400, 413). The server library stays
// behind this interface.

#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>

#include "kernel/base/clock.h"
#include "kernel/ingress/admission.h"
#include "kernel/ingress/http.h"
#include "kernel/tenancy/configuration.h"

namespace berth::ingress {

struct RealmCertificate {
  HostName realm;
  tenancy::TlsIdentity identity;
  // For clients that cannot verify the first: other CIs, other curves. Each names the realm.
  std::vector<tenancy::TlsIdentity> alternatives = {};
  // Served with the same certificates. One that a certificate does not name is warned of when the
  // door opens and while it has the name; prepare() refuses to add it.
  std::vector<HostName> former_realms = {};
  // Whose names these are, as the doorkeeper and the handler are told. Empty: the realm's own.
  std::string owner = {};
};

enum class ClientCertificates : std::uint8_t {
  kNone = 1,  // not asked for: an LPA holds none
  // The handshake fails without one. It proves possession of the key and nothing else: no chain,
  // name or date is judged here, the handler knows its clients by HttpRequest::client. Sessions are
  // not resumed, so what it proves is of this handshake.
  kRequired,
};

struct TlsOptions {
  ClientCertificates client_certificates = ClientCertificates::kNone;
  // False: a client without SNI gets the door's certificate, and the door has one realm only.
  bool server_name_required = true;
  // Addresses of the common door, from which alone connections are taken; each begins with a PROXY
  // header. Empty: devices connect themselves. At a Unix socket every peer is the door.
  std::vector<std::string> proxy_peers = {};
  Admission admission = {};  // empty: first_come() of IngressLimits::worker_threads
  Doorkeeper doorkeeper = {};
  BodyLimit body_limit = {};
};

// What a door shows in handshakes now.
struct ServedCertificate {
  std::string realm;
  std::string sha256;  // of the certificate, lower-case hexadecimal
  UnixMs not_after_ms = 0;
};

struct IngressCounters {
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> unknown_server_name{0};
  std::atomic<std::uint64_t> no_client_certificate{0};
  std::atomic<std::uint64_t> refused_connections{0};  // over a limit of the door
  std::atomic<std::uint64_t> refused_at_hello{0};     // over a limit of the realm's tenant
  std::atomic<std::uint64_t> refused_proxies{0};      // not the door, or no PROXY header
  std::atomic<std::uint64_t> refused_requests{0};     // 400, 411, 413, 408, 503
  std::atomic<std::uint64_t> handler_failures{0};     // 500
};

class TlsListener {
 public:
  // `listen` is "address:port"; port 0 picks one. Or "unix:" and a path (mode 0660). Starts serving
  // at once. Errors: "ingress.bind", "ingress.certificate" (naming realm and file).
  static Result<std::unique_ptr<TlsListener>> start(const std::string& listen,
                                                    const std::vector<RealmCertificate>& realms,
                                                    const tenancy::IngressLimits& limits,
                                                    Handler handler,
                                                    const TlsOptions& options = {});
  virtual ~TlsListener() = default;  // stop()
  // Stops accepting, lets running requests finish, joins. What the door shows can still be asked,
  // by those requests too. Once; not on a thread of a request.
  virtual void stop() = 0;
  virtual std::uint16_t port() const = 0;
  // Reads these realms' certificates; what it hands out takes them up, for handshakes to come:
  // connections that stand stay as they are. The realms may be others than before; a name that an
  // owner had and nobody has any more is shown as before, so that the handler can count who comes.
  // "ingress.certificate": one cannot be used. Must not outlive the listener.
  virtual Result<std::function<void()>> prepare(const std::vector<RealmCertificate>& realms) = 0;
  // The first of this realm; none when the door has no such realm.
  virtual std::optional<ServedCertificate> served(const HostName& realm) const = 0;
  virtual const IngressCounters& counters() const = 0;
};

}  // namespace berth::ingress
