#include "kernel/tenancy/configuration.h"

#include <catch2/catch.hpp>

#include "tests/kernel/tenancy/files_support.h"
#include "tests/kernel/tenancy/routes_support.h"

namespace {

using namespace berth;                 // NOLINT: the tests name nearly everything in it
using namespace berth::tenancy;        // NOLINT
using namespace berth::tenancy::test;  // NOLINT
using Catch::Contains;
using nlohmann::json;

}  // namespace

TEST_CASE("a host with its tenants and routes loads", "[tenancy]") {
  const Folder folder;
  const auto loaded = load_configuration(write_good_set(folder));
  INFO(message_of(loaded));
  REQUIRE(loaded);
  CHECK(loaded->tenants.size() == 2);
  CHECK(loaded->tenants.at(tenant("tenant-b")).display_name == "Tenant tenant-b");
  CHECK(loaded->routes.by_tenant(tenant("tenant-a")) != nullptr);
}

TEST_CASE("the tenants may be a folder, whose JSON files are read", "[tenancy]") {
  const Folder folder;
  write_good_set(folder);
  folder.write("tenants/notes.txt", std::string("not a tenant"));
  json host = host_json();
  host["tenants"] = "tenants";
  const auto loaded = load_configuration(folder.write("host.json", host));
  INFO(message_of(loaded));
  REQUIRE(loaded);
  CHECK(loaded->tenants.size() == 2);
  host["tenants"] = "no-such-folder";
  CHECK(reason_of(load_configuration(folder.write("host.json", host))) == "configuration.invalid");
}

TEST_CASE("a tenant without a route is refused with both files", "[tenancy]") {
  const Folder folder;
  const auto host = write_good_set(folder);
  folder.write("routes.json", {{"tenantRoutes", {route_json("tenant-a", "8904", "23450")}},
                               {"defaultAction", "reject"}});
  const auto loaded = load_configuration(host);
  CHECK(reason_of(loaded) == "configuration.tenant_without_route");
  CHECK_THAT(message_of(loaded),
             Contains("tenants/b.json") && Contains("tenant-b") && Contains("routes.json"));
}

TEST_CASE("a route without a tenant is refused with both files", "[tenancy]") {
  const Folder folder;
  write_good_set(folder);
  json host = host_json();
  host["tenants"] = {"tenants/a.json"};
  const auto loaded = load_configuration(folder.write("host.json", host));
  CHECK(reason_of(loaded) == "configuration.route_without_tenant");
  CHECK_THAT(message_of(loaded),
             Contains("routes.json") && Contains("tenant-b") && Contains("host.json"));
}

TEST_CASE("two files of one tenant are refused with both names", "[tenancy]") {
  const Folder folder;
  const auto host = write_good_set(folder);
  folder.write("tenants/b.json", tenant_json("tenant-a"));
  const auto loaded = load_configuration(host);
  CHECK(reason_of(loaded) == "configuration.duplicate_tenant");
  CHECK_THAT(message_of(loaded), Contains("tenants/a.json") && Contains("tenants/b.json"));
}

TEST_CASE("a managed tenant that manages no cards is refused", "[tenancy]") {
  const Folder folder;
  const auto host = write_good_set(folder);
  json route = route_json("tenant-b", "", "52512");
  route.erase("eidPrefix");
  route["eidPrefixes"] = json::array();
  folder.write("routes.json", {{"tenantRoutes", {route_json("tenant-a", "8904", "23450"), route}},
                               {"defaultAction", "reject"}});
  CHECK(reason_of(load_configuration(host)) == "configuration.tenant_without_cards");
  json open = tenant_json("tenant-b");
  open["eidPolicy"] = "consumer-open";
  folder.write("tenants/b.json", open);
  CHECK(load_configuration(host));
}

TEST_CASE("a file that is missing, no file or too large is refused by name", "[tenancy]") {
  const Folder folder;
  const auto host = write_good_set(folder);
  CHECK(reason_of(load_configuration(folder.path() / "absent.json")) == "configuration.unreadable");
  CHECK(reason_of(load_configuration(folder.path())) == "configuration.unreadable");
  folder.write("tenants/b.json", std::string(1024 * 1024 + 1, ' '));
  auto loaded = load_configuration(host);
  CHECK(reason_of(loaded) == "configuration.unreadable");
  CHECK_THAT(message_of(loaded), Contains("tenants/b.json") && Contains("larger"));
  std::filesystem::remove(folder.path() / "tenants/b.json");
  loaded = load_configuration(host);
  CHECK(reason_of(loaded) == "configuration.unreadable");
  CHECK_THAT(message_of(loaded), Contains("tenants/b.json"));
}

TEST_CASE("a routes file that contradicts itself stops the load with its own reason",
          "[tenancy][R49]") {
  const Folder folder;
  const auto host = write_good_set(folder);
  folder.write(
      "routes.json",
      {{"tenantRoutes",
        {route_json("tenant-a", "8904", "23450"), route_json("tenant-b", "89045", "52512")}},
       {"defaultAction", "reject"}});
  const auto loaded = load_configuration(host);
  CHECK(reason_of(loaded) == "routes.eid_overlap");
  CHECK_THAT(message_of(loaded), Contains((folder.path() / "routes.json").string()));
}

