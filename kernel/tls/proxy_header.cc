#include "kernel/tls/proxy_header.h"

#include <arpa/inet.h>

#include <algorithm>

#include "kernel/tls/vectors.h"

namespace berth::tls {
namespace {

constexpr std::array<std::uint8_t, 12> kSignature = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D,
                                                     0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
constexpr std::uint8_t kVersion2Proxy = 0x21;
constexpr std::uint8_t kTcp4 = 0x11;
constexpr std::uint8_t kTcp6 = 0x21;
constexpr std::size_t kV4Octets = 4;
constexpr std::size_t kV6Octets = 16;
constexpr std::size_t kPorts = 4;

std::size_t address_octets(bool v6) { return v6 ? kV6Octets : kV4Octets; }

void append_number(Bytes& to, std::size_t number) {
  to.push_back(static_cast<std::uint8_t>(number >> 8));
  to.push_back(static_cast<std::uint8_t>(number));
}

void append_address(Bytes& to, const NetAddress& address, bool v6) {
  const ByteView octets = ByteView(address.octets).first(address_octets(address.v6));
  if (v6 && !address.v6) {  // RFC 4291 §2.5.5.2
    to.insert(to.end(), 10, 0x00);
    to.insert(to.end(), 2, 0xFF);
  }
  append(to, octets);
}

NetAddress address_of(ByteView octets, std::size_t port) {
  NetAddress address{octets.size() == kV6Octets, {}, static_cast<std::uint16_t>(port)};
  std::copy(octets.begin(), octets.end(), address.octets.begin());
  return address;
}

bool fields_in_form(ByteView fields) {
  while (!fields.empty()) {
    if (!take_number(fields, 1) || !take(fields, take_number(fields, 2))) return false;
  }
  return true;
}

}  // namespace

std::string text_of(const NetAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(address.v6 ? AF_INET6 : AF_INET, address.octets.data(), text.data(), text.size());
  return text.data();
}

Bytes write_proxy_header(const ProxyHeader& header) {
  const bool v6 = header.source.v6 || header.destination.v6;
  Bytes octets(kSignature.begin(), kSignature.end());
  octets.push_back(kVersion2Proxy);
  octets.push_back(v6 ? kTcp6 : kTcp4);
  append_number(octets, 2 * address_octets(v6) + kPorts);
  append_address(octets, header.source, v6);
  append_address(octets, header.destination, v6);
  append_number(octets, header.source.port);
  append_number(octets, header.destination.port);
  return octets;
}

Result<std::size_t, std::string> proxy_header_rest(ByteView prefix) {
  if (prefix.size() != kProxyPrefix || !equal(prefix.first(kSignature.size()), kSignature)) {
    return std::string("no PROXY protocol version 2 header");
  }
  const std::uint8_t family = prefix[13];
  if (prefix[12] != kVersion2Proxy) return std::string("neither version 2 nor command PROXY");
  if (family != kTcp4 && family != kTcp6) return std::string("not a stream over IPv4 or IPv6");
  ByteView length = prefix.last(2);
  const std::size_t rest = *take_number(length, 2);
  if (rest < 2 * address_octets(family == kTcp6) + kPorts) return std::string("too short");
  if (rest > kMaxProxyHeader - kProxyPrefix) return std::string("too long");
  return rest;
}

Result<ProxyHeader, std::string> read_proxy_header(ByteView header) {
  if (header.size() < kProxyPrefix) return std::string("too short");
  BERTH_TRY(rest, proxy_header_rest(header.first(kProxyPrefix)));
  const std::size_t octets = address_octets(header[13] == kTcp6);
  ByteView left = header.subspan(kProxyPrefix);
  if (left.size() != rest) return std::string("not as long as it says");
  const ByteView source = *take(left, octets);
  const ByteView destination = *take(left, octets);
  const std::size_t source_port = *take_number(left, 2);
  const std::size_t destination_port = *take_number(left, 2);
  if (!fields_in_form(left)) return std::string("fields behind the addresses out of form");
  return ProxyHeader{address_of(source, source_port), address_of(destination, destination_port)};
}

}  // namespace berth::tls
