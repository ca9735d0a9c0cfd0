#include "kernel/manifest/sealed_copy.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/kernel/manifest/plugin_folder.h"

namespace {

using namespace berth;                     // NOLINT
using namespace berth::manifest;           // NOLINT
using namespace berth::manifest::testing;  // NOLINT
namespace fs = std::filesystem;

std::string content_at(const fs::path& path) { return PluginFolder::read(path); }

}  // namespace

TEST_CASE("a copy is what the file was, whatever becomes of the file", "[manifest]") {
  const PluginFolder folder;
  const std::string octets = std::string(200'000, 'a') + "end";
  PluginFolder::write(folder.library(), octets);
  const auto copy = SealedCopy::of(folder.library());
  REQUIRE(copy);
  PluginFolder::write(folder.library(), "other");
  CHECK(as_text(copy->octets()) == octets);
  CHECK(content_at(copy->path()) == octets);
  fs::remove(folder.library());
  CHECK(as_text(copy->octets()) == octets);
}

TEST_CASE("nobody writes to a copy, its own process included", "[manifest]") {
  const PluginFolder folder;
  PluginFolder::write(folder.library(), "code");
  const auto copy = SealedCopy::of(folder.library());
  REQUIRE(copy);
  const int fd = ::open(copy->path().c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(fd >= 0);
  CHECK(::write(fd, "evil", 4) < 0);
  CHECK(errno == EPERM);
  CHECK(::ftruncate(fd, 0) != 0);
  CHECK(::ftruncate(fd, 100) != 0);
  CHECK(::mmap(nullptr, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
  CHECK(::fcntl(fd, F_ADD_SEALS, 0) != 0);  // the seals themselves are final
  ::close(fd);
  CHECK(as_text(copy->octets()) == "code");
}

TEST_CASE("what is no readable file is not found, and nothing waits for it", "[manifest]") {
  const PluginFolder folder;
  const fs::path pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  for (const fs::path& bad :
       {fs::path("/nowhere/plugin.so"), fs::path("/"), fs::path("/dev/zero"), fs::path(""), pipe}) {
    INFO(bad);
    CHECK(reason_of(SealedCopy::of(bad)) == "plugin.not_found");
  }
}

TEST_CASE("a library without an end is not copied to its end", "[manifest]") {
  const PluginFolder folder;
  PluginFolder::write(folder.library(), "");
  REQUIRE(SealedCopy::of(folder.library())->octets().empty());
  fs::resize_file(folder.library(), kMaxLibraryBytes + 1);  // a hole: it takes no disk
  CHECK(reason_of(SealedCopy::of(folder.library())) == "plugin.too_large");
}

TEST_CASE("a copy's descriptor goes with it, unless it is kept open", "[manifest]") {
  const PluginFolder folder;
  PluginFolder::write(folder.library(), "code");
  fs::path closed, kept;
  {
    auto one = *SealedCopy::of(folder.library());
    auto two = *SealedCopy::of(folder.library());
    closed = one.path();
    kept = two.path();
    two.keep_open();
    CHECK(as_text(two.octets()) == "code");
    const SealedCopy moved = std::move(two);
    CHECK(content_at(moved.path()) == "code");
  }
  CHECK_FALSE(fs::exists(closed));
  CHECK(content_at(kept) == "code");
  ::close(std::stoi(kept.filename().string()));
}
