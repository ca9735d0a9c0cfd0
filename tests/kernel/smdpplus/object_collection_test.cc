// The collector on a tenant's real ledger, by way of housekeeping.

#include "kernel/smdpplus/object_collection.h"

#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

const plugins::Op kOp{"test", "", std::chrono::nanoseconds::max()};

// Days of housekeeping, a quarter of an hour at a time; the store's clock goes along.
void keep_house(Site& site, int days) {
  for (int i = 0; i < days * 24 * 4; ++i) {
    site.clock.advance(std::chrono::minutes(15));
    site.alpha.store.now_ms += 15 * 60 * 1000;
    while (site.es9->housekeeping(site.tenant(), false)) {
    }
  }
}

}  // namespace

TEST_CASE("objects that no profile names are collected after a day, and that is recorded",
          "[smdpplus]") {
  Site site;
  site.stock();
  site.stock();
  auto profiles = must(site.ledger().profiles("", 10));
  REQUIRE(site.alpha.store.objects.size() == 4);
  REQUIRE(site.alpha.vault->put(kOp, "alpha/packages/left", as_bytes("x")).ok());
  const Mark before = site.mark();
  keep_house(site, 3);
  CHECK_FALSE(site.alpha.store.objects.contains("alpha/packages/left"));
  CHECK(site.told(before) == "events: -; usage: -; audit: vault.objects_collected");
  CHECK(site.audit(before).front().payload->find("alpha/packages/left") != std::string::npos);
  for (const auto& profile : profiles) {
    CHECK(site.alpha.store.objects.contains(profile.package.object_name));
    CHECK(site.alpha.store.objects.contains(profile.protected_package.object_name));
  }
}

TEST_CASE("while a profile may yet turn up nothing is collected", "[smdpplus]") {
  Site site;
  REQUIRE(site.alpha.vault->put(kOp, "alpha/packages/left", as_bytes("x")).ok());
  site.ledger().read_failure = Error(ErrorCode::kUnavailable, "ledger.in_doubt", "test");
  keep_house(site, 3);
  CHECK(site.alpha.store.objects.contains("alpha/packages/left"));
}

}  // namespace berth::smdpplus::testing
