// The kit: wrapping data keys, round trips and every way of tampering; random octets.

#include "kit/hsm/hsm_kit.h"

namespace {

using namespace berth::hsm_kit;

constexpr std::uint32_t kBoth = BERTH_KEY_WRAP | BERTH_KEY_UNWRAP;

}  // namespace

TEST_CASE("AES-GCM wrapping returns what went in and never twice the same octets", "[hsm-kit]") {
  auto place = make_place();
  Hsm hsm(*place);
  Key kek = hsm.key();
  REQUIRE(hsm.generate(spec_of(0, kBoth, "kek"), kek).ok());
  for (std::size_t length : {0u, 1u, 16u, 32u, 1000u, 65536u}) {
    Octets plain(length, 0x42);
    Octets one;
    Octets two;
    Octets back;
    REQUIRE(hsm.wrap(kek, BERTH_MECH_AES_GCM, "tenant-a", plain, one).ok());
    REQUIRE(hsm.wrap(kek, BERTH_MECH_AES_GCM, "tenant-a", plain, two).ok());
    CHECK(one.size() == length + 28);
    CHECK(one != two);
    REQUIRE(hsm.unwrap(kek, BERTH_MECH_AES_GCM, "tenant-a", one, back).ok());
    CHECK(back == plain);
  }
  Octets out;
  CHECK(hsm.wrap(kek, BERTH_MECH_AES_GCM, "", Octets(65537), out).reason == "hsm.wrap_length");
}

TEST_CASE("any altered octet, other associated data or another key is refused", "[hsm-kit]") {
  auto place = make_place();
  Hsm hsm(*place);
  Key kek = hsm.key();
  Key other = hsm.key();
  REQUIRE(hsm.generate(spec_of(0, kBoth), kek).ok());
  REQUIRE(hsm.generate(spec_of(0, kBoth), other).ok());
  auto lost = [](const Outcome& outcome) {
    return outcome.status == BERTH_DATA_LOSS && outcome.reason == "hsm.unwrap_failed";
  };
  Octets plain(32, 0x42);
  for (std::uint32_t mechanism : {BERTH_MECH_AES_GCM, BERTH_MECH_AES_KW}) {
    CAPTURE(mechanism);
    std::string_view aad = mechanism == BERTH_MECH_AES_GCM ? "tenant-a" : "";
    Octets wrapped;
    Octets out;
    REQUIRE(hsm.wrap(kek, mechanism, aad, plain, wrapped).ok());
    for (std::size_t i = 0; i < wrapped.size(); ++i) {
      Octets altered = wrapped;
      altered[i] ^= 0x80;
      CHECK(lost(hsm.unwrap(kek, mechanism, aad, altered, out)));
      CHECK(out == Octets(out.size(), 0));  // nothing unauthenticated stays behind
    }
    for (std::size_t length = 0; length < wrapped.size(); ++length) {
      Octets cut(wrapped.begin(), wrapped.begin() + static_cast<std::ptrdiff_t>(length));
      CHECK(lost(hsm.unwrap(kek, mechanism, aad, cut, out)));
    }
    CHECK(lost(hsm.unwrap(other, mechanism, aad, wrapped, out)));
    CHECK(lost(hsm.unwrap(kek, mechanism, "tenant-b", wrapped, out)));
    CHECK(hsm.unwrap(kek, mechanism, aad, wrapped, out).ok());
  }
}

TEST_CASE("a key wraps or unwraps only when it was made for it", "[hsm-kit]") {
  auto place = make_place();
  Hsm hsm(*place);
  Key wraps = hsm.key();
  Key unwraps = hsm.key();
  Key pair = hsm.key();
  REQUIRE(hsm.generate(spec_of(0, BERTH_KEY_WRAP), wraps).ok());
  REQUIRE(hsm.generate(spec_of(0, BERTH_KEY_UNWRAP), unwraps).ok());
  REQUIRE(hsm.generate(spec_of(BERTH_CURVE_P256, BERTH_KEY_SIGN), pair).ok());
  Octets wrapped;
  Octets out;
  REQUIRE(hsm.wrap(wraps, BERTH_MECH_AES_GCM, "", Octets(16), wrapped).ok());
  CHECK(hsm.unwrap(wraps, BERTH_MECH_AES_GCM, "", wrapped, out).reason == "hsm.key_usage");
  CHECK(hsm.wrap(unwraps, BERTH_MECH_AES_GCM, "", Octets(16), out).reason == "hsm.key_usage");
  CHECK(hsm.wrap(pair, BERTH_MECH_AES_GCM, "", Octets(16), out).reason == "hsm.key_usage");
  CHECK(hsm.wrap(wraps, BERTH_MECH_ECDSA_SHA256, "", Octets(16), out).status == BERTH_UNSUPPORTED);
}

TEST_CASE("random fills the buffer, within its limit", "[hsm-kit]") {
  auto place = make_place();
  Hsm hsm(*place);
  auto random = [&](Octets& fill) {
    berth_buf buffer{fill.data(), fill.size(), 0};
    return run([&](const berth_op* op) {
      return hsm.table()->random(hsm.instance().handle(), op, &buffer);
    });
  };
  Octets one(32);
  Octets two(32);
  Octets none;
  Octets too_much(1024 * 1024 + 1);
  CHECK(random(one).ok());
  CHECK(random(two).ok());
  CHECK(one != two);
  CHECK(random(none).ok());
  CHECK(random(too_much).reason == "hsm.random_length");
}
