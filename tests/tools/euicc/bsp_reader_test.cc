#include "tools/euicc/bsp_reader.h"

#include <catch2/catch.hpp>

#include "tests/kernel/rsp/sgp22_vectors.h"

namespace berth::euicc {
namespace {

using vectors::hex;

BspReader vector_reader() {
  return BspReader::derive(hex(vectors::kSharedSecretX), hex(vectors::kHostId),
                           *Eid::parse(vectors::kEid));
}

TEST_CASE("session keys are derived as the outside vectors have them", "[euicc][R43]") {
  const Eid eid = *Eid::parse(vectors::kEid);
  const BspReader brainpool =
      BspReader::derive(hex(vectors::kBrpSharedSecretX), hex(vectors::kHostId), eid);
  CHECK(to_hex(brainpool.mac_chaining_value()) == vectors::kBrpInitialMcv);
  const BspReader trace =
      BspReader::derive(hex(vectors::kInteropSharedSecretX), hex(vectors::kInteropHostId), eid);
  CHECK(to_hex(trace.mac_chaining_value()) == vectors::kInteropInitialMcv);
  CHECK(to_hex(vector_reader().mac_chaining_value()) == vectors::kInitialMcv);
}

TEST_CASE("the vectors' segments open in order, one chain through all of them", "[euicc][R43]") {
  BspReader reader = vector_reader();
  CHECK(to_hex(*reader.open_encrypted(hex(vectors::kConfigureIsdp87))) == "BF2400");
  CHECK(to_hex(reader.mac_chaining_value()) == vectors::kMcvAfter87);
  CHECK(to_hex(*reader.open_mac_only(hex(vectors::kStoreMetadata88))) ==
        vectors::kStoreMetadataPlain);
  CHECK(reader.block_counter() == 3);
  CHECK(to_hex(*reader.open_encrypted(hex(vectors::kUpp86SessionKeys))) == vectors::kUpp);
  CHECK(to_hex(reader.mac_chaining_value()) == vectors::kMcvAfter86);
}

TEST_CASE("after a replacement the new keys start a chain of their own", "[euicc]") {
  BspReader reader = vector_reader();
  REQUIRE(reader.open_encrypted(hex(vectors::kConfigureIsdp87)).ok());
  REQUIRE(reader.open_mac_only(hex(vectors::kStoreMetadata88)).ok());
  CHECK(to_hex(*reader.open_encrypted(hex(vectors::kReplaceSessionKeys87))) ==
        vectors::kReplaceSessionKeysPlain);
  reader.replace_keys(hex(vectors::kPpkInitialMcv), hex(vectors::kPpkEnc), hex(vectors::kPpkCmac));
  CHECK(to_hex(*reader.open_encrypted(hex(vectors::kUpp86Ppk))) == vectors::kUpp);
}

TEST_CASE("a third server's trace opens", "[euicc][R43]") {
  BspReader reader = BspReader::derive(hex(vectors::kInteropSharedSecretX),
                                       hex(vectors::kInteropHostId), *Eid::parse(vectors::kEid));
  CHECK(to_hex(*reader.open_encrypted(hex(vectors::kInteropConfigureIsdp87))) == "BF2400");
  CHECK(to_hex(*reader.open_mac_only(hex(vectors::kInteropStoreMetadata88))) ==
        vectors::kInteropStoreMetadataPlain);
  CHECK(to_hex(*reader.open_encrypted(hex(vectors::kInteropReplaceSessionKeys87))) ==
        vectors::kInteropReplaceSessionKeysPlain);
}

TEST_CASE("every flipped bit of a segment is noticed", "[euicc][R43]") {
  const Bytes segment = hex(vectors::kConfigureIsdp87);
  for (std::size_t bit = 0; bit < segment.size() * 8; ++bit) {
    Bytes flipped = segment;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    BspReader reader = vector_reader();
    const auto opened = reader.open_encrypted(flipped);
    INFO("bit " << bit);
    REQUIRE_FALSE(opened.ok());
    if (bit >= 16) {
      CHECK(opened.error() == InstallError::kBspSecurity);
    }
  }
}

TEST_CASE("a segment out of turn is noticed", "[euicc]") {
  BspReader reader = vector_reader();
  CHECK(reader.open_mac_only(hex(vectors::kStoreMetadata88)).error() == InstallError::kBspSecurity);
  BspReader twice = vector_reader();
  REQUIRE(twice.open_encrypted(hex(vectors::kConfigureIsdp87)).ok());
  CHECK(twice.open_encrypted(hex(vectors::kConfigureIsdp87)).error() == InstallError::kBspSecurity);
}

TEST_CASE("segments of wrong shape are structure errors, not crashes", "[euicc]") {
  for (const char* text :
       {"", "87", "8700", "8708AABBCCDDEEFF0011", "8780", "89020000", "870300000000", "878101AA"}) {
    BspReader reader = vector_reader();
    INFO(text);
    CHECK(reader.open_encrypted(hex(text)).error() == InstallError::kBspStructure);
    CHECK(reader.open_mac_only(hex(text)).error() == InstallError::kBspStructure);
  }
  Bytes large = hex("8782044C");
  large.resize(4 + 0x44C);
  BspReader reader = vector_reader();
  CHECK(reader.open_encrypted(large).error() == InstallError::kBspStructure);
}

}  // namespace
}  // namespace berth::euicc
