#include "kernel/smdpplus/es9_service.h"

#include <nlohmann/json.hpp>

#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {

TEST_CASE("housekeeping drops expired sessions and writes minutes that have passed", "[smdpplus]") {
  Site site({.limits = {.session_lifetime_ms = 90'000, .max_sessions_per_tenant = 1}});
  Phone phone(site);
  phone.initiated();
  site.es9->count_refused(site.tenant(), "malformed json.invalid");
  const Mark before = site.mark();
  site.es9->housekeeping(site.tenant(), false);
  CHECK(site.audit(before).empty());
  site.clock.advance(std::chrono::seconds(90));
  site.es9->housekeeping(site.tenant(), false);
  const auto audit = site.audit(before);
  REQUIRE(audit.size() == 1);
  CHECK(nlohmann::json::parse(*audit[0].payload).at("cause") == "malformed json.invalid");
  phone.initiated();  // there is room again
}

TEST_CASE("before the host stops everything counted is written", "[smdpplus]") {
  Site site;
  site.es9->count_refused(site.tenant(), "method");
  const Mark before = site.mark();
  site.es9->housekeeping(site.tenant(), true);
  CHECK(site.audit(before).size() == 1);
  site.es9->housekeeping(site.tenant(), true);
  CHECK(site.audit(before).size() == 1);
}

TEST_CASE("totals count since start, by function and status", "[smdpplus]") {
  Site site;
  Phone phone(site);
  CHECK(site.es9->refusal_totals(site.tenant().id()).empty());
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(
        site.es9
            ->initiate_authentication(site.tenant(), "test", phone.initiate("rsp.bravo.example"))
            .ok());
  }
  site.es9->housekeeping(site.tenant(), true);
  const std::map<std::string, std::uint64_t> expected = {{"InitiateAuthentication 8.8.1/3.8", 3}};
  CHECK(site.es9->refusal_totals(site.tenant().id()) == expected);
  CHECK(site.es9->refusal_totals(site.bravo.context->id()).empty());
}

}  // namespace berth::smdpplus::testing
