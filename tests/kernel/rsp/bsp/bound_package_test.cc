#include "kernel/rsp/bsp/bound_package.h"

#include <catch2/catch.hpp>

#include "kernel/rsp/der/der.h"
#include "tests/kernel/rsp/bsp/reference_channel.h"
#include "tests/kernel/rsp/sgp22_vectors.h"

namespace berth::rsp::bsp {
namespace {

using namespace vectors;

TransactionId transaction() { return TransactionId::parse_hex(kTransactionId).value(); }

SessionKeys keys() { return SessionKeys::from_key_data(SecretBytes::take(hex(kKeyData))).value(); }

Bytes metadata_of_size(std::size_t value_size) {
  Bytes metadata = hex("BF2582");
  metadata.push_back(static_cast<std::uint8_t>(value_size >> 8));
  metadata.push_back(static_cast<std::uint8_t>(value_size));
  metadata.resize(metadata.size() + value_size, 0x5A);
  return metadata;
}

TEST_CASE("a package under session keys equals the known one octet for octet", "[rsp][bsp]") {
  const auto reference_template = control_ref_template(hex(kHostId));
  REQUIRE(reference_template);
  CHECK(to_hex(secure_channel_to_sign(transaction(), *reference_template, hex(kOtpkDp),
                                      hex(kOtpkEuicc))) == kSmdpSignTbs);
  const Bytes channel = initialise_secure_channel(transaction(), *reference_template, hex(kOtpkDp),
                                                  hex(kSmdpSignRaw));
  CHECK(to_hex(channel) == kBf23);
  const auto parts =
      protect_package(keys(), hex(kConfigureIsdpPlain), hex(kStoreMetadataPlain), hex(kUpp));
  REQUIRE(parts);
  CHECK(to_hex(bound_package(channel, *parts)) == kBppSessionKeyMode);
}

SessionKeys protection_keys() {
  return SessionKeys::from_key_data(
             SecretBytes::take(hex(std::string(kPpkInitialMcv).append(kPpkEnc).append(kPpkCmac))))
      .value();
}

TEST_CASE("a package under protection keys equals the known one octet for octet", "[rsp][bsp]") {
  const auto segments = protect_elements(protection_keys(), hex(kUpp));
  REQUIRE(segments);
  CHECK(to_hex(*segments) == kUpp86Ppk);
  const auto parts = protect_package(keys(), hex(kConfigureIsdpPlain), hex(kStoreMetadataPlain),
                                     protection_keys(), *segments);
  REQUIRE(parts);
  CHECK(to_hex(bound_package(hex(kBf23), *parts)) == kBppPpkMode);
}

TEST_CASE("protected once, a package serves any session unchanged", "[rsp][bsp]") {
  const Bytes upp(2500, 0x42);
  const Bytes segments = protect_elements(protection_keys(), upp).value();
  CHECK(reference::split(segments).size() == 3);
  for (const std::uint8_t session : {std::uint8_t{1}, std::uint8_t{2}}) {
    const SessionKeys session_keys =
        SessionKeys::from_key_data(SecretBytes::take(Bytes(kKeyDataSize, session))).value();
    const auto parts = protect_package(session_keys, hex("BF2400"), hex(kStoreMetadataPlain),
                                       protection_keys(), segments);
    REQUIRE(parts);
    const std::vector<Bytes> sequences = reference::split(*parts);
    REQUIRE(sequences.size() == 4);
    CHECK(sequences[3] == der::tlv(0xA3, segments));
    reference::Channel card(session_keys.s_enc(), session_keys.s_mac(), session_keys.initial_mcv());
    CHECK(card.open(ByteView(sequences[0]).subspan(2)) == hex("BF2400"));
    CHECK(card.open(ByteView(sequences[1]).subspan(2)) == hex(kStoreMetadataPlain));
    CHECK(card.open(ByteView(sequences[2]).subspan(2)) == hex(kReplaceSessionKeysPlain));
    reference::Channel replaced(hex(kPpkEnc), hex(kPpkCmac), hex(kPpkInitialMcv));
    Bytes opened;
    for (const Bytes& segment : reference::split(segments)) {
      append(opened, replaced.open(segment).value());
    }
    CHECK(opened == upp);
  }
}

TEST_CASE("what is no run of load segments is not sent as one", "[rsp][bsp]") {
  const auto reason = [](ByteView segments) {
    const auto parts = protect_package(keys(), hex("BF2400"), hex(kStoreMetadataPlain),
                                       protection_keys(), segments);
    return parts ? std::string("accepted") : std::string(parts.error().reason());
  };
  const Bytes good = hex(kUpp86Ppk);
  CHECK(reason(good) == "accepted");
  CHECK(reason({}) == "bsp.segments");
  CHECK(reason(ByteView(good).first(good.size() - 1)) == "bsp.segments");
  CHECK(reason(hex(kConfigureIsdp87)) == "bsp.segments");
  CHECK(reason(der::tlv(0x86, Bytes(1017))) == "bsp.segments");  // 1021 octets in all
  CHECK(reason(der::tlv(0x86, Bytes(1016))) == "accepted");
  const auto refused = protect_elements(protection_keys(), {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason() == "bsp.package");
  CHECK_FALSE(protect_elements(protection_keys(), Bytes(kMaxPackageSize + 1)));
  const auto isdp =
      protect_package(keys(), hex("BF2500"), hex(kStoreMetadataPlain), protection_keys(), good);
  REQUIRE_FALSE(isdp);
  CHECK(isdp.error().reason() == "bsp.configure_isdp");
  const auto metadata = protect_package(keys(), hex("BF2400"), {}, protection_keys(), good);
  REQUIRE_FALSE(metadata);
  CHECK(metadata.error().reason() == "bsp.metadata");
}

TEST_CASE("the same inputs protect to the same octets", "[rsp][bsp]") {
  const Bytes upp(5000, 0x42);
  const auto once = protect_package(keys(), hex("BF2400"), hex(kStoreMetadataPlain), upp);
  const auto again = protect_package(keys(), hex("BF2400"), hex(kStoreMetadataPlain), upp);
  REQUIRE((once && again));
  CHECK(*once == *again);
}

TEST_CASE("metadata longer than one segment goes in several 88", "[rsp][bsp]") {
  const Bytes metadata = metadata_of_size(1500);
  const auto parts = protect_package(keys(), hex("BF2400"), metadata, hex(kUpp));
  REQUIRE(parts);
  const std::vector<Bytes> sequences = reference::split(*parts);
  REQUIRE(sequences.size() == 3);
  CHECK(sequences[0][0] == 0xA0);
  CHECK(sequences[1][0] == 0xA1);
  CHECK(sequences[2][0] == 0xA3);
  reference::Channel card(hex(kSEnc), hex(kSMac), hex(kInitialMcv));
  REQUIRE(card.open(ByteView(sequences[0]).subspan(2)) == hex("BF2400"));
  const std::vector<Bytes> segments = reference::split(ByteView(sequences[1]).subspan(4));
  REQUIRE(segments.size() == 2);
  Bytes opened;
  for (const Bytes& segment : segments) append(opened, card.open(segment).value());
  CHECK(opened == metadata);
  CHECK(card.open(ByteView(sequences[2]).subspan(2)) == hex(kUpp));
}

TEST_CASE("inputs beyond their limits are refused with their own reason", "[rsp][bsp]") {
  const Bytes isdp = hex("BF2400"), metadata = hex(kStoreMetadataPlain), upp = hex(kUpp);
  const auto reason = [&](ByteView configure, ByteView store, ByteView package) {
    const auto parts = protect_package(keys(), configure, store, package);
    return parts ? std::string("accepted") : std::string(parts.error().reason());
  };
  CHECK(reason({}, metadata, upp) == "bsp.configure_isdp");
  CHECK(reason(hex("BF2500"), metadata, upp) == "bsp.configure_isdp");
  CHECK(reason(hex("BF240000"), metadata, upp) == "bsp.configure_isdp");
  Bytes long_isdp = hex("BF247E");
  long_isdp.resize(3 + 0x7E);
  CHECK(reason(long_isdp, metadata, upp) == "bsp.configure_isdp");  // 129 octets
  long_isdp = hex("BF247D");
  long_isdp.resize(3 + 0x7D);
  CHECK(reason(long_isdp, metadata, upp) == "accepted");  // 128 octets
  CHECK(reason(isdp, {}, upp) == "bsp.metadata");
  CHECK(reason(isdp, isdp, upp) == "bsp.metadata");
  CHECK(reason(isdp, metadata_of_size(kMaxMetadataSize), upp) == "bsp.metadata");
  CHECK(reason(isdp, metadata, {}) == "bsp.package");
  CHECK(reason(isdp, metadata, Bytes(kMaxPackageSize + 1)) == "bsp.package");
}

TEST_CASE("a control reference template needs a hostId of 1 to 16 octets", "[rsp][bsp]") {
  CHECK_FALSE(control_ref_template({}));
  CHECK_FALSE(control_ref_template(Bytes(17)));
  CHECK(to_hex(control_ref_template(Bytes(16, 0xAA)).value()) ==
        "A61880018881011084" + std::string("10") + std::string(32, 'A'));
}

}  // namespace
}  // namespace berth::rsp::bsp
