// Many tenants on one instance, each in a berth of its own.

#include <catch2/catch.hpp>

#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT

// An EID of this prefix with right check digits.
std::string eid_of(const std::string& prefix) {
  const std::string body = prefix + "0010000000000000000001";
  int remainder = 0;
  for (const char digit : body + "00") remainder = (remainder * 10 + (digit - '0')) % 97;
  const int check = 98 - remainder;
  return body + (check < 10 ? "0" : "") + std::to_string(check);
}

}  // namespace

TEST_CASE("twelve tenants share one instance; each serves its own card and refuses the others'",
          "[scenario][R33][R47]") {
  WorldOptions options;
  options.more_tenants = 10;
  World world(options);
  const auto tenants = world_tenants(options);
  REQUIRE(tenants.size() == 12);
  std::vector<smdpplus::OrderAnswer> orders;
  std::vector<std::unique_ptr<Phone>> phones;
  for (const WorldTenant& tenant : tenants) {
    orders.push_back(world.order(tenant.id));
    phones.push_back(world.phone(eid_of(tenant.eid_prefix)));
  }
  for (std::size_t at = 0; at < tenants.size(); ++at) {
    for (std::size_t card = 0; card < tenants.size(); ++card) {
      if (card == at) continue;
      INFO(tenants[card].id << "'s card at " << tenants[at].realm);
      const auto refused = phones[card]->download(orders[at].activation_code);
      REQUIRE_FALSE(refused.ok());
      CHECK(refused.error().subject_code == "8.1.1");
    }
  }
  for (std::size_t at = 0; at < tenants.size(); ++at) {
    INFO(tenants[at].id);
    CHECK(phones[at]->download(orders[at].activation_code).ok());
    const auto events = world.events(tenants[at].id);
    CHECK(events.size() == 5);
    for (const auto& event : events) {
      CHECK(event.body.find("\"tenantId\":\"" + tenants[at].id + "\"") != std::string::npos);
    }
  }
}
