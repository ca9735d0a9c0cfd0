// A door with three tenants behind it ("shared-one" here, "own" dedicated, "far" a partner's), each
// endpoint a Unix socket that the test answers itself.

#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <functional>
#include <thread>

#include "kernel/passthrough/door.h"
#include "kernel/tls/proxy_header.h"
#include "tests/kernel/tenancy/files_support.h"

namespace berth::passthrough::test {

using nlohmann::json;

// One end of a connection; every call ends after ten seconds at the latest.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {
    const timeval patience{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }
  Peer(Peer&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Peer& operator=(Peer&&) = delete;
  ~Peer() {
    if (fd_ >= 0) ::close(fd_);
  }
  void send(ByteView octets) const {
    while (!octets.empty()) {
      const ssize_t sent = ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      octets = octets.subspan(static_cast<std::size_t>(sent));
    }
  }
  void send(std::string_view text) const { send(as_bytes(text)); }
  // Fewer when the other side ended.
  Bytes receive(std::size_t count) const {
    Bytes octets(count);
    std::size_t have = 0;
    while (have < count) {
      const ssize_t got = ::recv(fd_, octets.data() + have, count - have, 0);
      if (got <= 0) break;
      have += static_cast<std::size_t>(got);
    }
    octets.resize(have);
    return octets;
  }
  std::string text(std::size_t count) const { return std::string(as_text(receive(count))); }
  // Did the other side end without a further octet?
  bool ended() const {
    std::uint8_t octet = 0;
    const ssize_t got = ::recv(fd_, &octet, 1, 0);
    return got == 0 || (got < 0 && errno == ECONNRESET);
  }
  void end_writing() const { ::shutdown(fd_, SHUT_WR); }

 private:
  int fd_;
};

class Endpoint {
 public:
  explicit Endpoint(const std::filesystem::path& path)
      : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    ::unlink(path.c_str());
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    REQUIRE(::listen(fd_, 64) == 0);
    const timeval patience{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;
  ~Endpoint() { ::close(fd_); }
  Peer accept() const {
    const int peer = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    REQUIRE(peer >= 0);
    return Peer(peer);
  }

 private:
  int fd_;
};

// A client's first message that asks for `name`; empty: for nobody.
inline Bytes hello(const std::string& name) {
  const auto number = [](std::size_t value) {
    return Bytes{static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
  };
  const auto vector = [&number](const Bytes& content) {
    Bytes octets = number(content.size());
    append(octets, content);
    return octets;
  };
  Bytes extensions;
  if (!name.empty()) {
    Bytes entry = {0};
    append(entry, vector(to_bytes(as_bytes(name))));
    extensions = {0, 0};
    append(extensions, vector(vector(entry)));
  }
  Bytes body = *from_hex("0303" + std::string(64, '5') + "00" + "00021301" + "0100");
  append(body, vector(extensions));
  Bytes message = {1, 0};
  append(message, vector(body));
  Bytes record = {22, 3, 1};
  append(record, vector(message));
  return record;
}

inline json route(const std::string& id, const std::string& prefix, const std::string& mcc_mnc) {
  return tenancy::test::route_json(id, prefix, mcc_mnc);
}

struct Behind {
  tenancy::test::Folder folder;
  tenancy::DoorConfiguration limits{.listen = "127.0.0.1:0", .status_socket = {}};

  std::filesystem::path socket(const std::string& name) const {
    return folder.path() / (name + ".sock");
  }
  // The directory of host file and tenants as they stand; "own" at another socket if one is named.
  std::shared_ptr<const Directory> directory(const std::string& own = "own") const {
    const json here = {{"tenantId", "own"}, {"displayName", "Own"}, {"topology", "dedicated"}};
    json dedicated = here;
    dedicated["endpoint"] = "unix:" + socket(own).string();
    json partner = here;
    partner.update({{"tenantId", "far"},
                    {"topology", "partner"},
                    {"endpoint", "unix:" + socket("far").string()}});
    for (const std::string_view cell : tenancy::kContractCells) {
      partner["contract"][std::string(cell)] = {
          {"owner", "partner"}, {"contact", "noc@far.example"}, {"nextDue", "2099-12-31"}};
    }
    folder.write("tenants/own.json", dedicated);
    folder.write("tenants/far.json", partner);
    folder.write("tenants/shared.json", tenancy::test::tenant_json("shared-one"));
    folder.write("routes.json", {{"tenantRoutes",
                                  {route("own", "8904", "23450"), route("far", "8905", "52512"),
                                   route("shared-one", "8906", "26201")}},
                                 {"defaultAction", "reject"}});
    json host = tenancy::test::host_json();
    host["tenants"] = "tenants";
    host["es9Listen"] = "unix:shared.sock";
    const auto loaded = tenancy::load_configuration(folder.write("host.json", host));
    if (!loaded) FAIL(loaded.error().message());
    return std::make_shared<const Directory>(*loaded);
  }
  std::unique_ptr<Door> open() const {
    auto door = Door::start(limits, directory());
    if (!door) FAIL(door.error().message());
    return std::move(*door);
  }
};

inline Peer knock(const Door& door) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(door.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  return Peer(fd);
}
inline Peer knock(const Door& door, const std::string& name) {
  Peer client = knock(door);
  client.send(hello(name));
  return client;
}

inline TenantCounts counts_of(const Door& door, const std::string& tenant) {
  for (const TenantCounts& counts : door.tenants()) {
    if (counts.tenant == tenant) return counts;
  }
  return {};
}

// Waits for what another thread is about to do; false after ten seconds.
inline bool comes_true(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

constexpr const char* kOwn = "rsp.own.example";
constexpr const char* kFar = "rsp.far.example";
constexpr const char* kShared = "rsp.shared-one.example";
inline constexpr std::size_t kV4Header = tls::kProxyPrefix + 12;

}  // namespace berth::passthrough::test
