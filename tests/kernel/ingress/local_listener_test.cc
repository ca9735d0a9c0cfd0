#include "kernel/ingress/local_listener.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <thread>

#include "tests/kernel/ingress/test_certificates.h"
#include "tests/kernel/ingress/test_client.h"

using namespace berth::ingress;
using namespace berth::ingress::test;

namespace {

HttpResponse echo(const HttpRequest& request) {
  HttpResponse response;
  response.content_type = "text/plain";
  response.body = request.method + " " + request.path + "?" + request.query + " " + request.body;
  return response;
}

constexpr std::string_view kGet = "GET /v1/status?a=b HTTP/1.1\r\nHost: localhost\r\n\r\n";

mode_t mode_of(const std::filesystem::path& file) {
  struct stat info {};
  REQUIRE(::lstat(file.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

// A socket file whose owner is gone.
void leave_stale_socket(const std::filesystem::path& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  ::close(fd);
}

}  // namespace

TEST_CASE("the operator's socket serves requests and is closed to others", "[ingress]") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "operator.sock";
  const mode_t before = ::umask(0);
  auto listener = LocalListener::start(path, 1000, echo);
  ::umask(before);
  REQUIRE(listener.ok());
  CHECK(mode_of(path) == 0600);
  auto client = TestClient::connect_local(path);
  REQUIRE(client);
  for (int i = 0; i < 3; ++i) {
    client->send(kGet);
    CHECK(body_of(client->read_response()) == "GET /v1/status?a=b ");
  }
  client->send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
  CHECK(status_of(client->read_response()) == 413);
}

TEST_CASE("who is at the other end of the operator's socket is what the kernel says of it",
          "[ingress][R9:part]") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "operator.sock";
  auto listener = LocalListener::start(path, 1000, [](const HttpRequest& request) {
    HttpResponse response;
    response.body = request.peer_uid ? std::to_string(*request.peer_uid) : "nobody";
    return response;
  });
  REQUIRE(listener.ok());
  auto client = TestClient::connect_local(path);
  REQUIRE(client);
  // What a client says of itself counts for nothing.
  client->send("GET / HTTP/1.1\r\nHost: a\r\nX-Peer-Uid: 4711\r\n\r\n");
  CHECK(body_of(client->read_response()) == std::to_string(::getuid()));
}

TEST_CASE("the operator's socket is opened to a group, and to no group that is not there",
          "[ingress]") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "operator.sock";
  const auto unknown = LocalListener::start(path, 1000, echo, "no-such-group-here");
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().reason() == "ingress.socket_group");
  CHECK_FALSE(std::filesystem::exists(path));
  const group* own = ::getgrgid(::getgid());
  if (own == nullptr) return;  // a group without a name
  auto listener = LocalListener::start(path, 1000, echo, own->gr_name);
  REQUIRE(listener.ok());
  CHECK(mode_of(path) == 0660);
}

TEST_CASE("stopping removes the operator's socket, a stale one is replaced", "[ingress]") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "operator.sock";
  leave_stale_socket(path);
  {
    auto listener = LocalListener::start(path, 1000, echo);
    REQUIRE(listener.ok());
    auto client = TestClient::connect_local(path);
    REQUIRE(client);
    client->send(kGet);
    CHECK(status_of(client->read_response()) == 200);
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a socket somebody serves, a file and a missing folder are refused", "[ingress]") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "operator.sock";
  auto first = LocalListener::start(path, 1000, echo);
  REQUIRE(first.ok());
  const auto second = LocalListener::start(path, 1000, echo);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().reason() == "ingress.socket_in_use");
  CHECK(TestClient::connect_local(path));

  const auto file = folder.path() / "file";
  std::ofstream(file) << "precious";
  const auto on_file = LocalListener::start(file, 1000, echo);
  REQUIRE_FALSE(on_file.ok());
  CHECK(on_file.error().reason() == "ingress.socket_path");
  CHECK(std::filesystem::exists(file));

  CHECK(LocalListener::start(folder.path() / "none" / "s", 1000, echo).error().reason() ==
        "ingress.bind");
  CHECK(LocalListener::start(folder.path() / std::string(120, 'a'), 1000, echo).error().reason() ==
        "ingress.socket_path");
}

TEST_CASE("a successor's socket file survives the end of its predecessor", "[ingress]") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "operator.sock";
  auto first = LocalListener::start(path, 1000, echo);
  REQUIRE(first.ok());
  std::filesystem::rename(path, folder.path() / "moved.sock");
  auto second = LocalListener::start(path, 1000, echo);
  REQUIRE(second.ok());
  first->reset();
  CHECK(TestClient::connect_local(path));
}
