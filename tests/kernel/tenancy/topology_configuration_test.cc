#include <catch2/catch.hpp>

#include "kernel/tenancy/configuration.h"
#include "tests/kernel/tenancy/files_support.h"
#include "tests/kernel/tenancy/routes_support.h"

namespace {

using namespace berth;                 // NOLINT: the tests name nearly everything in it
using namespace berth::tenancy;        // NOLINT
using namespace berth::tenancy::test;  // NOLINT
using Catch::Contains;
using nlohmann::json;

json elsewhere(const std::string& topology, const std::string& endpoint) {
  return {{"tenantId", "tenant-a"},
          {"displayName", "A"},
          {"topology", topology},
          {"endpoint", endpoint}};
}

json full_contract() {
  json cells;
  for (const std::string_view cell : kContractCells) {
    cells[std::string(cell)] = {
        {"owner", "partner"}, {"contact", "noc@partner.example"}, {"nextDue", "2027-03-31"}};
  }
  return cells;
}

Result<Configuration> with_tenant(const Folder& folder, const json& tenant,
                                  const json& host = host_json()) {
  write_good_set(folder);
  folder.write("tenants/a.json", tenant);
  return load_configuration(folder.write("host.json", host));
}

Result<Configuration> with_host(const Folder& folder, const json& members) {
  json host = host_json();
  host.update(members);
  return with_tenant(folder, tenant_json("tenant-a"), host);
}

}  // namespace

TEST_CASE("a tenant is shared unless its file says where else it is served", "[tenancy][R33]") {
  const Folder folder;
  const auto shared = with_tenant(folder, tenant_json("tenant-a"));
  REQUIRE(shared);
  CHECK(shared->tenants.at(tenant("tenant-a")).place.topology == Topology::kShared);

  const auto dedicated = with_tenant(folder, elsewhere("dedicated", "unix:../run/a.sock"));
  INFO(message_of(dedicated));
  REQUIRE(dedicated);
  const Place& place = dedicated->tenants.at(tenant("tenant-a")).place;
  CHECK(place.topology == Topology::kDedicated);
  CHECK(place.endpoint->socket == folder.path() / "run/a.sock");
  CHECK(to_string(*place.endpoint) == "unix:" + (folder.path() / "run/a.sock").string());

  json partner = elsewhere("partner", "[2001:db8::1]:443");
  partner["contract"] = full_contract();
  partner["policies"] = {{"riskOwner", "Risk"}, {"retention", {{"eventsDays", 400}}}};
  const auto elsewhere = with_tenant(folder, partner);
  INFO(message_of(elsewhere));
  REQUIRE(elsewhere);
  const Place& far = elsewhere->tenants.at(tenant("tenant-a")).place;
  CHECK(far.endpoint->host == "2001:db8::1");
  CHECK(to_string(*far.endpoint) == "[2001:db8::1]:443");
  const TenantPolicies& policies = elsewhere->tenants.at(tenant("tenant-a")).policies;
  CHECK(policies.risk_owner == "Risk");
  CHECK(policies.events_days == 400);
  REQUIRE(far.contract.size() == std::size(kContractCells));
  CHECK(far.contract.front().cell == "smdsRegistration");
  CHECK(to_rfc3339(far.contract.front().overdue_ms) == "2027-04-01T00:00:00Z");
}

TEST_CASE("members that contradict the topology are refused by name", "[tenancy][R35]") {
  const Folder folder;
  json shared = tenant_json("tenant-a");
  shared["endpoint"] = "127.0.0.1:1";
  json shared_contract = tenant_json("tenant-a");
  shared_contract["contract"] = full_contract();
  json own_tls = elsewhere("dedicated", "127.0.0.1:1");
  own_tls["tls"] = tenant_json("tenant-a")["tls"];
  json own_orders = elsewhere("dedicated", "127.0.0.1:1");
  own_orders["orderLifetimeMs"] = 60'000;
  json own_policies = elsewhere("dedicated", "127.0.0.1:1");
  own_policies["policies"] = {{"riskOwner", "Risk"}};
  json dedicated_contract = elsewhere("dedicated", "127.0.0.1:1");
  dedicated_contract["contract"] = full_contract();
  const std::pair<json, std::string> wrong[] = {
      {shared, "endpoint"},
      {shared_contract, "contract"},
      {own_tls, "tls"},
      {own_orders, "orderLifetimeMs"},
      {own_policies, "policies"},
      {dedicated_contract, "contract"},
      {elsewhere("dedicated", "127.0.0.1:0"), "endpoint"},
      {elsewhere("dedicated", "unix:"), "endpoint"},
      {elsewhere("dedicated", "unix:/" + std::string(107, 's')), "endpoint"},
      {elsewhere("dedicated", "dp.example"), "endpoint"}};
  for (const auto& [value, member] : wrong) {
    const auto loaded = with_tenant(folder, value);
    CAPTURE(member, value.dump());
    CHECK(reason_of(loaded) == "configuration.topology");
    CHECK_THAT(message_of(loaded), Contains("a.json: " + member + ": "));
  }
  json no_certificate = tenant_json("tenant-a");
  no_certificate.erase("tls");
  CHECK_THAT(message_of(with_tenant(folder, no_certificate)), Contains("a.json: tls: is missing"));
}

