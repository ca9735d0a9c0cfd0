#include "kernel/ledger/files.h"

#include <sys/stat.h>

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;
namespace fs = std::filesystem;

unsigned mode_of(const fs::path& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777U;
}

TEST_CASE("a folder is made with its parents and closed to others", "[ledger][sqlite]") {
  const ScratchFolder scratch;
  const fs::path folder = scratch.path() / "a" / "b";
  REQUIRE(ensure_folder(folder).ok());
  CHECK(mode_of(folder) == 0700);
  CHECK(ensure_folder(folder).ok());
}

TEST_CASE("what stands in a folder's place is an error with its name", "[ledger][sqlite]") {
  const ScratchFolder scratch;
  const fs::path plain = scratch.path() / "plain";
  std::ofstream(plain) << "x";
  for (const fs::path& folder : {plain / "below", fs::path("/proc/none/below")}) {
    CAPTURE(folder);
    const Result<void> made = ensure_folder(folder);
    REQUIRE_FALSE(made.ok());
    CHECK(made.error().reason() == "ledger.folder");
    CHECK(made.error().message().find(folder.string()) != std::string::npos);
  }
}

TEST_CASE("a file is created empty, or closed to others as it stands", "[ledger][sqlite]") {
  const ScratchFolder scratch;
  const fs::path file = scratch.path() / "t.db";
  REQUIRE(ensure_file(file).ok());
  CHECK(mode_of(file) == 0600);
  CHECK(read_file(file).empty());

  std::ofstream(file) << "content";
  fs::permissions(file, fs::perms::others_read, fs::perm_options::add);
  REQUIRE(ensure_file(file).ok());
  CHECK(mode_of(file) == 0600);
  CHECK(read_file(file) == "content");

  CHECK(ensure_file(scratch.path() / "none" / "t.db").error().reason() == "ledger.folder");
  fs::create_symlink(scratch.path() / "nowhere", scratch.path() / "link");
  CHECK(ensure_file(scratch.path() / "link").error().reason() == "ledger.folder");
  CHECK_FALSE(fs::exists(scratch.path() / "nowhere"));
}

TEST_CASE("a folder is locked by one at a time, as long as the lock lives", "[ledger][sqlite]") {
  const ScratchFolder scratch;
  auto lock = must(FolderLock::take(scratch.path()));
  const auto second = FolderLock::take(scratch.path());
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().reason() == "ledger.in_use");
  CHECK(second.error().message().find(scratch.path().string()) != std::string::npos);
  auto shared = lock;
  lock.reset();
  CHECK_FALSE(FolderLock::take(scratch.path()).ok());
  shared.reset();
  CHECK(FolderLock::take(scratch.path()).ok());
}

TEST_CASE("a lock is not taken through a link or in a missing folder", "[ledger][sqlite]") {
  const ScratchFolder scratch;
  CHECK(FolderLock::take(scratch.path() / "none").error().reason() == "ledger.folder");
  fs::create_symlink(scratch.path() / "elsewhere", scratch.path() / "lock");
  CHECK(FolderLock::take(scratch.path()).error().reason() == "ledger.folder");
  CHECK_FALSE(fs::exists(scratch.path() / "elsewhere"));
}

TEST_CASE("measuring the disk takes time, leaves nothing behind and follows no link",
          "[ledger][sqlite]") {
  const ScratchFolder scratch;
  CHECK(must(measure_sync_ms(scratch.path())) > 0);
  CHECK(fs::is_empty(scratch.path()));
  CHECK(measure_sync_ms(scratch.path() / "none").error().reason() == "ledger.folder");
  std::ofstream(scratch.path() / "precious") << "content";
  fs::create_symlink(scratch.path() / "precious", scratch.path() / ".sync-probe");
  CHECK(measure_sync_ms(scratch.path()).error().reason() == "ledger.folder");
  CHECK(read_file(scratch.path() / "precious") == "content");
}

}  // namespace
}  // namespace berth::ledger
