#include <catch2/catch.hpp>

#include "kernel/tenancy/configuration_files.h"
#include "tests/kernel/tenancy/files_support.h"
#include "tests/kernel/tenancy/routes_support.h"

namespace {

using namespace berth;                 // NOLINT: the tests name nearly everything in it
using namespace berth::tenancy;        // NOLINT
using namespace berth::tenancy::test;  // NOLINT
using Catch::Contains;
using nlohmann::json;

const std::string kPin(64, 'a');

struct Files {
  Files() { host["operators"] = two_people_json(); }
  Result<HostConfiguration> read() { return read_host_file(folder.write("host.json", host)); }
  void refused(const std::string& what) {
    const auto read_host = read();
    CAPTURE(host["operators"].dump());
    REQUIRE(reason_of(read_host) == "configuration.invalid");
    CHECK_THAT(message_of(read_host), Contains(what));
  }
  Folder folder;
  json host = host_json();
};

}  // namespace

TEST_CASE("operators read with their roles and how they are known", "[tenancy][R9:part]") {
  Files files;
  files.host["operators"][1]["pins"] = {kPin};
  files.host["operators"].push_back({{"name", "acme"},
                                     {"roles", {"tenant"}},
                                     {"tenant", "tenant-a"},
                                     {"pins", {std::string(64, 'B')}}});
  files.host["operatorGroup"] = "berth";
  const auto host = files.read();
  INFO(message_of(host));
  REQUIRE(host);
  REQUIRE(host->operators.size() == 3);
  CHECK(host->operators[0].uid == 1001U);
  CHECK(host->operators[1].roles == std::vector{OperatorRole::kApprover, OperatorRole::kAuditor});
  CHECK(host->operators[1].pins == std::vector{kPin});
  CHECK(host->operators[2].tenant->text() == "tenant-a");
  CHECK(host->operators[2].pins.front() == std::string(64, 'b'));
  CHECK(host->operator_group == "berth");
  CHECK_FALSE(host->two_people);  // development
  files.host["twoPeople"] = true;
  CHECK(files.read()->two_people);
}

TEST_CASE("two operators never share a name, a user id or a key", "[tenancy]") {
  Files files;
  json& second = files.host["operators"][1];
  second["name"] = "anna";
  files.refused("operators[1].name");
  second["name"] = "bert";
  second["uid"] = 1001;
  files.refused("operators[1].uid");
  second.erase("uid");
  files.refused("neither uid nor pins");
  second["pins"] = {kPin};
  files.host["operators"][0]["pins"] = {kPin};
  files.refused("operators[1].pins");
  second["pins"] = {"not a pin"};
  files.refused("operators[1].pins[0]");
}

TEST_CASE("the role tenant stands alone and names its tenant, others name none", "[tenancy]") {
  Files files;
  json& one = files.host["operators"][0];
  one["roles"] = {"tenant", "auditor"};
  one["tenant"] = "tenant-a";
  files.refused("stands alone");
  one["roles"] = {"tenant"};
  CHECK(files.read());
  one.erase("tenant");
  files.refused("operators[0].tenant");
  one["tenant"] = "Not An Id";
  files.refused("operators[0].tenant");
  one["roles"] = {"operator"};
  one["tenant"] = "tenant-a";
  files.refused("operators[0].tenant");
  one["roles"] = {"owner"};
  files.refused("operators[0].roles[0]");
  one["roles"] = json::array();
  files.refused("operators[0].roles");
}

TEST_CASE("an operator door over TLS reads, and wants somebody who may use it",
          "[tenancy][R9:part]") {
  Files files;
  files.host["operatorTls"] = {
      {"listen", "127.0.0.1:0"},
      {"hostName", "admin.example"},
      {"tls", {{"certificateChain", "tls/admin.pem"}, {"privateKey", "tls/admin.key"}}}};
  const auto host = files.read();
  INFO(message_of(host));
  REQUIRE(host);
  CHECK(host->operator_door->host_name.text() == "admin.example");
  CHECK(host->operator_door->tls.private_key == files.folder.path() / "tls/admin.key");
  files.host["operatorTls"]["listen"] = "here";
  files.refused("operatorTls.listen");
  files.host["operatorTls"]["listen"] = "127.0.0.1:0";
  files.host["operatorTls"]["hostName"] = "admin.example:1";
  files.refused("operatorTls.hostName");
  files.host["operatorTls"]["hostName"] = "admin.example";
  files.host["operators"] = json::array();
  files.refused("operatorTls");
}

TEST_CASE("production wants an operator and another who approves, and never one alone",
          "[tenancy][R106:part]") {
  const Folder folder;
  write_good_set(folder);
  json host = host_json();
  host["profile"] = "production";
  host["hsm"]["fips140"] = {{"level", 3}, {"certificate", "4703"}};
  const auto load = [&] { return load_configuration(folder.write("host.json", host)); };
  CHECK(reason_of(load()) == "configuration.operators_missing");
  host["operators"] = two_people_json();
  const auto loaded = load();
  INFO(message_of(loaded));
  CHECK(loaded);
  CHECK(loaded->host.two_people);
  host["operators"][1]["roles"] = {"auditor"};
  CHECK(reason_of(load()) == "configuration.operators_missing");
  host["operators"][0]["roles"] = {"operator", "approver"};
  CHECK(reason_of(load()) == "configuration.operators_missing");
  host["operators"] = two_people_json();
  host["twoPeople"] = false;
  CHECK(reason_of(load()) == "configuration.two_people_in_production");
}

TEST_CASE("a tenant's policies and sandbox read, and none is an empty decision",
          "[tenancy][R25:part]") {
  const Folder folder;
  json tenant = tenant_json("tenant-a");
  const auto read = [&] { return read_tenant_file(folder.write("tenants/a.json", tenant)); };
  CHECK(read()->policies.risk_owner.empty());
  CHECK(read()->policies.history_days == 0);
  tenant["policies"] = {
      {"riskOwner", "Host Ltd"},
      {"custodyOwner", "Host Ltd"},
      {"retention", {{"historyDays", 365}, {"eventsDays", 400}, {"evidenceDays", 3650}}},
      {"interception", "none"},
      {"auditExport", "audit@acme.example"}};
  tenant["sandbox"] = {{"eids", {"89049032001000000000000000000112"}}};
  const auto good = read();
  INFO(message_of(good));
  REQUIRE(good);
  CHECK(good->policies.custody_owner == "Host Ltd");
  CHECK(good->policies.evidence_days == 3650);
  CHECK(good->policies.interception == "none");
  CHECK(good->policies.audit_export == "audit@acme.example");
  CHECK(good->sandbox_eids.size() == 1);
  tenant["sandbox"]["eids"][0] = "89049032001000000000000000000113";
  CHECK_THAT(message_of(read()), Contains("sandbox.eids[0]"));
  tenant["sandbox"]["eids"][0] = std::string(32, 'x');
  CHECK_THAT(message_of(read()), Contains("sandbox.eids[0]"));
  tenant.erase("sandbox");
  tenant["policies"]["retention"]["eventsDays"] = 0;
  CHECK(reason_of(read()) == "configuration.invalid");
  tenant["policies"]["retention"]["eventsDays"] = 1;
  tenant["policies"]["riskOwner"] = "";
  CHECK(reason_of(read()) == "configuration.invalid");
}
