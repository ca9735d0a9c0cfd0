#include "kernel/ingress/socket_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace berth::ingress {
namespace {

Error refuse(ErrorCode code, std::string_view reason, const std::filesystem::path& path,
             std::string_view what) {
  return {code, reason, "socket " + path.string() + ": " + std::string(what)};
}

std::pair<dev_t, ino_t> identity(const std::filesystem::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return {};
  return {info.st_dev, info.st_ino};
}

bool nobody_answers(const sockaddr_un& address) {
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const bool refused =
      ::connect(probe, generic(address), sizeof(address)) != 0 && errno == ECONNREFUSED;
  ::close(probe);
  return refused;
}

}  // namespace

Result<sockaddr_un> socket_address(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& text = path.native();
  if (text.empty() || text.size() >= sizeof(address.sun_path)) {
    return refuse(ErrorCode::kInvalidArgument, "ingress.socket_path", path,
                  "a socket's path has 1 to 107 octets; choose a shorter folder");
  }
  std::memcpy(address.sun_path, text.data(), text.size());
  return address;
}

Result<void> clear_stale_socket(const std::filesystem::path& path) {
  BERTH_TRY(address, socket_address(path));
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode)) {
    return refuse(ErrorCode::kFailedPrecondition, "ingress.socket_path", path,
                  "something else than a socket is there; move it away");
  }
  if (!nobody_answers(address)) {
    return refuse(ErrorCode::kAlreadyExists, "ingress.socket_in_use", path,
                  "another host answers there; stop it or choose another path");
  }
  ::unlink(path.c_str());
  return {};
}

SocketFile::SocketFile(std::filesystem::path path)
    : path_(std::move(path)), ours_(identity(path_)) {}

SocketFile::~SocketFile() {
  if (identity(path_) == ours_) ::unlink(path_.c_str());
}

}  // namespace berth::ingress
