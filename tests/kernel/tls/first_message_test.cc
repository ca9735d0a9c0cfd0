#include "kernel/tls/first_message.h"

#include <openssl/ssl.h>

#include <catch2/catch.hpp>
#include <memory>

namespace {

using namespace berth;       // NOLINT: the tests name nearly everything in it
using namespace berth::tls;  // NOLINT
using State = FirstMessage::State;

// What the TLS library itself says first when it asks for `name`.
Bytes real_hello(const std::string& name) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()),
                                                             &SSL_CTX_free);
  const std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context.get()), &SSL_free);
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), out);
  if (!name.empty()) {
    SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(name.c_str()));
  }
  SSL_set_connect_state(ssl.get());
  SSL_do_handshake(ssl.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  return to_bytes(as_bytes({data, static_cast<std::size_t>(size)}));
}

Bytes record(const Bytes& content) {
  Bytes octets = {22, 3, 1, static_cast<std::uint8_t>(content.size() >> 8),
                  static_cast<std::uint8_t>(content.size())};
  append(octets, content);
  return octets;
}

// A handshake message of its own: version, random, no session, one suite, no compression.
Bytes hello(const std::string& extensions_hex) {
  Bytes body = *from_hex("0303" + std::string(64, '0') + "00" + "00021301" + "0100");
  const Bytes extensions = *from_hex(extensions_hex);
  body.push_back(static_cast<std::uint8_t>(extensions.size() >> 8));
  body.push_back(static_cast<std::uint8_t>(extensions.size()));
  append(body, extensions);
  Bytes message = {1, 0, static_cast<std::uint8_t>(body.size() >> 8),
                   static_cast<std::uint8_t>(body.size())};
  append(message, body);
  return message;
}
constexpr const char* kNameAbc = "0000000A0008000005612E622E63";

State fed(const Bytes& octets) { return FirstMessage().feed(octets); }

}  // namespace

TEST_CASE("the name a TLS client asks for is read, however its message is cut", "[tls]") {
  const Bytes octets = real_hello("rsp.alpha.example");
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, octets.size()}) {
    CAPTURE(step);
    FirstMessage message;
    for (std::size_t at = 0; at < octets.size(); at += step) {
      CHECK(message.state() == State::kMore);
      message.feed(ByteView(octets).subspan(at, std::min(step, octets.size() - at)));
    }
    REQUIRE(message.state() == State::kComplete);
    CHECK(message.server_name() == "rsp.alpha.example");
    CHECK(message.octets() == octets);
  }
}

TEST_CASE("a message over several records is one message", "[tls]") {
  const Bytes whole = hello(kNameAbc);
  Bytes octets;
  for (const std::uint8_t octet : whole) append(octets, record({octet}));
  FirstMessage message;
  REQUIRE(message.feed(octets) == State::kComplete);
  CHECK(message.server_name() == "a.b.c");
}

TEST_CASE("a client that names nobody is read and has no name", "[tls]") {
  FirstMessage message;
  REQUIRE(message.feed(real_hello("")) == State::kComplete);
  CHECK_FALSE(message.server_name().has_value());
}

TEST_CASE("what follows the message is kept and not read", "[tls]") {
  Bytes octets = record(hello(kNameAbc));
  append(octets, *from_hex("140303000101"));
  FirstMessage message;
  REQUIRE(message.feed(octets) == State::kComplete);
  CHECK(message.octets() == octets);
}

TEST_CASE("what is no first message of TLS is malformed at once", "[tls]") {
  CHECK(fed(to_bytes(as_bytes("GET / HTTP/1.1\r\n"))) == State::kMalformed);
  CHECK(fed(*from_hex("1703030001")) == State::kMalformed);          // not a handshake
  CHECK(fed(*from_hex("1602030001")) == State::kMalformed);          // no version of TLS
  CHECK(fed(*from_hex("1603010000")) == State::kMalformed);          // an empty record
  CHECK(fed(*from_hex("1603014001")) == State::kMalformed);          // longer than a record may be
  CHECK(fed(*from_hex("160301000402000000")) == State::kMalformed);  // a ServerHello
  CHECK(fed(record(hello(std::string(kNameAbc) + kNameAbc))) == State::kMalformed);  // two names
  CHECK(fed(record(hello("00000005000300"))) == State::kMalformed);  // longer than its list
  Bytes behind = hello(kNameAbc);
  behind.push_back(0);
  CHECK(fed(record(behind)) == State::kMalformed);
}

TEST_CASE("a first message is bounded, by what it announces too", "[tls]") {
  CHECK(fed(record({1, 0xFF, 0xFF, 0xFF})) == State::kTooLarge);
  FirstMessage message;
  const Bytes piece = record({1, 0, 0x3F, 0xF0});
  CHECK(message.feed(piece) == State::kMore);
  while (message.state() == State::kMore) message.feed(record(Bytes(1000, 0)));
  CHECK(message.state() == State::kTooLarge);
  CHECK(message.octets().size() <= kMaxFirstMessage);
}
