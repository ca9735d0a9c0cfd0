#include "event_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <utility>

#include "berth/sdk/error.h"

namespace file_registrar {
namespace {

// What a writer that died left behind: nobody takes a day for one file.
constexpr std::chrono::hours kLeftoverAge{24};
constexpr std::string_view kLeftover = ".new";

[[noreturn]] void fail_io(const std::string& doing) {
  int error = errno;
  bool full = error == ENOSPC || error == EDQUOT;
  throw berth::sdk::Error(full ? BERTH_RESOURCE_EXHAUSTED : BERTH_UNAVAILABLE,
                          full ? "file_registrar.full" : "file_registrar.io",
                          doing + ": " + std::strerror(error));
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

EventFolder::EventFolder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) fail_io("making " + path);
  folder_ = FileDescriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder_.valid()) fail_io("opening " + path);
  struct stat status {};
  if (::fstat(folder_.get(), &status) != 0) fail_io("reading the mode of " + path);
  if ((status.st_mode & 022) != 0) {
    throw berth::sdk::Error(BERTH_PERMISSION_DENIED, "file_registrar.folder_mode",
                            path + " must be a folder that only its owner may write to");
  }
  remove_leftovers(path);
}

void EventFolder::remove_leftovers(const std::string& path) const {
  std::error_code ignored;
  auto now = std::filesystem::file_time_type::clock::now();
  for (const auto& entry : std::filesystem::directory_iterator(path, ignored)) {
    if (!entry.path().filename().string().ends_with(kLeftover)) continue;
    auto written = entry.last_write_time(ignored);
    if (!ignored && now - written > kLeftoverAge) std::filesystem::remove(entry.path(), ignored);
  }
}

void EventFolder::write_whole(const std::string& name, std::string_view content) const {
  FileDescriptor file(
      ::openat(folder_.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) fail_io("making a file");
  while (!content.empty()) {
    ssize_t written = ::write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_io("writing a file");
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) fail_io("syncing a file to disk");
}

bool EventFolder::create(const std::string& name, std::string_view content) {
  // No other writer's name: of this process, this object, this call.
  std::string fresh = name + "." + std::to_string(::getpid()) + "-" +
                      std::to_string(reinterpret_cast<std::uintptr_t>(this)) + "-" +
                      std::to_string(++writes_) + std::string(kLeftover);
  try {
    write_whole(fresh, content);
  } catch (...) {
    ::unlinkat(folder_.get(), fresh.c_str(), 0);
    throw;
  }
  bool made = ::linkat(folder_.get(), fresh.c_str(), folder_.get(), name.c_str(), 0) == 0;
  int error = errno;
  ::unlinkat(folder_.get(), fresh.c_str(), 0);
  errno = error;
  if (!made && errno != EEXIST) fail_io("naming a file");
  // Also when it was there: another's file must be durable before this caller is told of it.
  if (::fsync(folder_.get()) != 0) fail_io("syncing the folder to disk");
  return made;
}

std::string EventFolder::read(const std::string& name) const {
  FileDescriptor file(::openat(folder_.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.valid()) {
    if (errno == ENOENT) return {};
    fail_io("opening a file");
  }
  std::string content(kMaxFileOctets, '\0');
  std::size_t done = 0;
  while (done < content.size()) {
    ssize_t got = ::read(file.get(), content.data() + done, content.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_io("reading a file");
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  content.resize(done);
  return content;
}

void EventFolder::remove(const std::string& name) {
  if (::unlinkat(folder_.get(), name.c_str(), 0) != 0 && errno != ENOENT)
    fail_io("removing a file");
  if (::fsync(folder_.get()) != 0) fail_io("syncing the folder to disk");
}

}  // namespace file_registrar
