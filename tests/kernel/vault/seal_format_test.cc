#include "kernel/vault/seal_format.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

namespace {

using namespace berth;         // NOLINT
using namespace berth::vault;  // NOLINT

constexpr std::size_t kHeader = 32;
constexpr std::size_t kTag = 16;
constexpr std::size_t kSealedFrame = kFrameSize + kTag;

const Bytes kKey(kDataKeySize, 0x5A);
const SealContext kContext{SealedKind::kObject, "mvno-17", "packages/1"};

// Different octets everywhere, the same in every run.
Bytes text_of(std::size_t size) {
  std::mt19937 generator(static_cast<unsigned>(size));
  Bytes text(size);
  for (auto& octet : text) octet = static_cast<std::uint8_t>(generator());
  return text;
}

Bytes seal(const SealContext& context, ByteView plain) {
  SystemRandom random;
  return seal_octets(context, 7, kKey, plain, random);
}

std::string reason_of(const Result<SecretBytes>& result) {
  return result ? "" : std::string(result.error().reason());
}
std::string reason_of(ByteView sealed) { return reason_of(open_octets(kContext, kKey, sealed)); }

class FixedRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> target) override {
    std::uint8_t next = 0;
    for (auto& octet : target) octet = next++;
  }
};

}  // namespace

TEST_CASE("texts of every frame boundary come back as they were sealed", "[vault][R128:part]") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kFrameSize - 1, kFrameSize,
                                 kFrameSize + 1, 2 * kFrameSize, 3 * kFrameSize + 12345}) {
    INFO(size);
    const Bytes text = text_of(size);
    const Bytes sealed = seal(kContext, text);
    REQUIRE(sealed.size() == sealed_size(size));
    CHECK(*sealing_key_id(SealedKind::kObject, sealed) == 7);
    const auto opened = open_octets(kContext, kKey, sealed);
    REQUIRE(opened);
    CHECK(equal(opened->view(), text));
  }
}

// Recomputed with Python's hmac and the cryptography package's AESGCM from the README alone.
TEST_CASE("the sealed format is the documented one", "[vault]") {
  FixedRandom random;
  const Bytes sealed = seal_octets({SealedKind::kValue, "mvno-17", "a/b"}, 0x01020304, kKey,
                                   as_bytes("hello"), random);
  CHECK(to_hex(sealed) ==
        "4256010101020304000102030405060708090A0B0C0D0E0F10111213141516107280C5030EE7E0C1FF3DDE302D"
        "B293EA7192DD56F7");
}

TEST_CASE("the same text is never sealed to the same octets", "[vault]") {
  const Bytes text = text_of(100);
  CHECK(seal(kContext, text) != seal(kContext, text));
}

TEST_CASE("a change of any octet in any region is found", "[vault][R128:part]") {
  const Bytes sealed = seal(kContext, text_of(kFrameSize + 40));
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < kHeader + 20; ++at) places.push_back(at);
  const std::size_t second = kHeader + kSealedFrame;
  for (std::size_t at = second - kTag - 4; at < sealed.size(); ++at) places.push_back(at);
  for (const std::size_t at : places) {
    for (const auto flip : {std::uint8_t{0x01}, std::uint8_t{0x80}}) {
      INFO(at);
      Bytes changed = sealed;
      changed[at] ^= flip;
      const std::string reason = reason_of(changed);
      REQUIRE((reason == "vault.tampered" || reason == "vault.not_sealed"));
      // Only magic, version, kind and frame size can be told apart from the rest.
      REQUIRE((reason == "vault.not_sealed") == (at < 4 || at == 31));
    }
  }
}

TEST_CASE("sealed octets cut at any length are refused", "[vault][R128:part]") {
  const Bytes sealed = seal(kContext, text_of(2 * kFrameSize + 10));
  std::vector<std::size_t> lengths = {kHeader + kSealedFrame,        kHeader + 2 * kSealedFrame,
                                      kHeader + kSealedFrame - 1,    kHeader + kSealedFrame + 1,
                                      kHeader + kSealedFrame + kTag, sealed.size() - 1};
  for (std::size_t length = 0; length < kHeader + 2 * kTag; ++length) lengths.push_back(length);
  for (const std::size_t length : lengths) {
    INFO(length);
    REQUIRE_FALSE(open_octets(kContext, kKey, ByteView(sealed).first(length)));
  }
}

