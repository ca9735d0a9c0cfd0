// What stands before a TLS connection that somebody handed on: whose connection it is.
//
// The PROXY protocol, version 2 (HAProxy's doc/proxy-protocol.txt, section 2.2), in the one form an
// ingress needs: command PROXY, a stream over IPv4 or IPv6. Whoever can write such a header can
// claim any address, so it is read from configured peers only. Pure, fuzzable.

#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "kernel/base/bytes.h"
#include "kernel/base/result.h"

namespace berth::tls {

struct NetAddress {
  bool v6 = false;
  std::array<std::uint8_t, 16> octets{};  // IPv4: the first four
  std::uint16_t port = 0;
  bool operator==(const NetAddress&) const = default;
};
// "192.0.2.1", "2001:db8::1"; without the port.
std::string text_of(const NetAddress& address);

struct ProxyHeader {
  NetAddress source;       // the client
  NetAddress destination;  // where it connected to
  bool operator==(const ProxyHeader&) const = default;
};

inline constexpr std::size_t kProxyPrefix = 16;           // signature, command, family, length
inline constexpr std::size_t kMaxProxyHeader = 16 + 512;  // with what other ingresses may append

// Where the two families differ, the IPv4 address is written as ::ffff:a.b.c.d.
Bytes write_proxy_header(const ProxyHeader& header);

// How many octets follow a prefix of kProxyPrefix octets. The error tells what is wrong with it.
Result<std::size_t, std::string> proxy_header_rest(ByteView prefix);
// The whole header, prefix included: exactly as long as it says. Type-length-value fields behind
// the addresses must be in form and are passed over; LOCAL, Unix and datagram forms are refused.
Result<ProxyHeader, std::string> read_proxy_header(ByteView header);

}  // namespace berth::tls
