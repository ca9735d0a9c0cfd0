// The file of a Unix socket somebody listens on: made only where nobody else's is, gone with its
// owner.

#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <filesystem>
#include <utility>

#include "kernel/base/result.h"

namespace berth::ingress {

// "ingress.socket_path": a socket's path has 1 to 107 octets.
Result<sockaddr_un> socket_address(const std::filesystem::path& path);
inline const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// Removes what a crashed host left. "ingress.socket_path": anything that is not a socket stays
// where it is; "ingress.socket_in_use": somebody answers there.
Result<void> clear_stale_socket(const std::filesystem::path& path);

// Removes the file when it goes, if it is still the one it was: a successor may have taken the
// path.
class SocketFile {
 public:
  explicit SocketFile(std::filesystem::path path);
  ~SocketFile();
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;

 private:
  std::filesystem::path path_;
  std::pair<dev_t, ino_t> ours_;
};

}  // namespace berth::ingress
