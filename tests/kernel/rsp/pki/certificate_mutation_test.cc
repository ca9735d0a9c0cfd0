// Goal: no certificate a peer can write crashes the reader or is taken for a genuine one. Method:
// seeded mutations of good certificates, read as X.509 and walked as bare DER.

#include <array>
#include <catch2/catch.hpp>
#include <random>

#include "tests/kernel/rsp/pki/certificate_parts.h"
#include "tests/kernel/rsp/pki/own_chains.h"

namespace berth::rsp::pki {
namespace {

constexpr std::uint32_t kSeed = 20260601;
constexpr int kRounds = 20'000;

// Reads to the end, so that a sanitizer sees every octet touched.
std::size_t walk(ByteView input, int depth) {
  std::size_t sum = 0;
  der::Reader reader(input);
  while (!reader.at_end()) {
    const auto element = reader.next();
    if (!element) return sum;
    for (const std::uint8_t octet : element->whole) sum += octet;
    if (depth < 8) sum += walk(element->value, depth + 1);
  }
  return sum;
}

void mutate(Bytes& octets, const Bytes& donor, std::mt19937& random) {
  constexpr std::array<std::uint8_t, 8> kTelling = {0x00, 0xFF, 0x80, 0x81, 0x82, 0x7F, 0x30, 0x06};
  const std::size_t at = random() % octets.size();
  const auto offset = static_cast<std::ptrdiff_t>(at);
  switch (random() % 6) {
    case 0:
      octets[at] ^= static_cast<std::uint8_t>(1U << (random() % 8));
      break;
    case 1:
      octets[at] = kTelling[random() % kTelling.size()];
      break;
    case 2:
      octets.erase(octets.begin() + offset);
      break;
    case 3:
      octets.insert(octets.begin() + offset, static_cast<std::uint8_t>(random()));
      break;
    case 4:
      octets.resize(at + 1);
      break;
    default: {  // a piece of another certificate
      const std::size_t size = std::min(octets.size() - at, std::size_t{random() % 40});
      const std::size_t from = random() % (donor.size() - size);
      std::copy_n(donor.begin() + static_cast<std::ptrdiff_t>(from), size, octets.begin() + offset);
      break;
    }
  }
}

}  // namespace

TEST_CASE("no mutation of a certificate crashes the reader or keeps its signature",
          "[rsp][pki][property]") {
  INFO("seed " << kSeed);
  std::mt19937 random(kSeed);
  const std::array<Bytes, 4> good = {test::hex(test::kP256Eum), test::hex(test::kP256Euicc),
                                     test::hex(test::kP256DpTls), test::hex(test::kP256Ci)};
  const Certificate ci = Certificate::parse(good[3]).value();
  const Certificate eum = Certificate::parse(good[0]).value();
  int readable = 0;
  std::size_t walked = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Bytes& original = good[random() % good.size()];
    Bytes octets = original;
    for (std::size_t i = 1 + random() % 3; i > 0; --i) {
      mutate(octets, good[random() % good.size()], random);
    }
    // At its exact size, so that a sanitizer sees a read past the end.
    const Bytes exact(octets.begin(), octets.end());
    walked += walk(exact, 0);
    const auto fields = parse_fields(exact);
    if (!fields || exact == original) continue;
    ++readable;
    // One in four costs two ECDSA verifications; that is enough to find a reader that ignores
    // part of what is signed.
    if (round % 4 != 0) continue;
    const auto certificate = Certificate::parse(exact);
    if (!certificate) continue;
    REQUIRE_FALSE(certificate->signed_by(ci.public_key()));
    REQUIRE_FALSE(certificate->signed_by(eum.public_key()));
  }
  CHECK(readable > 1000);
  CHECK(walked > 0);
}

}  // namespace berth::rsp::pki