TEST_CASE("a requester of ES2+ acts for a tenant there is", "[tenancy][R10:part]") {
  const Folder folder;
  write_good_set(folder);
  json host = host_json();
  host["es2plus"] = es2plus_json();
  const auto loaded = load_configuration(folder.write("host.json", host));
  INFO(message_of(loaded));
  CHECK(loaded);
  host["es2plus"]["operators"][0]["requesters"]["OP-9"] = "tenant-z";
  const auto refused = load_configuration(folder.write("host.json", host));
  CHECK(reason_of(refused) == "configuration.requester_without_tenant");
  CHECK_THAT(message_of(refused),
             Contains("host.json") && Contains("OP-9") && Contains("BSS") && Contains("tenant-z"));
}

TEST_CASE("an HSM's certification is declared once, or twice alike", "[tenancy][R13:part]") {
  const Folder folder;
  write_good_set(folder);
  json host = host_json();
  const auto load = [&] { return load_configuration(folder.write("host.json", host)); };
  host["profile"] = "production";
  host["operators"] = two_people_json();
  // In the plugin's own object alone, of which only its plugin knows the rest.
  host["hsm"]["config"] = {{"fips140", {{"standard", "140-3"}, {"level", 3}}}};
  CHECK(load());
  for (const json& odd : {json(3), json("3"), json::array(), json{{"level", "3"}},
                          json{{"level", 5}}, json{{"level", -3}}, json::object()}) {
    host["hsm"]["config"]["fips140"] = odd;
    CAPTURE(odd.dump());
    CHECK(reason_of(load()) == "configuration.hsm_not_certified");
  }
  host["hsm"]["config"]["fips140"] = {{"level", 3}};
  host["hsm"]["fips140"] = {{"level", 3}, {"certificate", "4703"}};
  CHECK(load());
  host["hsm"]["config"]["fips140"]["certificate"] = "4703";
  CHECK(load());
  host["hsm"]["config"]["fips140"]["level"] = 4;
  CHECK(reason_of(load()) == "configuration.fips140_contradiction");
  CHECK_THAT(message_of(load()), Contains("host.json: hsm: fips140.level is 3"));
  host["hsmNext"] = host["hsm"];
  host["hsm"].erase("fips140");
  CHECK_THAT(message_of(load()), Contains("host.json: hsmNext: fips140.level is 3"));
}

TEST_CASE("production refuses what is fit for a desk alone, with the file that says it",
          "[tenancy][R13:part]") {
  const Folder folder;
  write_good_set(folder);
  json host = host_json();
  const auto load = [&] { return load_configuration(folder.write("host.json", host)); };
  host["profile"] = "production";
  host["operators"] = two_people_json();
  CHECK(reason_of(load()) == "configuration.hsm_not_certified");
  host.erase("profile");  // production is what a host is that does not say
  CHECK(reason_of(load()) == "configuration.hsm_not_certified");
  host["hsm"]["fips140"] = {{"level", 2}, {"certificate", "4703"}};
  CHECK(reason_of(load()) == "configuration.hsm_not_certified");
  host["hsm"]["fips140"]["level"] = 3;
  CHECK(load());
  host["plugins"] = {{"allowUnsigned", true}};
  CHECK(reason_of(load()) == "configuration.unsigned_in_production");
  CHECK_THAT(message_of(load()), Contains("host.json: plugins.allowUnsigned"));
  host["plugins"]["allowUnsigned"] = false;
  json tenant = tenant_json("tenant-a");
  tenant["hsm"] = {{"library", "own.so"}};
  folder.write("tenants/a.json", tenant);
  CHECK(reason_of(load()) == "configuration.hsm_not_certified");
  CHECK_THAT(message_of(load()), Contains("tenants/a.json: hsm.fips140"));
  tenant.erase("hsm");
  tenant["hsmNext"] = {{"library", "next.so"}};
  folder.write("tenants/a.json", tenant);
  CHECK_THAT(message_of(load()), Contains("tenants/a.json: hsmNext.fips140"));
  tenant.erase("hsmNext");
  tenant["hsm"] = {{"library", "own.so"}};
  tenant["hsm"]["fips140"] = {{"level", 4}, {"certificate", "4703"}};
  folder.write("tenants/a.json", tenant);
  CHECK(load());
}

TEST_CASE("production binds no draft, and development does", "[tenancy]") {
  const Folder folder;
  write_good_set(folder);
  json host = host_json();
  host["hsm"]["fips140"] = {{"level", 3}, {"certificate", "4703"}};
  for (const char* slot : {"registrar", "rating", "bss"}) {
    json tenant = tenant_json("tenant-a");
    tenant[slot] = {{"library", "/x.so"}};
    folder.write("tenants/a.json", tenant);
    host["profile"] = "production";
    const auto refused = load_configuration(folder.write("host.json", host));
    CHECK(reason_of(refused) == "configuration.draft_in_production");
    CHECK_THAT(message_of(refused), Contains("tenants/a.json: " + std::string(slot) + ":"));
    host["profile"] = "development";
    CHECK(load_configuration(folder.write("host.json", host)));
  }
}
