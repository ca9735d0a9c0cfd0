#include "kernel/egress/tls_connection.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <system_error>

namespace berth::egress {
namespace {

using std::chrono::steady_clock;

// The TLS library writes with write(2), which raises SIGPIPE for a peer that left. Blocked for this
// thread while in scope; one that came meanwhile is taken back.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoSigpipe() {
    const timespec at_once{0, 0};
    if (!was_pending_) sigtimedwait(&pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

// False when the deadline came first.
bool wait_for(int fd, short events, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd ready{fd, events, 0};
    const int count = ::poll(&ready, 1, static_cast<int>(std::min<long>(left.count(), 60'000)));
    if (count > 0) return true;
    if (count < 0 && errno != EINTR) return true;  // the operation itself will say what is wrong
  }
}

struct Addresses {
  Addresses() = default;
  ~Addresses() {
    if (first != nullptr) ::freeaddrinfo(first);
  }
  Addresses(const Addresses&) = delete;
  Addresses& operator=(const Addresses&) = delete;
  addrinfo* first = nullptr;
};

bool is_address(const std::string& host) {
  return host.find_first_not_of("0123456789.") == std::string::npos;
}

}  // namespace

Error TlsConnection::failure(std::string_view reason, const std::string& cause) const {
  ERR_clear_error();
  return {ErrorCode::kUnavailable, reason, where_ + ": " + cause};
}

Result<std::unique_ptr<TlsConnection>> TlsConnection::open(SSL_CTX* context,
                                                           const std::string& host,
                                                           std::uint16_t port, bool check_name,
                                                           Deadline deadline) {
  std::unique_ptr<TlsConnection> connection(
      new TlsConnection(host + ":" + std::to_string(port), deadline));
  BERTH_TRY_VOID(connection->connect(host, port));
  BERTH_TRY_VOID(connection->shake_hands(context, host, check_name));
  return connection;
}

TlsConnection::~TlsConnection() {
  if (ssl_ != nullptr) {
    const NoSigpipe guard;
    if (SSL_is_init_finished(ssl_) == 1) SSL_shutdown(ssl_);  // says goodbye, waits for nothing
    SSL_free(ssl_);
    ERR_clear_error();
  }
  if (fd_ >= 0) ::close(fd_);
}

Result<void> TlsConnection::connect(const std::string& host, std::uint16_t port) {
  addrinfo wish{};
  wish.ai_socktype = SOCK_STREAM;
  wish.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  Addresses found;
  const int outcome =
      ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wish, &found.first);
  if (outcome != 0) {
    return failure("egress.unreachable",
                   std::string("the name cannot be resolved: ") + ::gai_strerror(outcome));
  }
  int cause = 0;
  for (const addrinfo* address = found.first; address != nullptr; address = address->ai_next) {
    // A silent address leaves time for the others.
    const auto left = deadline_ - steady_clock::now();
    const Deadline until = address->ai_next == nullptr ? deadline_ : steady_clock::now() + left / 2;
    if (connect_to(*address, until)) return {};
    cause = errno;
  }
  if (steady_clock::now() >= deadline_) return failure("egress.timeout", "nobody answered in time");
  return failure("egress.unreachable", "cannot connect: " + std::generic_category().message(cause));
}

bool TlsConnection::connect_to(const addrinfo& address, Deadline until) {
  fd_ = ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return false;
  int cause = 0;
  if (::connect(fd_, address.ai_addr, address.ai_addrlen) != 0) {
    cause = errno;
    if (cause == EINPROGRESS) {
      socklen_t size = sizeof(cause);
      if (!wait_for(fd_, POLLOUT, until)) {
        cause = ETIMEDOUT;
      } else if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &cause, &size) != 0) {
        cause = errno;
      }
    }
  }
  if (cause == 0) {
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return true;
  }
  ::close(fd_);
  fd_ = -1;
  errno = cause;
  return false;
}

Result<void> TlsConnection::shake_hands(SSL_CTX* context, const std::string& host,
                                        bool check_name) {
  const NoSigpipe guard;
  ERR_clear_error();
  ssl_ = SSL_new(context);
  if (ssl_ == nullptr || SSL_set_fd(ssl_, fd_) != 1) {
    return failure("egress.tls", "the TLS library cannot be set up");
  }
  if (check_name) {
    const int set = is_address(host)
                        ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), host.c_str())
                        : SSL_set1_host(ssl_, host.c_str());
    if (set != 1) return failure("egress.tls", "the server's name cannot be checked");
  }
  if (!is_address(host)) {  // RFC 6066 §3: a server name is no address
    SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(host.c_str()));
  }
  for (;;) {
    const int outcome = SSL_connect(ssl_);
    if (outcome == 1) return {};
    const long verified = SSL_get_verify_result(ssl_);
    if (verified == X509_V_ERR_APPLICATION_VERIFICATION) {
      return failure("egress.untrusted", "the server's key is none of those pinned");
    }
    if (verified != X509_V_OK) {
      return failure("egress.untrusted", std::string("the server's certificate: ") +
                                             X509_verify_cert_error_string(verified));
    }
    BERTH_TRY_VOID(wait_or_fail(outcome));
  }
}

Result<void> TlsConnection::wait_or_fail(int outcome) {
  const int system = errno;
  switch (SSL_get_error(ssl_, outcome)) {
    case SSL_ERROR_WANT_READ:
      if (wait_for(fd_, POLLIN, deadline_)) return {};
      return failure("egress.timeout", "no answer in time");
    case SSL_ERROR_WANT_WRITE:
      if (wait_for(fd_, POLLOUT, deadline_)) return {};
      return failure("egress.timeout", "the server takes no octets");
    case SSL_ERROR_SSL: {
      const unsigned long error = ERR_peek_error();
      if (ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING) break;
      const char* cause = ERR_reason_error_string(error);
      return failure("egress.tls", cause == nullptr ? "a TLS failure" : cause);
    }
    case SSL_ERROR_SYSCALL:
      if (system == 0) break;
      return failure("egress.cut", std::generic_category().message(system));
    default:
      break;
  }
  return failure("egress.cut", "the server ended the connection too early");
}

Result<void> TlsConnection::write(std::string_view octets) {
  const NoSigpipe guard;
  while (!octets.empty()) {
    ERR_clear_error();
    errno = 0;
    std::size_t written = 0;
    const int outcome = SSL_write_ex(ssl_, octets.data(), octets.size(), &written);
    if (outcome == 1) {
      octets.remove_prefix(written);
    } else {
      BERTH_TRY_VOID(wait_or_fail(outcome));
    }
  }
  return {};
}

Result<std::size_t> TlsConnection::read(std::span<char> target) {
  const NoSigpipe guard;  // reading may answer a key update
  for (;;) {
    // Asked before, not only while waiting: a peer that always has one more octet ends too.
    if (steady_clock::now() >= deadline_) return failure("egress.timeout", "no answer in time");
    ERR_clear_error();
    errno = 0;
    std::size_t count = 0;
    const int outcome = SSL_read_ex(ssl_, target.data(), target.size(), &count);
    if (outcome == 1) return count;
    if (SSL_get_error(ssl_, outcome) == SSL_ERROR_ZERO_RETURN) return std::size_t{0};
    BERTH_TRY_VOID(wait_or_fail(outcome));
  }
}

}  // namespace berth::egress
