// The ledger's folder and files, closed to everyone else.

#pragma once

#include <filesystem>
#include <memory>

#include "kernel/base/result.h"

namespace berth::ledger {

// Creates it and its missing parents; the folder itself gets mode 0700. "ledger.folder".
Result<void> ensure_folder(const std::filesystem::path& folder);
// Creates an empty file of mode 0600, or gives an existing one that mode. An existing file is not
// opened: closing it again would drop the locks SQLite holds on it in this process.
Result<void> ensure_file(const std::filesystem::path& file);

// Milliseconds to write one page and have the disk confirm it, best of a few: what every durable
// commit in this folder costs at least. Leaves no file behind. "ledger.folder"
Result<double> measure_sync_ms(const std::filesystem::path& folder);

// Two programs on one folder would be two writers for each tenant; the second is refused.
class FolderLock {
 public:
  // "ledger.in_use"
  static Result<std::shared_ptr<FolderLock>> take(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  explicit FolderLock(int file) : file_(file) {}
  int file_;
};

}  // namespace berth::ledger
