#include "kernel/tls/client_hello.h"

#include <catch2/catch.hpp>
#include <random>

using namespace berth;
using namespace berth::tls;

namespace {

Bytes octets(std::string_view hex) { return *from_hex(hex); }

ClientHello with_name(const Bytes& body) { return read_client_hello({.server_name = body}); }
ClientHello with_groups(const Bytes& body) { return read_client_hello({.supported_groups = body}); }
ClientHello with_keys(const Bytes& body) { return read_client_hello({.trusted_ca_keys = body}); }

}  // namespace

TEST_CASE("nothing sent excludes nothing", "[tls]") {
  const ClientHello hello = read_client_hello({});
  CHECK_FALSE(hello.server_name.has_value());
  CHECK_FALSE(hello.groups.has_value());
  CHECK_FALSE(hello.signature_schemes.has_value());
  CHECK(hello.trusted_key_ids.empty());
}

TEST_CASE("a server name is read as sent", "[tls]") {
  CHECK(with_name(octets("0008000005612E622E63")).server_name == "a.b.c");
  CHECK(with_name(octets("0003000000")).server_name == "");
}

TEST_CASE("groups and signature schemes are read in their order", "[tls]") {
  CHECK(with_groups(octets("0004001A0017")).groups == std::vector<std::uint16_t>{26, 23});
  const Bytes body = octets("00060403081A0401");
  CHECK(read_client_hello({.signature_algorithms = body}).signature_schemes ==
        std::vector<std::uint16_t>{0x0403, 0x081A, 0x0401});
}

TEST_CASE("of the trusted CAs those named by key are read, others are passed over", "[tls]") {
  const std::string key(40, 'A');
  const std::string other(40, 'B');
  // pre_agreed, key_sha1_hash, x509_name of three octets, cert_sha1_hash, key_sha1_hash
  const Bytes body = octets(
      "0046"
      "00"
      "01" +
      key +
      "02"
      "0003"
      "300100"
      "03" +
      key + "01" + other);
  CHECK(with_keys(body).trusted_key_ids == std::vector{octets(key), octets(other)});
}

TEST_CASE("an extension out of form counts as not sent", "[tls]") {
  for (const char* bad : {"", "00", "0008", "0008000005612E622E", "0008000004612E622E63",
                          "0008010005612E622E63", "0008000005612E622E6300", "0000", "FFFF0000"}) {
    CAPTURE(bad);
    CHECK_FALSE(with_name(octets(bad)).server_name.has_value());
  }
  for (const char* bad : {"", "0000", "0001AA", "0003001A00", "0004001A", "0002001A00"}) {
    CAPTURE(bad);
    CHECK_FALSE(with_groups(octets(bad)).groups.has_value());
  }
  const std::string key(40, 'A');
  const std::vector<std::string> bad_lists = {
      "0014" + key, "001401" + key.substr(2), "001504" + key, "001601" + key + "01",
      "00020200",   "000502FFFF0000",         "0000"};
  for (const std::string& bad : bad_lists) {
    CAPTURE(bad);
    CHECK(with_keys(octets(bad)).trusted_key_ids.empty());
  }
}

TEST_CASE("random octets never read past their end", "[tls]") {
  const auto seed = GENERATE(5U, 20261123U);
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 20'000; ++round) {
    Bytes body(random() % 48);
    for (auto& octet : body) octet = static_cast<std::uint8_t>(random() % 6);
    if (body.size() >= 2) {  // mostly a fitting outer length
      body[0] = 0;
      if (random() % 4 != 0) body[1] = static_cast<std::uint8_t>(body.size() - 2);
    }
    // An exact heap buffer, so that the address sanitizer sees one octet too many.
    const ClientHello hello = read_client_hello({body, body, body, body});
    CHECK(hello.trusted_key_ids.size() * 21 <= body.size());
    if (hello.server_name) CHECK(hello.server_name->size() + 5 == body.size());
    if (hello.groups) CHECK(hello.groups->size() * 2 + 2 == body.size());
  }
}
