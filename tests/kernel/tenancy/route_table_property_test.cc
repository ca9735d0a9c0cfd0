// The table against an oracle that compares text naively.

#include <catch2/catch.hpp>
#include <random>

#include "tests/kernel/tenancy/routes_support.h"

namespace {

using namespace berth;                 // NOLINT: the tests name nearly everything in it
using namespace berth::tenancy;        // NOLINT
using namespace berth::tenancy::test;  // NOLINT

std::string digits(std::mt19937& random, std::size_t length, char last = '9') {
  std::uniform_int_distribution<int> digit('0', last);
  std::string text;
  for (std::size_t i = 0; i < length; ++i) text += static_cast<char>(digit(random));
  return text;
}

bool overlap(const std::string& left, const std::string& right) {
  return left.starts_with(right) || right.starts_with(left);
}

const Route* naive_manager(const std::vector<Route>& routes, const Eid& card) {
  for (const Route& route : routes) {
    for (const EidPrefix& prefix : route.eid_prefixes) {
      if (prefix.covers(card)) return &route;
    }
  }
  return nullptr;
}

}  // namespace

TEST_CASE("random tables load exactly when no two tenants overlap, and route as their text says",
          "[tenancy][R45][R49]") {
  const auto seed = GENERATE(1U, 20260507U, 4242U);
  CAPTURE(seed);
  std::mt19937 random(seed);
  int loaded = 0;
  int refused = 0;
  for (int round = 0; round < 1500; ++round) {
    std::vector<Route> routes;
    const std::size_t tenants = 1 + random() % 6;
    for (std::size_t t = 0; t < tenants; ++t) {
      std::vector<std::string> prefixes;
      for (std::size_t p = random() % 4; p > 0; --p) {
        prefixes.push_back(digits(random, 1 + random() % 5, '4'));
      }
      routes.push_back(route("t" + std::to_string(t), prefixes, {}));
    }
    bool expected = true;
    for (const Route& left : routes) {
      for (const Route& right : routes) {
        if (left.tenant == right.tenant) continue;
        for (const EidPrefix& a : left.eid_prefixes) {
          for (const EidPrefix& b : right.eid_prefixes) {
            expected = expected && !overlap(a.digits, b.digits);
          }
        }
      }
    }
    const auto table = RouteTable::build(routes);
    REQUIRE(table.ok() == expected);
    ++(expected ? loaded : refused);
    if (!expected) continue;
    for (int probe = 0; probe < 40; ++probe) {
      const Eid card = *Eid::parse(digits(random, 5, '4') + digits(random, 27));
      const Route* manager = naive_manager(routes, card);
      const Route* found = table->manager_of(card);
      REQUIRE((manager == nullptr) == (found == nullptr));
      if (manager != nullptr) REQUIRE(found->tenant == manager->tenant);
      for (const Route& route : routes) {
        const bool own = manager != nullptr && manager->tenant == route.tenant;
        REQUIRE(table->confirm_eid(route.tenant, EidPolicy::kManaged, card, {}).ok() == own);
        REQUIRE(table->confirm_eid(route.tenant, EidPolicy::kConsumerOpen, card, {}).ok() ==
                (own || manager == nullptr));
      }
    }
  }
  CHECK(loaded > 100);
  CHECK(refused > 100);
}

TEST_CASE("every EID prefix and operator that no route names is rejected for every tenant",
          "[tenancy][R45]") {
  const auto table = RouteTable::build(
      {route("tenant-a", {"89049032"}, {operator_identity("23450"), operator_identity("310410")}),
       route("tenant-b", {"89049088"}, {operator_identity("52512")})});
  REQUIRE(table);
  int fallbacks = 0;
  int served = 0;
  // All continuations of the issuers' common beginning, four digits deep.
  for (int tail = 0; tail < 10'000; ++tail) {
    const std::string four = std::to_string(10'000 + tail).substr(1);
    const Eid card = eid("8904" + four);
    for (const Route& route : table->routes()) {
      const bool own = route.eid_prefixes[0].digits == "8904" + four;
      const bool ok = table->confirm_eid(route.tenant, EidPolicy::kManaged, card, {}).ok();
      fallbacks += ok && !own ? 1 : 0;
      served += ok && own ? 1 : 0;
    }
  }
  CHECK(served == 2);
  // All MCC/MNC of both lengths.
  served = 0;
  for (int number = 0; number < 1'000'000; ++number) {
    const std::string six = std::to_string(1'000'000 + number).substr(1);
    const bool five_too = number % 10 == 0;
    for (const std::string& text : {six, five_too ? six.substr(0, 5) : six}) {
      const OperatorIdentity identity = operator_identity(text);
      for (const Route& route : table->routes()) {
        const bool own = std::find(route.operators.begin(), route.operators.end(),
                                   OperatorClaim(identity)) != route.operators.end();
        const bool ok = table->confirm_operator(route.tenant, identity).ok();
        fallbacks += ok && !own ? 1 : 0;
        served += ok && text.size() == 5 ? 1 : 0;
      }
    }
  }
  CHECK(served == 2);
  CHECK(fallbacks == 0);
}

TEST_CASE("an operator identity has at most one owner in random tables",
          "[tenancy][R45][R50:part]") {
  const auto seed = GENERATE(7U, 99U);
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto gid = [&] { return std::vector<std::string>{"", "01", "02"}[random() % 3]; };
  int loaded = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<Route> routes;
    for (std::size_t t = 0; t < 3; ++t) {
      std::vector<OperatorClaim> operators;
      for (std::size_t i = 1 + random() % 2; i > 0; --i) {
        operators.emplace_back(
            operator_identity(random() % 2 == 0 ? "23450" : "234500", gid(), gid()));
      }
      routes.push_back(route("t" + std::to_string(t), {}, operators));
    }
    const auto table = RouteTable::build(routes);
    if (!table) continue;
    ++loaded;
    for (const char* mcc_mnc : {"23450", "234500", "23451"}) {
      for (const char* gid1 : {"", "01", "02", "03"}) {
        for (const char* gid2 : {"", "01", "02", "03"}) {
          int owners = 0;
          for (const Route& route : routes) {
            const auto identity = operator_identity(mcc_mnc, gid1, gid2);
            const bool ok = table->confirm_operator(route.tenant, identity).ok();
            owners += ok ? 1 : 0;
            const bool claims =
                std::any_of(route.operators.begin(), route.operators.end(), [&](const auto& said) {
                  const OperatorIdentity& claim = said.identity;
                  return claim.mcc_mnc == identity.mcc_mnc &&
                         (claim.gid1_hex.empty() || claim.gid1_hex == identity.gid1_hex) &&
                         (claim.gid2_hex.empty() || claim.gid2_hex == identity.gid2_hex);
                });
            if (ok) REQUIRE(claims);
          }
          REQUIRE(owners <= 1);
        }
      }
    }
  }
  CHECK(loaded > 50);
}
