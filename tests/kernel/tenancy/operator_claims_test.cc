#include "kernel/tenancy/operator_claims.h"

#include <catch2/catch.hpp>
#include <random>

#include "tests/kernel/tenancy/routes_support.h"

namespace {

using namespace berth::tenancy;        // NOLINT: the tests name nearly everything in it
using namespace berth::tenancy::test;  // NOLINT

std::optional<DigitRange> between(std::uint32_t first, std::uint32_t last) {
  const auto text = [](std::uint32_t n) { return std::to_string(2345'000'000 + n); };
  return DigitRange{Digits::of(text(first)), Digits::of(text(last))};
}
Digits digits(std::uint32_t n) { return between(n, n)->first; }

bool fits(const OperatorClaim& claim, const OperatorIdentity& identity, const ProfileFacts& facts) {
  const auto gid = [](const std::string& said, const std::string& is) {
    return said.empty() || said == is;
  };
  const auto in = [](const auto& range, const auto& fact) {
    return !range || (fact && range->covers(*fact));
  };
  return claim.identity.mcc_mnc == identity.mcc_mnc &&
         gid(claim.identity.gid1_hex, identity.gid1_hex) &&
         gid(claim.identity.gid2_hex, identity.gid2_hex) && in(claim.imsis, facts.imsi) &&
         in(claim.iccids, facts.iccid);
}

// Every profile of this little world.
template <class Visit>
void all_profiles(Visit visit) {
  for (const char* gid1 : {"", "01", "02"}) {
    for (const char* gid2 : {"", "01", "02"}) {
      for (std::uint32_t imsi = 0; imsi < 8; ++imsi) {
        for (std::uint32_t iccid = 0; iccid < 5; ++iccid) {
          visit(operator_identity("23450", gid1, gid2), ProfileFacts{digits(imsi), digits(iccid)});
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("brands on one network are told apart by IMSI and ICCID ranges", "[tenancy][R50:part]") {
  OperatorClaims claims;
  REQUIRE_FALSE(claims.build({
      {{operator_identity("23450")}, 0},
      {{operator_identity("23450"), between(10, 19), {}}, 1},
      {{operator_identity("23450"), between(20, 29), {}}, 2},
      {{operator_identity("23450", "0A"), between(20, 29), {}}, 3},
  }));
  const auto owner = [&](const char* gid1, std::uint32_t imsi) {
    return claims.owner_of(operator_identity("23450", gid1), {digits(imsi), {}})->owner;
  };
  CHECK(owner("", 9) == 0);
  CHECK(owner("", 10) == 1);
  CHECK(owner("", 19) == 1);
  CHECK(owner("", 20) == 2);
  CHECK(owner("0A", 20) == 3);
  CHECK(owner("0A", 30) == 0);
  CHECK(claims.owner_of(operator_identity("23451"), {}) == nullptr);
  CHECK(claims.owner_of(operator_identity("234500"), {digits(10), {}}) == nullptr);
}

TEST_CASE("claims that fit one profile alike are a conflict", "[tenancy][R50:part]") {
  const auto [left, right] = GENERATE(table<OperatorClaim, OperatorClaim>({
      {OperatorClaim(operator_identity("23450"), between(10, 19), {}),
       OperatorClaim(operator_identity("23450"), between(19, 29), {})},
      {OperatorClaim(operator_identity("23450"), between(10, 19), {}),
       OperatorClaim(operator_identity("23450"), between(12, 13), {})},
      {OperatorClaim(operator_identity("23450"), between(10, 19), {}),
       OperatorClaim(operator_identity("23450"), between(10, 19), {})},
      {OperatorClaim(operator_identity("23450", "0A"), {}, {}),
       OperatorClaim(operator_identity("23450"), between(10, 19), {})},
      {OperatorClaim(operator_identity("23450"), {}, between(0, 5)),
       OperatorClaim(operator_identity("23450"), between(10, 19), {})},
  }));
  OperatorClaims claims;
  CHECK(claims.build({{left, 1}, {right, 2}}));
}

TEST_CASE("what is not known of a profile yet refuses nothing that it could still be",
          "[tenancy][R50:part]") {
  OperatorClaims claims;
  REQUIRE_FALSE(claims.build({
      {{operator_identity("23450")}, 0},
      {{operator_identity("23450"), between(10, 19), {}}, 1},
      {{operator_identity("23450", "0A"), between(10, 19), {}}, 3},
  }));
  const auto possible = [&](std::uint32_t route, const char* gid1) {
    return claims.possible_for(route, operator_identity("23450", gid1), {}) != nullptr;
  };
  CHECK(possible(0, ""));
  CHECK(possible(1, ""));
  CHECK_FALSE(possible(3, ""));
  CHECK(possible(0, "0A"));
  CHECK_FALSE(possible(1, "0A"));
  CHECK(possible(3, "0A"));
  CHECK_FALSE(possible(4, ""));
}

TEST_CASE("every profile has one owner at most in random claims, the one whose claim says most",
          "[tenancy][R45][R50]") {
  const auto seed = GENERATE(3U, 20261123U);
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto gid = [&] { return std::vector<std::string>{"", "", "01", "02"}[random() % 4]; };
  const auto some = [&](std::uint32_t size) -> std::optional<DigitRange> {
    if (random() % 2 == 0) return std::nullopt;
    const auto first = static_cast<std::uint32_t>(random() % size);
    return between(first, static_cast<std::uint32_t>(first + random() % (size - first)));
  };
  int built = 0;
  for (int round = 0; round < 1500; ++round) {
    std::vector<OwnedClaim> all;
    for (std::size_t i = 1 + random() % 5; i > 0; --i) {
      all.push_back({{operator_identity("23450", gid(), gid()), some(8), some(5)},
                     static_cast<std::uint32_t>(random() % 3)});
    }
    OperatorClaims claims;
    if (claims.build(all)) continue;
    ++built;
    all_profiles([&](const OperatorIdentity& identity, const ProfileFacts& facts) {
      const OwnedClaim* owner = claims.owner_of(identity, facts);
      bool anybody = false;
      for (const OwnedClaim& one : all) {
        if (!fits(one.claim, identity, facts)) continue;
        anybody = true;
        // Whoever else fits has not said more than the owner.
        REQUIRE(owner != nullptr);
        if (one.owner == owner->owner) continue;
        REQUIRE((!one.claim.imsis || owner->claim.imsis));
        REQUIRE((!one.claim.iccids || owner->claim.iccids));
        REQUIRE((one.claim.identity.gid1_hex.empty() || !owner->claim.identity.gid1_hex.empty()));
        REQUIRE((one.claim.identity.gid2_hex.empty() || !owner->claim.identity.gid2_hex.empty()));
      }
      REQUIRE((owner != nullptr) == anybody);
      // What is known later confirms what was possible before, never the other way round.
      if (owner == nullptr) return;
      REQUIRE(claims.possible_for(owner->owner, identity, facts) != nullptr);
      REQUIRE(claims.possible_for(owner->owner, identity, {{}, facts.iccid}) != nullptr);
      REQUIRE(claims.possible_for(owner->owner, identity, {facts.imsi, {}}) != nullptr);
      REQUIRE(claims.possible_for(owner->owner, identity, {}) != nullptr);
    });
  }
  CHECK(built > 150);
}
