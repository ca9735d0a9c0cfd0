#include "kernel/tls/proxy_header.h"

#include <arpa/inet.h>

#include <catch2/catch.hpp>

namespace {

using namespace berth;       // NOLINT: the tests name nearly everything in it
using namespace berth::tls;  // NOLINT

NetAddress address(const std::string& text, std::uint16_t port) {
  NetAddress read{text.find(':') != std::string::npos, {}, port};
  REQUIRE(::inet_pton(read.v6 ? AF_INET6 : AF_INET, text.c_str(), read.octets.data()) == 1);
  return read;
}

const std::string kSignature = "0D0A0D0A000D0A515549540A";
const std::string kV4 =
    "C0000201"
    "C6336402"
    "D431"
    "01BB";

std::string refusal(const std::string& hex) {
  const auto read = read_proxy_header(*from_hex(hex));
  return read ? "" : read.error();
}

}  // namespace

TEST_CASE("a header says what the specification says, octet for octet", "[tls]") {
  const ProxyHeader header{address("192.0.2.1", 54321), address("198.51.100.2", 443)};
  CHECK(to_hex(write_proxy_header(header)) == kSignature + "2111000C" + kV4);
}

TEST_CASE("what is written is read again", "[tls]") {
  const ProxyHeader headers[] = {{address("192.0.2.1", 1), address("198.51.100.2", 65535)},
                                 {address("2001:db8::1", 40000), address("2001:db8::2", 443)}};
  for (const ProxyHeader& header : headers) {
    const auto read = read_proxy_header(write_proxy_header(header));
    REQUIRE(read);
    CHECK(*read == header);
  }
  const auto mixed =
      read_proxy_header(write_proxy_header({address("192.0.2.1", 1), address("2001:db8::2", 443)}));
  REQUIRE(mixed);
  CHECK(text_of(mixed->source) == "::ffff:192.0.2.1");
}

TEST_CASE("fields behind the addresses are passed over when they are in form", "[tls]") {
  CHECK(refusal(kSignature + "21110010" + kV4 + "04000155") == "");
  CHECK(refusal(kSignature + "2111000F" + kV4 + "040001") != "");
  CHECK(refusal(kSignature + "2111000D" + kV4 + "04") != "");
}

TEST_CASE("a header out of form is refused", "[tls]") {
  CHECK(refusal("") != "");
  CHECK(refusal(kSignature + "2111000C" + kV4 + "00") != "");      // longer
  CHECK(refusal(kSignature + "2111000C" + kV4.substr(2)) != "");   // shorter
  CHECK(refusal(kSignature + "2011000C" + kV4) != "");             // LOCAL
  CHECK(refusal(kSignature + "1111000C" + kV4) != "");             // version 1
  CHECK(refusal(kSignature + "2112000C" + kV4) != "");             // datagram
  CHECK(refusal(kSignature + "2131000C" + kV4) != "");             // Unix
  CHECK(refusal(kSignature + "2100000C" + kV4) != "");             // unspecified
  CHECK(refusal(kSignature + "2121000C" + kV4) != "");             // too short for IPv6
  CHECK(refusal("0D0A0D0A000D0A515549540B2111000C" + kV4) != "");  // another signature
  CHECK(refusal(kSignature + "21110201" + kV4 + std::string(2 * 0x1F5, '0')) == "too long");
}
