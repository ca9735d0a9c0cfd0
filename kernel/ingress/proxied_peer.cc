#include "kernel/ingress/proxied_peer.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "kernel/tls/proxy_header.h"

namespace berth::ingress {
namespace {

bool read_exactly(int fd, std::span<std::uint8_t> target) {
  while (!target.empty()) {
    const ssize_t count = ::recv(fd, target.data(), target.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    target = target.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

// In one spelling: IPv4 as IPv6 that maps it. Zeros: no address.
std::array<std::uint8_t, 16> octets_of(const std::string& address) {
  std::array<std::uint8_t, 16> octets{};
  if (::inet_pton(AF_INET6, address.c_str(), octets.data()) == 1) return octets;
  octets = {};
  if (::inet_pton(AF_INET, address.c_str(), octets.data() + 12) != 1) return {};
  octets[10] = octets[11] = 0xFF;
  return octets;
}

}  // namespace

std::optional<std::string> read_proxied_peer(int fd) {
  std::array<std::uint8_t, tls::kMaxProxyHeader> octets{};
  const std::span<std::uint8_t> all(octets);
  if (!read_exactly(fd, all.first(tls::kProxyPrefix))) return std::nullopt;
  const auto rest = tls::proxy_header_rest(all.first(tls::kProxyPrefix));
  if (!rest || !read_exactly(fd, all.subspan(tls::kProxyPrefix, *rest))) return std::nullopt;
  const auto header = tls::read_proxy_header(all.first(tls::kProxyPrefix + *rest));
  return header ? std::optional(tls::text_of(header->source)) : std::nullopt;
}

bool is_peer(const std::vector<std::string>& peers, const std::string& address) {
  const auto octets = octets_of(address);
  return octets != std::array<std::uint8_t, 16>{} &&
         std::any_of(peers.begin(), peers.end(),
                     [&octets](const std::string& peer) { return octets_of(peer) == octets; });
}

}  // namespace berth::ingress
