#include "kernel/smdpplus/package_route.h"

#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

using tenancy::OperatorIdentity;

// 31041 and a range of 23450 are alpha's, 310410 and the rest of 23450 bravo's.
context::TenantContext with_routes(Site& site, const TenantId& tenant) {
  const auto mcc_mnc = [](const char* digits) {
    return OperatorIdentity{must(MccMnc::parse(digits)), "", ""};
  };
  const auto range = [](const char* first, const char* last) {
    return tenancy::DigitRange{tenancy::Digits::of(first), tenancy::Digits::of(last)};
  };
  tenancy::Route alpha{
      must(TenantId::parse("alpha")),
      {{"89049032"}},
      {mcc_mnc("31041"), {mcc_mnc("23450"), range("234500100000000", "234500199999999"), {}}},
      must(HostName::parse("rsp.alpha.example")),
      "https://rsp.alpha.example/"};
  alpha.iccid_ranges = {range("8944100000000000000", "8944100000000999999")};
  tenancy::Route bravo{must(TenantId::parse("bravo")),
                       {{"89049088"}},
                       {mcc_mnc("310410"), mcc_mnc("23450")},
                       must(HostName::parse("rsp.bravo.example")),
                       "https://rsp.bravo.example/"};
  const auto table = std::make_shared<const tenancy::RouteTable>(
      must(tenancy::RouteTable::build({std::move(alpha), std::move(bravo)})));
  const auto& from = tenant.text() == "alpha" ? site.tenant() : *site.bravo.context;
  return {from, table, std::make_shared<const std::map<TenantId, tenancy::EidPolicy>>()};
}

saip::Package package(std::vector<saip::Subscriber> subscribers,
                      const char* iccid = "8944100000000000001") {
  saip::Package made{.profile_type = {}, .iccid = must(Iccid::parse(iccid))};
  if (!subscribers.empty()) made.imsi = subscribers.front().imsi;
  made.subscribers = std::move(subscribers);
  return made;
}

std::string verdict(const context::TenantContext& tenant, const char* owner,
                    const saip::Package& package) {
  std::optional<OperatorIdentity> identity;
  if (owner != nullptr) identity = OperatorIdentity{must(MccMnc::parse(owner)), "", ""};
  const auto done = check_package_route(tenant, identity, package);
  return done ? "ok" : say(done.error());
}

constexpr const char* kOperator = "permission_denied profile.foreign_operator";
constexpr const char* kImsi = "permission_denied profile.foreign_imsi";
constexpr const char* kIccid = "permission_denied profile.foreign_iccid";

}  // namespace

TEST_CASE("an IMSI without an owner is read with its package's MNC length alone",
          "[smdpplus][R45][R51]") {
  Site site;
  const auto alpha = with_routes(site, site.tenant().id());
  CHECK(verdict(alpha, nullptr, package({{"310410123456789", 2}})) == "ok");
  CHECK(verdict(alpha, nullptr, package({{"310410123456789", 3}})) == kImsi);
  CHECK(verdict(alpha, nullptr, package({{"310410123456789", 0}})) == kImsi);
  CHECK(verdict(alpha, nullptr, package({{"310411123456789", 0}})) == "ok");
  CHECK(verdict(alpha, nullptr, package({{"001010123456789", 2}})) == kImsi);
  CHECK(verdict(alpha, nullptr, package({})) == "ok");
}

TEST_CASE("an owner's profile is told from another brand's on its network by its IMSI",
          "[smdpplus][R50:part]") {
  Site site;
  const auto alpha = with_routes(site, site.tenant().id());
  const auto bravo = with_routes(site, site.bravo.context->id());
  const saip::Package inside = package({{"234500123456789", 2}});
  const saip::Package outside = package({{"234500223456789", 2}}, "8955100000000000001");
  CHECK(verdict(alpha, "23450", inside) == "ok");
  CHECK(verdict(alpha, "23450", outside) == kOperator);
  CHECK(verdict(bravo, "23450", inside) == kOperator);
  CHECK(verdict(bravo, "23450", outside) == "ok");
}

TEST_CASE("every IMSI of a package is the tenant's, and so is its ICCID", "[smdpplus][R50:part]") {
  Site site;
  const auto alpha = with_routes(site, site.tenant().id());
  CHECK(verdict(alpha, "31041", package({{"310411123456789", 2}, {"234500123456789", 2}})) == "ok");
  CHECK(verdict(alpha, "31041", package({{"310411123456789", 2}, {"234509123456789", 2}})) ==
        kImsi);
  CHECK(verdict(alpha, "31041", package({{"310411123456789", 2}}, "8944100000001000000")) ==
        kIccid);
  // Neither other tenants' names nor an IMSI in the message.
  const auto refused = check_package_route(alpha, std::nullopt, package({{"234500923456789", 2}}));
  REQUIRE_FALSE(refused);
  const std::string& message = std::get<Error>(refused.error()).message();
  CHECK(message.find("bravo") == std::string::npos);
  CHECK(message.find("234500923456789") == std::string::npos);
}

}  // namespace berth::smdpplus::testing
