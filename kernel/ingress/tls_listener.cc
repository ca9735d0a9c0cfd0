#include "kernel/ingress/tls_listener.h"

#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketImpl.h>
#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "kernel/ingress/connection_server.h"
#include "kernel/ingress/proxied_peer.h"
#include "kernel/ingress/realm_contexts.h"
#include "kernel/ingress/socket_file.h"

namespace berth::ingress {
namespace {

using Poco::Net::SecureServerSocket;
using Poco::Net::SecureStreamSocket;
using Poco::Net::SocketAddress;

constexpr int kBacklog = 512;

constexpr HttpRefusal kBadHost{400, "ingress.host", "The Host header is not a host name."};
constexpr HttpRefusal kMisdirected{421, "ingress.misdirected",
                                   "The Host header names another realm than the connection."};

constexpr std::string_view kUnix = "unix:";
constexpr mode_t kSocketMode = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP;

bool is_local(const SocketAddress& address) {
  return address.family() == SocketAddress::UNIX_LOCAL;
}
std::string text_of(const SocketAddress& address) {
  return is_local(address) ? "door" : address.host().toString();
}

// A Poco socket is a handle that counts its references: copies share the connection. A Poco
// exception means the peer or the network broke the connection: an end, not an error.
class TlsStream final : public Stream {
 public:
  // `proxied`: it comes from the door and begins with a PROXY header.
  TlsStream(const SecureStreamSocket& socket, RealmContexts& contexts, IngressCounters& counters,
            bool proxied)
      : socket_(socket),
        contexts_(contexts),
        counters_(counters),
        fd_(socket_.impl()->sockfd()),
        proxied_(proxied),
        peer_address_(text_of(socket_.peerAddress())) {}
  ~TlsStream() override { contexts_.forget(fd_); }

  bool open() override {
    if (proxied_ && !learn_peer()) return false;
    try {
      if (socket_.completeHandshake() != 1) return false;
    } catch (const Poco::Exception& e) {
      if (is_missing_certificate(e)) counters_.no_client_certificate.fetch_add(1);
      return false;
    }
    facts_ = contexts_.facts(fd_);
    return facts_.has_value();
  }
  std::size_t read(std::span<char> target) override {
    try {
      const int count = socket_.receiveBytes(target.data(), static_cast<int>(target.size()));
      return count > 0 ? static_cast<std::size_t>(count) : 0;
    } catch (const Poco::Exception&) {
      return 0;
    }
  }
  bool write(std::string_view octets) override {
    constexpr std::size_t kPiece = 64 * 1024;
    try {
      while (!octets.empty()) {
        const std::string_view piece = octets.substr(0, kPiece);
        const int count = socket_.sendBytes(piece.data(), static_cast<int>(piece.size()));
        if (count <= 0) return false;
        octets.remove_prefix(static_cast<std::size_t>(count));
      }
      return true;
    } catch (const Poco::Exception&) {
      return false;
    }
  }
  // Not Poco's, which throws when the peer left first; most do. The socket is closed soon after.
  void finish() override {
    if (facts_ && SSL_shutdown(facts_->ssl) < 0) ERR_clear_error();
  }
  int fd() const override { return fd_; }
  std::string peer_address() const override { return peer_address_; }
  std::string server_name() const override { return facts_ ? facts_->server_name : ""; }
  std::string owner() const override { return facts_ ? facts_->owner : ""; }
  std::optional<ClientCertificate> client() const override {
    return facts_ ? facts_->client : std::nullopt;
  }

 private:
  bool learn_peer() {
    auto peer = read_proxied_peer(fd_);
    if (!peer) counters_.refused_proxies.fetch_add(1, std::memory_order_relaxed);
    peer_address_ = std::move(peer).value_or("door");
    return peer_address_ != "door";
  }
  // Poco keeps the library's error as text only.
  static bool is_missing_certificate(const Poco::Exception& e) {
    const char* reason =
        ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE));
    return reason != nullptr && e.message().find(reason) != std::string::npos;
  }

  SecureStreamSocket socket_;
  RealmContexts& contexts_;
  IngressCounters& counters_;
  int fd_;
  bool proxied_;
  std::string peer_address_;
  std::optional<HandshakeFacts> facts_;
};

class TlsAcceptor final : public Acceptor {
 public:
  // `proxy_peers` as in TlsOptions, borrowed.
  TlsAcceptor(const SecureServerSocket& socket, RealmContexts& contexts, IngressCounters& counters,
              const std::vector<std::string>& proxy_peers)
      : socket_(socket),
        contexts_(contexts),
        counters_(counters),
        proxy_peers_(proxy_peers),
        local_(is_local(socket_.address())) {}
  std::unique_ptr<Stream> accept() override {
    try {
      for (;;) {
        SecureStreamSocket peer(socket_.acceptConnection());
        if (!local_) peer.setNoDelay(true);
        if (local_ || proxy_peers_.empty() || is_peer(proxy_peers_, text_of(peer.peerAddress()))) {
          return std::make_unique<TlsStream>(peer, contexts_, counters_,
                                             local_ || !proxy_peers_.empty());
        }
        counters_.refused_proxies.fetch_add(1, std::memory_order_relaxed);
      }
    } catch (const Poco::Exception&) {
      return nullptr;  // the peer was gone already, descriptors ran out, or close()
    }
  }
  // Wakes accept() and refuses newcomers; the destructor gives the port back.
  void close() override { ::shutdown(socket_.impl()->sockfd(), SHUT_RDWR); }

