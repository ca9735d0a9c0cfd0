#include "kernel/ledger/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace berth::ledger {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kFolderMode = 0700;

Error failed(const std::filesystem::path& path, std::string_view what) {
  return {ErrorCode::kUnavailable, "ledger.folder",
          std::string(what) + " " + path.string() + ": " + std::strerror(errno)};
}

// A new name is durable only when its folder is.
Result<void> sync_folder(const std::filesystem::path& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return failed(folder, "cannot open");
  const bool synced = ::fsync(file) == 0;
  ::close(file);
  if (!synced) return failed(folder, "cannot sync");
  return {};
}

}  // namespace

Result<void> ensure_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return {};
  if (folder.has_parent_path()) {
    std::filesystem::create_directories(folder.parent_path(), error);
  }
  if (::mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST) {
    return failed(folder, "cannot create the folder");
  }
  return sync_folder(folder.has_parent_path() ? folder.parent_path() : ".");
}

Result<void> ensure_file(const std::filesystem::path& file) {
  const int created =
      ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kFileMode);
  if (created >= 0) {
    ::close(created);
    return sync_folder(file.parent_path());
  }
  if (errno != EEXIST) return failed(file, "cannot create");
  if (::chmod(file.c_str(), kFileMode) != 0) return failed(file, "cannot close to others");
  return {};
}

Result<double> measure_sync_ms(const std::filesystem::path& folder) {
  constexpr int kRounds = 5;
  const std::filesystem::path path = folder / ".sync-probe";
  const int file =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kFileMode);
  if (file < 0) return failed(path, "cannot open");
  std::array<char, 4096> page{};
  double best_ms = 0;
  bool written = true;
  for (int round = 0; round < kRounds && written; ++round) {
    // Other octets each time: a page that did not change may never reach the disk.
    page.fill(static_cast<char>('a' + round));
    const auto started = std::chrono::steady_clock::now();
    written = ::pwrite(file, page.data(), page.size(), 0) == static_cast<ssize_t>(page.size()) &&
              ::fdatasync(file) == 0;
    const std::chrono::duration<double, std::milli> took =
        std::chrono::steady_clock::now() - started;
    best_ms = round == 0 ? took.count() : std::min(best_ms, took.count());
  }
  const Error failure = failed(path, "cannot write");
  ::close(file);
  ::unlink(path.c_str());
  if (!written) return failure;
  return best_ms;
}

Result<std::shared_ptr<FolderLock>> FolderLock::take(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kFileMode);
  if (file < 0) return failed(path, "cannot open");
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    ::close(file);
    return Error(ErrorCode::kFailedPrecondition, "ledger.in_use",
                 "another program works on the ledger in " + folder.string() +
                     "; stop it, or give this one a folder of its own");
  }
  return std::shared_ptr<FolderLock>(new FolderLock(file));
}

FolderLock::~FolderLock() { ::close(file_); }

}  // namespace berth::ledger
