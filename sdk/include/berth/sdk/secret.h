// Secrets of a plugin: octets that wipe themselves, and files that nobody else may read.

#pragma once

#include <fcntl.h>
#include <string.h>  // NOLINT: explicit_bzero
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "berth/sdk/error.h"

namespace berth::sdk {

template <class T>
struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <class U>
  WipingAllocator(const WipingAllocator<U>&) noexcept {}  // NOLINT: containers rebind
  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* data, std::size_t count) noexcept {
    ::explicit_bzero(data, count * sizeof(T));
    std::allocator<T>().deallocate(data, count);
  }
  friend bool operator==(const WipingAllocator&, const WipingAllocator&) { return true; }
};
using SecretOctets = std::vector<std::uint8_t, WipingAllocator<std::uint8_t>>;

// Why a file with a secret is refused, as the plugin's reasons.
struct PrivateFileReasons {
  const char* unreadable;  // BERTH_NOT_FOUND
  const char* mode;        // BERTH_PERMISSION_DENIED: others might read it
};

// A regular file of mode 0600 or 0400 that belongs to this process's user or root; else throws
// Error. At most max + 1 octets are read: more than max shows that there is too much.
inline SecretOctets read_private_file(const std::string& path, std::size_t max,
                                      const PrivateFileReasons& reasons) {
  struct Descriptor {
    int fd;
    ~Descriptor() {
      if (fd >= 0) ::close(fd);
    }
  };
  const auto unreadable = [&]() -> Error {
    return {BERTH_NOT_FOUND, reasons.unreadable,
            "cannot read " + path + ": " + std::strerror(errno)};
  };
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat status {};
  if (file.fd < 0 || ::fstat(file.fd, &status) != 0) throw unreadable();
  const bool ours = status.st_uid == ::geteuid() || status.st_uid == 0;
  const mode_t mode = status.st_mode & 07777;
  if (!S_ISREG(status.st_mode) || !ours || (mode != 0600 && mode != 0400)) {
    throw Error(BERTH_PERMISSION_DENIED, reasons.mode,
                path + " must be a file of mode 0600 or 0400 that belongs to this user or root");
  }
  SecretOctets content(max + 1);
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t got = ::read(file.fd, content.data() + done, content.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw unreadable();
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  content.resize(done);
  return content;
}

}  // namespace berth::sdk