TEST_CASE("an empty cell of a partner's contract is refused by its name", "[tenancy][R39]") {
  const Folder folder;
  for (const std::string_view cell : kContractCells) {
    json partner = elsewhere("partner", "dp.partner.example:443");
    partner["contract"] = full_contract();
    partner["contract"].erase(std::string(cell));
    const auto loaded = with_tenant(folder, partner);
    CHECK(reason_of(loaded) == "configuration.contract_cell");
    CHECK_THAT(message_of(loaded), Contains("nobody owns " + std::string(cell) + ";"));
  }
  const auto nothing = with_tenant(folder, elsewhere("partner", "dp.partner.example:443"));
  CHECK(reason_of(nothing) == "configuration.contract_cell");
  for (const char* day : {"2027-02-29", "2027-13-01", "27-01-01xx", "2027/01/01", "2027-1-001"}) {
    json partner = elsewhere("partner", "dp.partner.example:443");
    partner["contract"] = full_contract();
    partner["contract"]["retention"]["nextDue"] = day;
    CHECK_THAT(message_of(with_tenant(folder, partner)), Contains("contract.retention.nextDue"));
  }
}

TEST_CASE("a requester cannot act at this host for a tenant served elsewhere", "[tenancy][R35]") {
  const Folder folder;
  json host = host_json();
  host["es2plus"] = es2plus_json();
  const auto loaded = with_tenant(folder, elsewhere("dedicated", "127.0.0.1:1"), host);
  CHECK(reason_of(loaded) == "configuration.requester_elsewhere");
}

TEST_CASE("a host behind a door says who its door is", "[tenancy]") {
  const Folder folder;
  const json door = {{"listen", "0.0.0.0:443"}, {"statusSocket", "door.sock"}};
  const auto by_socket = with_host(folder, {{"es9Listen", "unix:es9.sock"}, {"door", door}});
  INFO(message_of(by_socket));
  REQUIRE(by_socket);
  CHECK(by_socket->host.es9_listen == "unix:" + (folder.path() / "es9.sock").string());
  CHECK(by_socket->host.door->status_socket == folder.path() / "door.sock");
  CHECK(by_socket->host.door->idle_timeout_ms == 60'000);
  CHECK(with_host(
      folder, {{"es9Listen", "127.0.0.1:8443"}, {"proxyPeers", {"127.0.0.1"}}, {"door", door}}));
  const std::pair<json, std::string> wrong[] = {
      {{{"es9Listen", "unix:"}}, "es9Listen"},
      {{{"es9Listen", "unix:es9.sock"}, {"proxyPeers", {"127.0.0.1"}}}, "proxyPeers"},
      {{{"es9Listen", "127.0.0.1:8443"}, {"door", door}}, "proxyPeers"},
      {{{"es9Listen", "127.0.0.1:0"}, {"proxyPeers", {"127.0.0.1"}}, {"door", door}}, "es9Listen"},
      {{{"es9Listen", "unix:e"}, {"door", {{"listen", "443"}}}}, "door.listen"},
      {{{"es9Listen", "unix:e"}, {"door", {{"listen", "0.0.0.0:443"}, {"signedRoutes", "r"}}}},
       "door.routesKey"},
      {{{"es9Listen", "127.0.0.1:1"}, {"proxyPeers", {"door.example"}}}, "proxyPeers"}};
  for (const auto& [members, member] : wrong) {
    CAPTURE(members.dump());
    CHECK_THAT(message_of(with_host(folder, members)), Contains("host.json: " + member));
  }
}
