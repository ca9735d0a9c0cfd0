#include "kernel/rsp/bsp/session_keys.h"

#include <catch2/catch.hpp>

#include "tests/kernel/rsp/bsp/reference_channel.h"
#include "tests/kernel/rsp/sgp22_vectors.h"

namespace berth::rsp::bsp {
namespace {

using namespace vectors;

SessionKeys derived(std::string_view z, std::string_view host_id, std::string_view eid) {
  const Bytes info = shared_info(hex(host_id), Eid::parse(eid).value()).value();
  return SessionKeys::from_key_data(
             SecretBytes::take(reference::derive_x963(hex(z), info, kKeyDataSize)))
      .value();
}

TEST_CASE("shared info carries the EID as 16 octets, not as digits", "[rsp][bsp]") {
  const auto info = shared_info(hex(kHostId), Eid::parse(kEid).value());
  REQUIRE(info);
  CHECK(to_hex(*info) == kSharedInfo);
}

TEST_CASE("a hostId of 0 or 17 octets is refused, 1 and 16 are taken", "[rsp][bsp]") {
  const Eid eid = Eid::parse(kEid).value();
  for (const std::size_t size : {std::size_t{0}, std::size_t{17}}) {
    const auto info = shared_info(Bytes(size, 0x80), eid);
    REQUIRE_FALSE(info);
    CHECK(info.error().reason() == "bsp.host_id");
  }
  CHECK(shared_info(Bytes(1, 0x80), eid));
  CHECK(shared_info(Bytes(16, 0x80), eid));
}

TEST_CASE("key data splits into chaining value, S-ENC and S-MAC", "[rsp][bsp][R22]") {
  const SessionKeys keys = derived(kSharedSecretX, kHostId, kEid);
  CHECK(to_hex(keys.key_data()) == kKeyData);
  CHECK(to_hex(keys.initial_mcv()) == kInitialMcv);
  CHECK(to_hex(keys.s_enc()) == kSEnc);
  CHECK(to_hex(keys.s_mac()) == kSMac);
}

TEST_CASE("brainpool secrets, another server's and a third party's derive as published",
          "[rsp][bsp][R22]") {
  const SessionKeys brainpool = derived(kBrpSharedSecretX, kHostId, kEid);
  CHECK(to_hex(brainpool.initial_mcv()) == kBrpInitialMcv);
  CHECK(to_hex(brainpool.s_enc()) == kBrpSEnc);
  CHECK(to_hex(brainpool.s_mac()) == kBrpSMac);

  const SessionKeys interop = derived(kInteropSharedSecretX, kInteropHostId, kInteropEid);
  CHECK(to_hex(interop.initial_mcv()) == kInteropInitialMcv);
  CHECK(to_hex(interop.s_enc()) == kInteropSEnc);
  CHECK(to_hex(interop.s_mac()) == kInteropSMac);

  const SessionKeys other = derived(kOtherSharedSecretX, kOtherHostId, kOtherEid);
  CHECK(to_hex(other.initial_mcv()) == kOtherMcv);
  CHECK(to_hex(other.s_enc()) == kOtherSEnc);
  CHECK(to_hex(other.s_mac()) == kOtherSMac);
}

TEST_CASE("key data of another size is refused", "[rsp][bsp]") {
  for (const std::size_t size : {0U, 47U, 49U}) {
    const auto keys = SessionKeys::from_key_data(SecretBytes(size));
    REQUIRE_FALSE(keys);
    CHECK(keys.error().reason() == "bsp.key_data");
  }
}

}  // namespace
}  // namespace berth::rsp::bsp
