#include "kernel/rsp/bsp/protector.h"

#include <catch2/catch.hpp>
#include <random>

#include "kernel/base/digest.h"
#include "tests/kernel/rsp/bsp/reference_channel.h"
#include "tests/kernel/rsp/sgp22_vectors.h"

namespace berth::rsp::bsp {
namespace {

using namespace vectors;

Protector session_protector() {
  return Protector::create(hex(kSEnc), hex(kSMac), hex(kInitialMcv)).value();
}

Protector package_key_protector() {
  return Protector::create(hex(kPpkEnc), hex(kPpkCmac), hex(kPpkInitialMcv)).value();
}

TEST_CASE("one chaining value and one counter run through 87, 88 and 86", "[rsp][bsp]") {
  Protector protector = session_protector();
  Bytes isdp, metadata, package;
  REQUIRE(protector.append_encrypted(isdp, kEncryptedCommand, hex(kConfigureIsdpPlain)));
  CHECK(to_hex(isdp) == kConfigureIsdp87);
  CHECK(to_hex(protector.mac_chaining_value()) == kMcvAfter87);

  REQUIRE(protector.append_mac_only(metadata, kStoreMetadata, hex(kStoreMetadataPlain)));
  CHECK(to_hex(metadata) == kStoreMetadata88);
  CHECK(to_hex(protector.mac_chaining_value()) == kMcvAfter88);
  CHECK(protector.block_counter().back() == 3);

  REQUIRE(protector.append_encrypted(package, kLoadProfileElements, hex(kUpp)));
  CHECK(to_hex(package) == kUpp86SessionKeys);
  CHECK(to_hex(protector.mac_chaining_value()) == kMcvAfter86);
}

TEST_CASE("segments equal those of another server's trace", "[rsp][bsp]") {
  Protector protector =
      Protector::create(hex(kInteropSEnc), hex(kInteropSMac), hex(kInteropInitialMcv)).value();
  Bytes isdp, metadata, replace;
  REQUIRE(protector.append_encrypted(isdp, kEncryptedCommand, hex(kInteropConfigureIsdpPlain)));
  CHECK(to_hex(isdp) == kInteropConfigureIsdp87);
  REQUIRE(protector.append_mac_only(metadata, kStoreMetadata, hex(kInteropStoreMetadataPlain)));
  CHECK(to_hex(metadata) == kInteropStoreMetadata88);
  REQUIRE(
      protector.append_encrypted(replace, kEncryptedCommand, hex(kInteropReplaceSessionKeysPlain)));
  CHECK(to_hex(replace) == kInteropReplaceSessionKeys87);
}

TEST_CASE("package keys start a chain of their own", "[rsp][bsp]") {
  Protector session = session_protector();
  Bytes skipped, replace, package;
  REQUIRE(session.append_encrypted(skipped, kEncryptedCommand, hex(kConfigureIsdpPlain)));
  REQUIRE(session.append_mac_only(skipped, kStoreMetadata, hex(kStoreMetadataPlain)));
  REQUIRE(session.append_encrypted(replace, kEncryptedCommand, hex(kReplaceSessionKeysPlain)));
  CHECK(to_hex(replace) == kReplaceSessionKeys87);
  Protector package_keys = package_key_protector();
  REQUIRE(package_keys.append_encrypted(package, kLoadProfileElements, hex(kUpp)));
  CHECK(to_hex(package) == kUpp86Ppk);
}

TEST_CASE("3000 octets make segments of 1020, 1020 and 1004 octets", "[rsp][bsp]") {
  Bytes plain(3000);
  for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = static_cast<std::uint8_t>(i);
  Protector protector = package_key_protector();
  Bytes segments;
  REQUIRE(protector.append_encrypted(segments, kLoadProfileElements, plain));
  const std::vector<Bytes> single = reference::split(segments);
  REQUIRE(single.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(single[i].size() == kSegmentationLengths[i]);
    CHECK(to_hex(ByteView(single[i]).last(8)) == kSegmentationMacs[i]);
  }
  CHECK(to_hex(sha256(segments)) == kSegmentationSha256);
}

TEST_CASE("sizes at a segment's edge fill it and no more", "[rsp][bsp]") {
  struct Edge {
    std::size_t plain, encrypted_segments, mac_only_segments;
  };
  for (const Edge& edge : {Edge{1, 1, 1}, Edge{1007, 1, 1}, Edge{1008, 2, 1}, Edge{1009, 2, 2},
                           Edge{2014, 2, 2}, Edge{2015, 3, 2}, Edge{2017, 3, 3}}) {
    CAPTURE(edge.plain);
    Protector protector = session_protector();
    Bytes encrypted, mac_only;
    REQUIRE(protector.append_encrypted(encrypted, kLoadProfileElements, Bytes(edge.plain, 7)));
    REQUIRE(protector.append_mac_only(mac_only, kStoreMetadata, Bytes(edge.plain, 7)));
    CHECK(reference::split(encrypted).size() == edge.encrypted_segments);
    CHECK(reference::split(mac_only).size() == edge.mac_only_segments);
    for (const Bytes& segment : reference::split(encrypted)) CHECK(segment.size() <= 1020);
    for (const Bytes& segment : reference::split(mac_only)) CHECK(segment.size() <= 1020);
  }
}

TEST_CASE("the counter carries past one octet", "[rsp][bsp]") {
  Protector protector = session_protector();
  reference::Channel card(hex(kSEnc), hex(kSMac), hex(kInitialMcv));
  Bytes segments;
  const Bytes plain(300 * kMaxEncryptedPlain, 0x5A);
  REQUIRE(protector.append_encrypted(segments, kLoadProfileElements, plain));
  Bytes opened;
  for (const Bytes& segment : reference::split(segments)) {
    const auto part = card.open(segment);
    REQUIRE(part);
    append(opened, *part);
  }
  CHECK(opened == plain);
  CHECK(to_hex(protector.block_counter()) == "0000000000000000000000000000012D");
}

TEST_CASE("any run of segments opens on the card's side to what was put in", "[rsp][bsp]") {
  const unsigned seed = 20260507;
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto octets = [&](std::size_t size) {
    Bytes out(size);
    for (auto& octet : out) octet = static_cast<std::uint8_t>(random());
    return out;
  };
  for (int round = 0; round < 200; ++round) {
    const Bytes enc = octets(16), mac = octets(16), mcv = octets(16);
    Protector protector = Protector::create(enc, mac, mcv).value();
    reference::Channel card(enc, mac, mcv);
    for (int message = 0; message < 4; ++message) {
      const bool encrypted = random() % 2 == 0;
      const Bytes plain = octets(1 + random() % 2500);
      Bytes segments, opened;
      REQUIRE((encrypted ? protector.append_encrypted(segments, kLoadProfileElements, plain)
                         : protector.append_mac_only(segments, kStoreMetadata, plain)));
      for (const Bytes& segment : reference::split(segments)) {
        const auto part = card.open(segment);
        REQUIRE(part);
        append(opened, *part);
      }
      REQUIRE(opened == plain);
    }
  }
}

TEST_CASE("a changed octet in a segment does not open", "[rsp][bsp]") {
  const Bytes good = hex(kUpp86Ppk);
  for (std::size_t i = 2; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] = static_cast<std::uint8_t>(bad[i] ^ 0x01);
    reference::Channel card(hex(kPpkEnc), hex(kPpkCmac), hex(kPpkInitialMcv));
    CHECK_FALSE(card.open(bad));
  }
}

TEST_CASE("keys of a wrong size and empty plaintext are refused", "[rsp][bsp]") {
  const Bytes key(16, 1), other(15, 1);
  CHECK_FALSE(Protector::create(other, key, key));
  CHECK_FALSE(Protector::create(key, other, key));
  const auto refused = Protector::create(key, key, other);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason() == "bsp.key_data");
  Protector protector = Protector::create(key, key, key).value();
  Bytes target;
  const auto empty = protector.append_encrypted(target, kLoadProfileElements, {});
  REQUIRE_FALSE(empty);
  CHECK(empty.error().reason() == "bsp.empty");
  CHECK(target.empty());
}

}  // namespace
}  // namespace berth::rsp::bsp
