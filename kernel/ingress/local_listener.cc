#include "kernel/ingress/local_listener.h"

#include <grp.h>
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
constexpr mode_t kGroupMode = kSocketMode | S_IRGRP | S_IWGRP;
constexpr std::size_t kGroupBuffer = 64 * 1024;

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
  explicit LocalStream(Descriptor fd) : fd_(std::move(fd)) {
    ucred peer{};
    socklen_t size = sizeof(peer);
    if (::getsockopt(fd_.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
        size == sizeof(peer)) {
      peer_uid_ = peer.uid;
    }
  }
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
  std::optional<std::uint32_t> peer_uid() const override { return peer_uid_; }

 private:
  Descriptor fd_;
  std::optional<std::uint32_t> peer_uid_;
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

Result<gid_t> group_named(const std::filesystem::path& path, const std::string& name) {
  std::vector<char> buffer(kGroupBuffer);
  group entry{};
  group* found = nullptr;
  if (::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr) {
    return socket_error(ErrorCode::kInvalidArgument, "ingress.socket_group", path,
                        "there is no group '" + name + "' here; make it, or name another one");
  }
  return found->gr_gid;
}

// Until now the file was its owner's alone.
Result<void> open_to(const std::filesystem::path& path, const std::string& group) {
  BERTH_TRY(gid, group_named(path, group));
  if (::chown(path.c_str(), static_cast<uid_t>(-1), gid) != 0 ||
      ::chmod(path.c_str(), kGroupMode) != 0) {
    return socket_error(ErrorCode::kFailedPrecondition, "ingress.socket_group", path,
                        "it cannot be given to group '" + group + "' (" + std::strerror(errno) +
                            "); make the host's user a member of it");
  }
  return {};
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
                                                            Handler handler,
                                                            const std::string& group,
                                                            BodyLimit body_limit) {
  BERTH_TRY(fd, listen_on(socket));
  if (!group.empty()) {
    if (auto opened = open_to(socket, group); !opened) {
      ::unlink(socket.c_str());
      return std::move(opened).error();
    }
  }
  ConnectionServer::Settings settings;
  settings.limits = {kMaxConnections, kMaxConnections, kRequestDeadline, kIdleTimeout};
  settings.max_body_bytes = max_body_bytes;
  settings.admission = first_come(kHandlersAtOnce);
  settings.handler = std::move(handler);
  settings.body_limit = std::move(body_limit);
  return std::unique_ptr<LocalListener>(
      std::make_unique<UnixListener>(socket, std::move(fd), std::move(settings)));
}

}  // namespace berth::ingress
