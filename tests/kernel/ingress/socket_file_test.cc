#include "kernel/ingress/socket_file.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/kernel/ingress/test_certificates.h"

namespace {

using namespace berth;           // NOLINT: the tests name nearly everything in it
using namespace berth::ingress;  // NOLINT

int listen_at(const std::filesystem::path& path) {
  const auto address = socket_address(path);
  REQUIRE(address);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::bind(fd, generic(*address), sizeof(*address)) == 0);
  REQUIRE(::listen(fd, 1) == 0);
  return fd;
}

}  // namespace

TEST_CASE("what a crashed host left is cleared, what somebody uses is not", "[ingress]") {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "a.sock";
  CHECK(clear_stale_socket(path));
  const int listener = listen_at(path);
  const auto in_use = clear_stale_socket(path);
  REQUIRE_FALSE(in_use);
  CHECK(in_use.error().reason() == "ingress.socket_in_use");
  ::close(listener);
  CHECK(clear_stale_socket(path));
  CHECK_FALSE(std::filesystem::exists(path));

  std::ofstream(path) << "precious";
  const auto other = clear_stale_socket(path);
  REQUIRE_FALSE(other);
  CHECK(other.error().reason() == "ingress.socket_path");
  CHECK(std::filesystem::exists(path));
  CHECK_FALSE(socket_address("/" + std::string(107, 's')));
  CHECK(socket_address("/" + std::string(106, 's')));
}

TEST_CASE("a socket's file goes with its owner, but not its successor's", "[ingress]") {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "a.sock";
  {
    const int listener = listen_at(path);
    const SocketFile file(path);
    ::close(listener);
  }
  CHECK_FALSE(std::filesystem::exists(path));
  const int first = listen_at(path);
  auto file = std::make_unique<SocketFile>(path);
  std::filesystem::rename(path, folder.path() / "old.sock");
  const int successor = listen_at(path);
  file.reset();
  CHECK(std::filesystem::exists(path));
  ::close(first);
  ::close(successor);
}
