#include "kernel/ingress/local_listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "kernel/ingress/connection_server.h"
#include "kernel/ingress/socket_file.h"

namespace berth::ingress {
namespace {

constexpr int kBacklog = 32;
constexpr std::uint32_t kMaxConnections = 32;
constexpr std::uint32_t kHandlersAtOnce = 8;
// An import or a whole audit verification runs inside one request.
constexpr std::chrono::seconds kRequestDeadline{120};
constexpr std::chrono::seconds kIdleTimeout{30};
constexpr mode_t kSocketMode = S_IRUSR | S_IWUSR;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

class LocalStream final : public Stream {
 public:
  explicit LocalStream(Descriptor fd) : fd_(std::move(fd)) {}
  bool open() override { return true; }
  std::size_t read(std::span<char> target) override {
    ssize_t count = 0;
    do {
      count = ::recv(fd_.get(), target.data(), target.size(), 0);
    } while (count < 0 && errno == EINTR);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  bool write(std::string_view octets) override {
    while (!octets.empty()) {
      const ssize_t count = ::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      octets.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  void finish() override { ::shutdown(fd_.get(), SHUT_WR); }
  int fd() const override { return fd_.get(); }
  std::string peer_address() const override { return "local"; }
  std::string server_name() const override { return {}; }

 private:
  Descriptor fd_;
};

class LocalAcceptor final : public Acceptor {
 public:
  explicit LocalAcceptor(Descriptor fd) : fd_(std::move(fd)) {}
  std::unique_ptr<Stream> accept() override {
    Descriptor peer(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (peer.get() < 0) return nullptr;
    return std::make_unique<LocalStream>(std::move(peer));
  }
  void close() override { ::shutdown(fd_.get(), SHUT_RDWR); }

 private:
  Descriptor fd_;
};

Error socket_error(ErrorCode code, std::string_view reason, const std::filesystem::path& path,
                   std::string_view what) {
  return {code, reason, "operator socket " + path.string() + ": " + std::string(what)};
}

Result<Descriptor> listen_on(const std::filesystem::path& path) {
  BERTH_TRY(address, socket_address(path));
  BERTH_TRY_VOID(clear_stale_socket(path));
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // On Linux the socket's own mode becomes the file's, so it is never open to others; the chmod
  // before listen(2) covers systems where it does not, as nobody can connect until then.
  if (fd.get() < 0 || ::fchmod(fd.get(), kSocketMode) != 0 ||
      ::bind(fd.get(), generic(address), sizeof(address)) != 0 ||
      ::chmod(path.c_str(), kSocketMode) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    const std::string why = std::strerror(errno);
    return socket_error(ErrorCode::kUnavailable, "ingress.bind", path,
                        why + "; does the folder exist and may this user write to it?");
  }
  return fd;
}

class UnixListener final : public LocalListener {
 public:
  UnixListener(std::filesystem::path path, Descriptor fd, ConnectionServer::Settings settings)
      : file_(std::make_unique<SocketFile>(std::move(path))),
        server_(std::make_unique<ConnectionServer>(std::make_unique<LocalAcceptor>(std::move(fd)),
                                                   std::move(settings), counters_)) {}
  ~UnixListener() override {
    file_.reset();  // nobody comes any more while running requests finish
    server_.reset();
  }

 private:
  std::unique_ptr<SocketFile> file_;
  IngressCounters counters_;
  std::unique_ptr<ConnectionServer> server_;
};

}  // namespace

Result<std::unique_ptr<LocalListener>> LocalListener::start(const std::filesystem::path& socket,
                                                            std::uint32_t max_body_bytes,
                                                            Handler handler) {
  BERTH_TRY(fd, listen_on(socket));
  ConnectionServer::Settings settings;
  settings.limits = {kMaxConnections, kMaxConnections, kRequestDeadline, kIdleTimeout};
  settings.max_body_bytes = max_body_bytes;
  settings.handlers_at_once = kHandlersAtOnce;
  settings.handler = std::move(handler);
  return std::unique_ptr<LocalListener>(
      std::make_unique<UnixListener>(socket, std::move(fd), std::move(settings)));
}

}  // namespace berth::ingress
