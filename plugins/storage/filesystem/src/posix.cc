#include "posix.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "berth/sdk/error.h"

namespace filesystem_store {
namespace {

constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
constexpr mode_t kFolderMode = 0700;

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

void fail_io(const std::string& doing) {
  int error = errno;
  bool full = error == ENOSPC || error == EDQUOT;
  throw berth::sdk::Error(full ? BERTH_RESOURCE_EXHAUSTED : BERTH_UNAVAILABLE,
                          full ? "storage.full" : "filesystem.io",
                          doing + ": " + std::strerror(error));
}

std::size_t read_at(const FileDescriptor& file, std::span<std::uint8_t> into,
                    std::uint64_t offset) {
  std::size_t done = 0;
  while (done < into.size()) {
    ssize_t got = ::pread(file.get(), into.data() + done, into.size() - done,
                          static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_io("reading an object");
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void write_at(const FileDescriptor& file, std::span<const std::uint8_t> content,
              std::uint64_t offset) {
  std::size_t done = 0;
  while (done < content.size()) {
    ssize_t written = ::pwrite(file.get(), content.data() + done, content.size() - done,
                               static_cast<off_t>(offset + done));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_io("writing an object");
    done += static_cast<std::size_t>(written);
  }
}

void sync(const FileDescriptor& file) {
  if (::fsync(file.get()) != 0) fail_io("syncing to disk");
}

FileDescriptor open_folder_at(const FileDescriptor& parent, const std::string& path) {
  FileDescriptor folder(::openat(parent.get(), path.c_str(), kFolderFlags));
  if (!folder.valid() && errno != ENOENT) fail_io("opening folder " + path);
  return folder;
}

FileDescriptor make_folders_at(const FileDescriptor& parent, const std::string& path) {
  FileDescriptor folder = open_folder_at(parent, path);
  if (folder.valid()) return folder;
  std::size_t slash = path.rfind('/');
  bool nested = slash != std::string::npos;
  FileDescriptor above =
      nested ? make_folders_at(parent, path.substr(0, slash)) : open_folder_at(parent, ".");
  std::string name = nested ? path.substr(slash + 1) : path;
  if (::mkdirat(above.get(), name.c_str(), kFolderMode) != 0 && errno != EEXIST) {
    fail_io("making folder " + path);
  }
  // Also when another thread made it: this call's object must not be durable before its folder.
  sync(above);
  folder = open_folder_at(above, name);
  if (!folder.valid()) fail_io("opening folder " + path);
  return folder;
}

FileDescriptor open_private_folder(const std::string& path) {
  if (::mkdir(path.c_str(), kFolderMode) != 0 && errno != EEXIST) fail_io("making " + path);
  FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) fail_io("opening " + path);
  struct stat status {};
  if (::fstat(folder.get(), &status) != 0) fail_io("reading the mode of " + path);
  if ((status.st_mode & 022) != 0) {
    throw berth::sdk::Error(BERTH_PERMISSION_DENIED, "filesystem.folder_mode",
                            path + " must be a folder that only its owner may write to");
  }
  return folder;
}

}  // namespace filesystem_store
