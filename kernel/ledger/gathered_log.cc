#include "kernel/ledger/gathered_log.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

namespace berth::ledger {
namespace {

constexpr const char* kName = "berth";
// A transaction that spills its pages before it ends writes in pieces of this size.
constexpr std::size_t kMostGathered = std::size_t{1} << 20;
constexpr std::size_t kPageHead = 24;
// SQLite's own files take less than 128 KiB in one call.
constexpr std::size_t kMostAtOnce = std::size_t{124} << 10;
// What is kept of the memory between commits: a batch's usual pages.
constexpr std::size_t kKept = std::size_t{128} << 10;

// What is to be written at `at`.
struct Gathered {
  std::vector<char> octets;
  sqlite3_int64 at = 0;
  sqlite3_int64 reserved = 0;   // the log's size as far as we asked for it
  sqlite3_int64 commit_at = 0;  // where the page goes with which a transaction ends; 0: not yet

  sqlite3_int64 end() const { return at + static_cast<sqlite3_int64>(octets.size()); }
};

// As SQLite sees it: a file whose methods are ours; SQLite's own file lies behind it.
struct LogFile {
  sqlite3_file base;
  Gathered* gathered;
  const char* name;  // SQLite's, good until it closes the file
};

// SQLite's own, upon which ours is built.
sqlite3_vfs* system_vfs() {
  static sqlite3_vfs* const kSystem = sqlite3_vfs_find(nullptr);
  return kSystem;
}
LogFile* ours(sqlite3_file* file) { return reinterpret_cast<LogFile*>(file); }
sqlite3_file* theirs(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + sizeof(LogFile));
}

// Room for the next commits, which the system gives without writing it. Best effort: a log that
// cannot grow ahead grows as it is written. Nobody holds locks on a log, so a descriptor of our own
// does no harm.
void reserve(sqlite3_file* file) {
  Gathered& gathered = *ours(file)->gathered;
  if (gathered.end() <= gathered.reserved) return;
  constexpr auto kStep = static_cast<sqlite3_int64>(kLogStep);
  gathered.reserved = (gathered.end() + kStep - 1) / kStep * kStep;
  const int log = ::open(ours(file)->name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (log < 0) return;
  static_cast<void>(::fallocate(log, 0, 0, gathered.reserved));
  ::close(log);
}

// After a failure as well nothing is left: SQLite then writes the same places anew.
int flush(sqlite3_file* file) {
  Gathered& gathered = *ours(file)->gathered;
  if (gathered.octets.empty()) return SQLITE_OK;
  reserve(file);
  int code = SQLITE_OK;
  for (std::size_t done = 0; done < gathered.octets.size() && code == SQLITE_OK;) {
    const std::size_t piece = std::min(kMostAtOnce, gathered.octets.size() - done);
    code = theirs(file)->pMethods->xWrite(theirs(file), gathered.octets.data() + done,
                                          static_cast<int>(piece),
                                          gathered.at + static_cast<sqlite3_int64>(done));
    done += piece;
  }
  gathered.octets.clear();
  if (gathered.octets.capacity() > kKept) std::vector<char>().swap(gathered.octets);
  return code;
}

int log_close(sqlite3_file* file) {
  const int flushed = flush(file);
  delete ours(file)->gathered;
  const int closed = theirs(file)->pMethods->xClose(theirs(file));
  return flushed != SQLITE_OK ? flushed : closed;
}

int log_read(sqlite3_file* file, void* into, int count, sqlite3_int64 at) {
  if (const int code = flush(file); code != SQLITE_OK) return code;
  return theirs(file)->pMethods->xRead(theirs(file), into, count, at);
}

// The head of a page in the log says, octets 4 to 7, whether a transaction ends with it (SQLite's
// file format, section 4.1).
bool ends_transaction(const void* from, std::size_t size) {
  static constexpr std::array<unsigned char, 4> kNo{};
  return size == kPageHead &&
         std::memcmp(static_cast<const char*>(from) + 4, kNo.data(), kNo.size()) != 0;
}

int log_write(sqlite3_file* file, const void* from, int count, sqlite3_int64 at) {
  Gathered& gathered = *ours(file)->gathered;
  const auto size = static_cast<std::size_t>(count);
  if (gathered.end() != at || gathered.octets.size() + size > kMostGathered) {
    if (const int code = flush(file); code != SQLITE_OK) return code;
    gathered.at = at;
  }
  try {
    if (gathered.octets.capacity() == 0) gathered.octets.reserve(kKept);
    const auto* octets = static_cast<const char*>(from);
    gathered.octets.insert(gathered.octets.end(), octets, octets + size);
  } catch (const std::bad_alloc&) {
    return SQLITE_IOERR_NOMEM;
  }
  if (ends_transaction(from, size)) {
    gathered.commit_at = at + count;
  } else if (at == gathered.commit_at) {
    gathered.commit_at = 0;
    return flush(file);
  }
  return SQLITE_OK;
}

int log_truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (const int code = flush(file); code != SQLITE_OK) return code;
  ours(file)->gathered->reserved = 0;
  return theirs(file)->pMethods->xTruncate(theirs(file), size);
}

int log_sync(sqlite3_file* file, int flags) {
  if (const int code = flush(file); code != SQLITE_OK) return code;
  return theirs(file)->pMethods->xSync(theirs(file), flags);
}

int log_size(sqlite3_file* file, sqlite3_int64* size) {
  if (const int code = flush(file); code != SQLITE_OK) return code;
  return theirs(file)->pMethods->xFileSize(theirs(file), size);
}

int log_lock(sqlite3_file* file, int kind) {
  return theirs(file)->pMethods->xLock(theirs(file), kind);
}
int log_unlock(sqlite3_file* file, int kind) {
  return theirs(file)->pMethods->xUnlock(theirs(file), kind);
}
int log_check_lock(sqlite3_file* file, int* reserved) {
  return theirs(file)->pMethods->xCheckReservedLock(theirs(file), reserved);
}
int log_control(sqlite3_file* file, int what, void* value) {
  return theirs(file)->pMethods->xFileControl(theirs(file), what, value);
}
int log_sector_size(sqlite3_file* file) {
  return theirs(file)->pMethods->xSectorSize(theirs(file));
}
int log_traits(sqlite3_file* file) {
  return theirs(file)->pMethods->xDeviceCharacteristics(theirs(file));
}

// Version 1: a log is neither mapped nor shared memory's owner.
sqlite3_io_methods log_methods() {
  sqlite3_io_methods methods{};
  methods.iVersion = 1;
  methods.xClose = log_close;
  methods.xRead = log_read;
  methods.xWrite = log_write;
  methods.xTruncate = log_truncate;
  methods.xSync = log_sync;
  methods.xFileSize = log_size;
  methods.xLock = log_lock;
  methods.xUnlock = log_unlock;
  methods.xCheckReservedLock = log_check_lock;
  methods.xFileControl = log_control;
  methods.xSectorSize = log_sector_size;
  methods.xDeviceCharacteristics = log_traits;
  return methods;
}

// Any other file is SQLite's own, as it is.
int open_file(sqlite3_vfs* /*ours*/, const char* name, sqlite3_file* file, int flags,
              int* flags_out) {
  static const sqlite3_io_methods kMethods = log_methods();
  if ((flags & SQLITE_OPEN_WAL) == 0) {
    return system_vfs()->xOpen(system_vfs(), name, file, flags, flags_out);
  }
  file->pMethods = nullptr;
  std::unique_ptr<Gathered> gathered(new (std::nothrow) Gathered);
  if (!gathered) return SQLITE_NOMEM;
  const int code = system_vfs()->xOpen(system_vfs(), name, theirs(file), flags, flags_out);
  if (code != SQLITE_OK) return code;
  ours(file)->gathered = gathered.release();
  ours(file)->name = name;
  file->pMethods = &kMethods;
  return SQLITE_OK;
}

}  // namespace

const char* gathered_log_vfs() {
  static sqlite3_vfs vfs;
  static const bool registered = [] {
    const sqlite3_vfs* system = system_vfs();
    if (system == nullptr) return false;
    vfs = *system;
    vfs.pNext = nullptr;
    vfs.zName = kName;
    vfs.szOsFile = system->szOsFile + static_cast<int>(sizeof(LogFile));
    vfs.xOpen = open_file;
    return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
  }();
  return registered ? kName : nullptr;
}

}  // namespace berth::ledger