 private:
  SecureServerSocket socket_;
  RealmContexts& contexts_;
  IngressCounters& counters_;
  const std::vector<std::string>& proxy_peers_;
  const bool local_;
};

class PocoTlsListener final : public TlsListener {
 public:
  void stop() override { server_.reset(); }
  std::uint16_t port() const override { return port_; }
  const IngressCounters& counters() const override { return counters_; }
  Result<std::function<void()>> prepare(const std::vector<RealmCertificate>& realms) override {
    return contexts_->prepare(realms);
  }
  std::optional<ServedCertificate> served(const HostName& realm) const override {
    return contexts_->served(realm);
  }

  Result<void> begin(const std::string& listen, const std::vector<RealmCertificate>& realms,
                     const tenancy::IngressLimits& limits, Handler handler,
                     const TlsOptions& options) {
    BERTH_TRY(contexts, RealmContexts::load(realms, counters_, options));
    contexts_ = std::move(contexts);
    proxy_peers_ = options.proxy_peers;
    std::unique_ptr<Acceptor> acceptor;
    try {
      SecureServerSocket socket(contexts_->entrance());
      if (listen.starts_with(kUnix)) {
        BERTH_TRY_VOID(bind_file(socket, listen.substr(kUnix.size())));
      } else {
        // Not Poco's default, which also sets SO_REUSEPORT: two hosts would share a port silently.
        socket.bind(SocketAddress(listen), true, false);
        port_ = socket.address().port();
      }
      socket.listen(kBacklog);
      acceptor = std::make_unique<TlsAcceptor>(socket, *contexts_, counters_, proxy_peers_);
    } catch (const Poco::Exception& e) {
      return Error(ErrorCode::kUnavailable, "ingress.bind",
                   "cannot listen on " + listen + ": " + e.displayText() +
                       "; is another process using it, or does the port need privileges?");
    }
    ConnectionServer::Settings settings;
    settings.limits = {limits.max_connections, limits.max_connections_per_address,
                       std::chrono::milliseconds(limits.request_deadline_ms),
                       std::chrono::milliseconds(limits.idle_timeout_ms)};
    // One door brings them all, and counts them by address itself.
    if (file_ || !proxy_peers_.empty()) settings.limits.max_per_address = limits.max_connections;
    settings.max_body_bytes = limits.max_body_bytes;
    settings.admission = options.admission ? options.admission : first_come(limits.worker_threads);
    settings.check_host = [this](const std::string& server_name, const std::string& host) {
      return check_host(server_name, host);
    };
    settings.handler = std::move(handler);
    settings.body_limit = options.body_limit;
    server_ =
        std::make_unique<ConnectionServer>(std::move(acceptor), std::move(settings), counters_);
    return {};
  }

 private:
  Result<void> bind_file(SecureServerSocket& socket, const std::string& path) {
    BERTH_TRY_VOID(clear_stale_socket(path));
    socket.bind(SocketAddress(SocketAddress::UNIX_LOCAL, path), false, false);
    file_ = std::make_unique<SocketFile>(path);
    // Nobody can connect before listen(2).
    if (::chmod(path.c_str(), kSocketMode) != 0) {
      return Error(ErrorCode::kUnavailable, "ingress.bind", path + " cannot be given its mode");
    }
    return {};
  }
  std::optional<HttpRefusal> check_host(const std::string& server_name,
                                        const std::string& host) const {
    // Whoever said no name in the handshake may know the door by its address only.
    if (server_name.empty()) return std::nullopt;
    if (!HostName::parse(host)) return kBadHost;
    if (!contexts_->same_realm(host, server_name)) return kMisdirected;
    return std::nullopt;
  }

  IngressCounters counters_;
  std::unique_ptr<RealmContexts> contexts_;
  std::vector<std::string> proxy_peers_;
  std::unique_ptr<SocketFile> file_;
  std::uint16_t port_ = 0;                    // 0: a Unix socket
  std::unique_ptr<ConnectionServer> server_;  // last: its threads use everything above
};

}  // namespace

Result<std::unique_ptr<TlsListener>> TlsListener::start(const std::string& listen,
                                                        const std::vector<RealmCertificate>& realms,
                                                        const tenancy::IngressLimits& limits,
                                                        Handler handler,
                                                        const TlsOptions& options) {
  auto listener = std::make_unique<PocoTlsListener>();
  BERTH_TRY_VOID(listener->begin(listen, realms, limits, std::move(handler), options));
  return std::unique_ptr<TlsListener>(std::move(listener));
}

}  // namespace berth::ingress
