#include "tools/euicc/package_decoder.h"

#include <catch2/catch.hpp>
#include <random>

#include "tests/kernel/rsp/sgp22_vectors.h"

namespace berth::euicc {
namespace {

using vectors::hex;

constexpr std::size_t kLimit = 64 * 1024;

BspReader vector_keys() {
  return BspReader::derive(hex(vectors::kSharedSecretX), hex(vectors::kHostId),
                           *Eid::parse(vectors::kEid));
}

// Runs all steps; the package, or the failure.
Result<Bytes, InstallFailure> decode(ByteView package, std::size_t limit = kLimit) {
  BERTH_TRY(decoder, PackageDecoder::open(package));
  decoder.start(vector_keys());
  BERTH_TRY_VOID(decoder.configure_isdp());
  BERTH_TRY_VOID(decoder.store_metadata());
  BERTH_TRY_VOID(decoder.replace_session_keys());
  return decoder.profile_elements(limit);
}

TEST_CASE("the vector package under session keys decodes to its profile", "[euicc][R43]") {
  const Bytes package = hex(vectors::kBppSessionKeyMode);
  auto decoder = PackageDecoder::open(package);
  REQUIRE(decoder.ok());
  CHECK(to_hex(decoder->secure_channel_request()) == vectors::kBf23);
  decoder->start(vector_keys());
  CHECK(to_hex(*decoder->configure_isdp()) == "BF2400");
  CHECK(to_hex(*decoder->store_metadata()) == vectors::kStoreMetadataPlain);
  CHECK_FALSE(*decoder->replace_session_keys());
  CHECK(to_hex(*decoder->profile_elements(kLimit)) == vectors::kUpp);
}

TEST_CASE("the vector package under replaced keys decodes to its profile", "[euicc][R43]") {
  const auto decoded = decode(hex(vectors::kBppPpkMode));
  REQUIRE(decoded.ok());
  CHECK(to_hex(*decoded) == vectors::kUpp);
}

TEST_CASE("an LPA reads the metadata without any key", "[euicc]") {
  CHECK(to_hex(PackageDecoder::unverified_metadata(hex(vectors::kBppPpkMode))) ==
        vectors::kStoreMetadataPlain);
  CHECK(PackageDecoder::unverified_metadata(hex("BF3600")).empty());
  CHECK(PackageDecoder::unverified_metadata({}).empty());
}

TEST_CASE("a package beyond the memory that is left is refused as such", "[euicc]") {
  const auto decoded = decode(hex(vectors::kBppSessionKeyMode), 50);
  REQUIRE_FALSE(decoded.ok());
  CHECK(decoded.error().command == BppCommand::kLoadProfileElements);
  CHECK(decoded.error().reason == InstallError::kInsufficientMemory);
}

TEST_CASE("every flipped bit of a bound package is refused at the command it hits",
          "[euicc][R43]") {
  const std::string_view text = GENERATE(vectors::kBppSessionKeyMode, vectors::kBppPpkMode);
  const Bytes package = hex(text);
  const std::size_t after_bf23 = 5 + hex(vectors::kBf23).size();
  for (std::size_t bit = after_bf23 * 8; bit < package.size() * 8; ++bit) {
    Bytes flipped = package;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    const auto decoded = decode(flipped);
    INFO("bit " << bit);
    REQUIRE_FALSE(decoded.ok());
    const InstallError reason = decoded.error().reason;
    CHECK((reason == InstallError::kBspSecurity || reason == InstallError::kBspStructure));
    CHECK(decoded.error().command >= BppCommand::kConfigureIsdp);
  }
}

TEST_CASE("cut packages and random octets end in a refusal", "[euicc]") {
  const Bytes package = hex(vectors::kBppPpkMode);
  for (std::size_t size = 0; size < package.size(); ++size) {
    CHECK_FALSE(decode(ByteView(package).first(size)).ok());
  }
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 generator(seed);
  for (int round = 0; round < 2000; ++round) {
    Bytes noisy = package;
    for (int hits = 0; hits < 4; ++hits) {
      noisy[generator() % noisy.size()] = static_cast<std::uint8_t>(generator());
    }
    (void)decode(noisy).ok();  // must neither crash nor hang
    (void)PackageDecoder::unverified_metadata(noisy).size();
  }
}

TEST_CASE("something after the profile elements is refused", "[euicc]") {
  Bytes content = rsp::der::parse_single(hex(vectors::kBppSessionKeyMode), 0xBF36).ok()
                      ? to_bytes(ByteView(hex(vectors::kBppSessionKeyMode)).subspan(5))
                      : Bytes();
  append(content, hex("A400"));
  const auto decoded = decode(rsp::der::tlv(0xBF36, content));
  REQUIRE_FALSE(decoded.ok());
  CHECK(decoded.error().reason == InstallError::kBspStructure);
}

}  // namespace
}  // namespace berth::euicc
