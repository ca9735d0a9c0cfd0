#include "files.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "berth/sdk/error.h"
#include "openssl.h"

namespace softkeys {
namespace {

using berth::sdk::Error;

FileDescriptor open_folder(const std::string& folder) {
  int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail_io("opening " + folder);
  return FileDescriptor(fd);
}

void sync_folder(const FileDescriptor& directory, const std::string& folder) {
  if (::fsync(directory.get()) != 0) fail_io("syncing " + folder);
}

// No key reference begins with a dot, so a leftover is never taken for a key.
std::string temporary_name() {
  std::array<std::uint8_t, 16> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) crypto_failed("RAND_bytes");
  std::string name = ".new-";
  for (std::uint8_t octet : random) {
    name += "0123456789abcdef"[octet >> 4];
    name += "0123456789abcdef"[octet & 15];
  }
  return name;
}

void write_full(const FileDescriptor& file, std::span<const std::uint8_t> content,
                const std::string& path) {
  while (!content.empty()) {
    ssize_t written = ::write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_io("writing " + path);
    content = content.subspan(static_cast<std::size_t>(written));
  }
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

void fail_io(const std::string& doing) {
  int error = errno;
  bool full = error == ENOSPC || error == EDQUOT;
  throw Error(full ? BERTH_RESOURCE_EXHAUSTED : BERTH_UNAVAILABLE, "softkeys.io",
              doing + ": " + std::strerror(error));
}

std::size_t read_full(const FileDescriptor& file, std::span<std::uint8_t> into,
                      const std::string& path) {
  std::size_t done = 0;
  while (done < into.size()) {
    ssize_t got = ::read(file.get(), into.data() + done, into.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_io("reading " + path);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

bool create_file(const std::string& folder, const std::string& name,
                 std::span<const std::uint8_t> content) {
  FileDescriptor directory = open_folder(folder);
  std::string temporary = temporary_name();
  FileDescriptor file(
      ::openat(directory.get(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) fail_io("creating a file in " + folder);
  bool created = false;
  try {
    write_full(file, content, folder + "/" + name);
    if (::fsync(file.get()) != 0) fail_io("syncing " + folder + "/" + name);
    // link, unlike rename, never replaces what is there.
    created = ::linkat(directory.get(), temporary.c_str(), directory.get(), name.c_str(), 0) == 0;
    if (!created && errno != EEXIST) fail_io("naming " + folder + "/" + name);
  } catch (...) {
    ::unlinkat(directory.get(), temporary.c_str(), 0);
    throw;
  }
  ::unlinkat(directory.get(), temporary.c_str(), 0);
  sync_folder(directory, folder);
  return created;
}

bool remove_file(const std::string& folder, const std::string& name) {
  FileDescriptor directory = open_folder(folder);
  if (::unlinkat(directory.get(), name.c_str(), 0) != 0) {
    if (errno == ENOENT) return false;
    fail_io("removing " + folder + "/" + name);
  }
  sync_folder(directory, folder);
  return true;
}

void prepare_folder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) fail_io("making " + folder);
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) fail_io("reading the mode of " + folder);
  if (!S_ISDIR(status.st_mode) || (status.st_mode & 022) != 0) {
    throw Error(BERTH_PERMISSION_DENIED, "softkeys.folder_mode",
                folder + " must be a folder that only its owner may write to");
  }
}

}  // namespace softkeys
