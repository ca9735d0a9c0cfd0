#include "kernel/smdpplus/recent_cards.h"

#include <catch2/catch.hpp>

#include "tests/kernel/smdpplus/session_samples.h"

namespace berth::smdpplus {
namespace {

using namespace testing;

TransactionId numbered(std::size_t value) {
  Bytes octets(16, 0);
  octets[0] = static_cast<std::uint8_t>(value);
  octets[1] = static_cast<std::uint8_t>(value >> 8);
  return *TransactionId::from_octets(octets);
}

TEST_CASE("a card's certificate is there for the result of its download, once", "[smdpplus]") {
  const auto euicc = certificate(rsp::pki::test::kP256Euicc);
  RecentCards cards;
  CHECK_FALSE(cards.take(number(1)));
  cards.put(number(1), euicc);
  cards.put(number(1), euicc);
  CHECK_FALSE(cards.take(number(2)));
  const auto taken = cards.take(number(1));
  REQUIRE(taken);
  CHECK(taken->der() == euicc.der());
  CHECK_FALSE(cards.take(number(1)));
}

TEST_CASE("the certificates that are kept are bounded, the latest stay", "[smdpplus]") {
  const auto euicc = certificate(rsp::pki::test::kP256Euicc);
  RecentCards cards;
  for (std::size_t i = 0; i < 2 * kMaxRecentCards; ++i) cards.put(numbered(i), euicc);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < 2 * kMaxRecentCards; ++i) kept += cards.take(numbered(i)) ? 1U : 0U;
  CHECK(kept == kMaxRecentCards);
  for (std::size_t i = 0; i < kMaxRecentCards; ++i) cards.put(numbered(i), euicc);
  CHECK(cards.take(numbered(kMaxRecentCards - 1)));
}

}  // namespace
}  // namespace berth::smdpplus