TEST_CASE("frames swapped, dropped, repeated or added are refused", "[vault][R128:part]") {
  const Bytes sealed = seal(kContext, text_of(3 * kFrameSize));
  const auto frame = [&](std::size_t index) {
    return ByteView(sealed).subspan(kHeader + index * kSealedFrame, kSealedFrame);
  };
  const auto with_frames = [&](std::initializer_list<std::size_t> order) {
    Bytes made(sealed.begin(), sealed.begin() + kHeader);
    for (const std::size_t index : order) append(made, frame(index));
    return made;
  };
  CHECK(reason_of(with_frames({0, 1, 2})).empty());
  CHECK(reason_of(with_frames({1, 0, 2})) == "vault.tampered");
  CHECK(reason_of(with_frames({0, 1})) == "vault.tampered");
  CHECK(reason_of(with_frames({0, 2})) == "vault.tampered");
  CHECK(reason_of(with_frames({1, 2})) == "vault.tampered");
  CHECK(reason_of(with_frames({2})) == "vault.tampered");
  CHECK(reason_of(with_frames({0, 1, 2, 2})) == "vault.tampered");
  CHECK(reason_of(with_frames({0, 1, 1, 2})) == "vault.tampered");
  Bytes longer = sealed;
  longer.push_back(0);
  CHECK(reason_of(longer) == "vault.tampered");
  append(longer, Bytes(kTag, 0));
  CHECK(reason_of(longer) == "vault.tampered");
}

TEST_CASE("a frame of another object does not fit, under the same key and name",
          "[vault][R128:part]") {
  const Bytes one = seal(kContext, text_of(2 * kFrameSize));
  Bytes other = seal(kContext, text_of(2 * kFrameSize));
  std::copy_n(one.begin() + kHeader, kSealedFrame, other.begin() + kHeader);
  CHECK(reason_of(other) == "vault.tampered");
}

TEST_CASE("tenant, name, kind and key all have to be those of the sealing", "[vault][R128:part]") {
  const Bytes sealed = seal(kContext, text_of(10));
  const auto reason_as = [&](SealedKind kind, std::string_view tenant, std::string_view name) {
    return reason_of(open_octets({kind, tenant, name}, kKey, sealed));
  };
  CHECK(reason_as(SealedKind::kObject, "mvno-17", "packages/1").empty());
  CHECK(reason_as(SealedKind::kObject, "mvno-18", "packages/1") == "vault.tampered");
  CHECK(reason_as(SealedKind::kObject, "mvno-17", "packages/2") == "vault.tampered");
  CHECK(reason_as(SealedKind::kObject, "mvno-17packages", "/1") == "vault.tampered");
  CHECK(reason_as(SealedKind::kObject, "", "") == "vault.tampered");
  CHECK(reason_as(SealedKind::kValue, "mvno-17", "packages/1") == "vault.not_sealed");
  Bytes as_value = sealed;
  as_value[3] = static_cast<std::uint8_t>(SealedKind::kValue);
  CHECK(reason_of(open_octets({SealedKind::kValue, "mvno-17", "packages/1"}, kKey, as_value)) ==
        "vault.tampered");
  CHECK(reason_of(open_octets(kContext, Bytes(kDataKeySize, 0x5B), sealed)) == "vault.tampered");
}

TEST_CASE("octets that no vault sealed are refused, whatever they are", "[vault]") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 generator(seed);
  const Bytes sealed = seal(kContext, text_of(50));
  for (int round = 0; round < 2000; ++round) {
    Bytes noise(generator() % 200);
    for (auto& octet : noise) octet = static_cast<std::uint8_t>(generator());
    // Half of them begin as sealed octets do.
    if (round % 2 == 0) std::copy_n(sealed.begin(), std::min(noise.size(), kHeader), noise.begin());
    REQUIRE_FALSE(open_octets(kContext, kKey, noise));
  }
}
