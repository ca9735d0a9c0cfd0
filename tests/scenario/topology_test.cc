// Goal: one door, three topologies. alpha is shared, tenant-03 has a berthd of its own (a process
// that can be killed), tenant-04 is a partner's, whose SM-DP+ another Berth host stands in for.
// Each of the three has its own ledger, store, keys and certificates, under a CI of its own.

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "kernel/passthrough/door.h"
#include "kernel/tenancy/topology.h"
#include "tests/faults/berthd_process.h"
#include "tests/scenario/raw_client.h"
#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT
using Json = nlohmann::json;

constexpr const char* kOwn = "89049103001000000000000000000122";
constexpr const char* kFar = "89049104001000000000000000000144";
constexpr const char* kOwnRealm = "rsp.tenant-03.example";

Json contract(const std::string& due) {
  Json cells;
  for (const std::string_view cell : tenancy::kContractCells) {
    cells[std::string(cell)] = {
        {"owner", "partner"}, {"contact", "noc@far.example"}, {"nextDue", due}};
  }
  return cells;
}

WorldOptions behind_door() {
  WorldOptions options;
  options.more_tenants = 2;
  options.host_members = R"({"es9Listen": "unix:es9.sock"})";
  return options;
}
WorldOptions partner() {
  WorldOptions options;
  options.more_tenants = 2;
  return options;
}
WorldOptions common(World& own, World& far) {
  WorldOptions options = behind_door();
  options.host_members = R"({"es9Listen": "unix:es9.sock", "door": {"listen": "127.0.0.1:0"}})";
  options.elsewhere["tenant-03"] =
      Json{{"topology", "dedicated"}, {"endpoint", "unix:" + (own.folder() / "es9.sock").string()}}
          .dump();
  options.elsewhere["tenant-04"] = Json{
      {"topology", "partner"},
      {"endpoint", "127.0.0.1:" + std::to_string(far.host().es9_port())},
      {"contract",
       contract("2099-12-31")}}.dump();
  return options;
}

struct Town {
  World own{behind_door()};
  World far{partner()};
  World shared{common(own, far)};
  std::unique_ptr<passthrough::Door> door = [this] {
    const tenancy::Configuration& configuration = shared.host().configuration();
    auto started = passthrough::Door::start(
        *configuration.host.door, std::make_shared<const passthrough::Directory>(configuration));
    if (!started) throw std::runtime_error(started.error().message());
    return std::move(*started);
  }();

  bool installs(World& at, const std::string& card, const std::string& code) const {
    const auto report = at.phone(card, door->port())->download(code);
    if (!report) UNSCOPED_INFO(report.error().message);
    return report.ok();
  }
  std::string code(World& at, const std::string& tenant) const {
    return at.order(tenant).activation_code;
  }
};

}  // namespace

TEST_CASE("a download through the common door ends at whoever serves the tenant",
          "[scenario][R33][R38:part][R36:part]") {
  Town town;
  CHECK(town.installs(town.shared, kAlphaEid, town.code(town.shared, "alpha")));
  CHECK(town.installs(town.own, kOwn, town.code(town.own, "tenant-03")));
  CHECK(town.installs(town.far, kFar, town.code(town.far, "tenant-04")));
  // Their stories are in their own ledgers, and nowhere else.
  CHECK_FALSE(town.shared.events("alpha").empty());
  CHECK_FALSE(town.own.events("tenant-03").empty());
  CHECK_FALSE(town.far.events("tenant-04").empty());
  CHECK_THROWS(town.shared.tenant("tenant-03"));
  // What a partner did is known as far as it tells.
  CHECK(town.shared.events("tenant-04").empty());
  CHECK(town.own.host().ingress_counters().refused_proxies == 0);
}

TEST_CASE("the Host header of another tenant is misdirected, whoever serves either",
          "[scenario][R46]") {
  Town town;
  const std::pair<const char*, const char*> mixed[] = {{kOwnRealm, "rsp.alpha.example"},
                                                       {"rsp.alpha.example", kOwnRealm},
                                                       {"rsp.tenant-04.example", kOwnRealm}};
  for (const auto& [server_name, host] : mixed) {
    CAPTURE(server_name, host);
    RawClient client(town.door->port(), server_name);
    REQUIRE(client.connected());
    client.send(
        "POST /gsma/rsp2/es9plus/initiateAuthentication HTTP/1.1\r\nHost: " + std::string(host) +
        "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    // The partner's host serves tenant-03 of its own, so it knows the name and still refuses.
    CHECK(client.receive().status == 421);
  }
  CHECK_FALSE(RawClient(town.door->port(), "rsp.nobody.example").connected());
  CHECK(town.door->counts().unknown_name == 1);
}

TEST_CASE("killing a tenant's own host costs no other tenant a download", "[scenario][R35]") {
  Town town;
  const std::string before = town.code(town.own, "tenant-03");
  const std::string after = town.code(town.own, "tenant-03");
  town.own.stop();
  auto process = std::make_unique<faults::BerthdProcess>(town.own.folder() / "host.json");
  CHECK(town.installs(town.own, kOwn, before));

  int failed_elsewhere = 0;
  for (int round = 0; round < 4; ++round) {
    if (round == 1) process->kill_now();
    if (!town.installs(town.shared, kAlphaEid, town.code(town.shared, "alpha"))) ++failed_elsewhere;
    if (!town.installs(town.far, kFar, town.code(town.far, "tenant-04"))) ++failed_elsewhere;
  }
  CHECK(failed_elsewhere == 0);
  CHECK_FALSE(town.installs(town.own, kOwn, after));
  for (const auto& counts : town.door->tenants()) {
    CHECK((counts.unreachable > 0) == (counts.tenant == "tenant-03"));
  }

  // The common host is away now; the tenant's own starts from its own files and serves its code.
  town.shared.stop();
  process = std::make_unique<faults::BerthdProcess>(town.own.folder() / "host.json");
  CHECK(town.installs(town.own, kOwn, after));
}

TEST_CASE("a connection that did not come through the door gets no handshake", "[scenario][R35]") {
  WorldOptions options;
  options.host_members = R"({"proxyPeers": ["127.0.0.1"]})";
  World world(options);
  // From the door's address, but with the client's octets where the header belongs.
  CHECK_FALSE(RawClient(world.host().es9_port(), "rsp.alpha.example").connected());
  CHECK(world.host().ingress_counters().refused_proxies == 1);
  options.host_members = R"({"proxyPeers": ["192.0.2.1"]})";
  World elsewhere(options);
  CHECK_FALSE(RawClient(elsewhere.host().es9_port(), "rsp.alpha.example").connected());
  CHECK(elsewhere.host().ingress_counters().refused_proxies == 1);
}

TEST_CASE("the host a tenant has left refuses its name and serves its codes to nobody",
          "[scenario][R59]") {
  WorldOptions options;
  options.more_tenants = 1;
  World old(options);
  const auto order = old.order("tenant-03");
  const auto told = old.events("tenant-03").size();
  old.stop();
  std::ofstream(old.folder() / "tenants/tenant-03.json") << Json{{"tenantId", "tenant-03"},
                                                                 {"displayName", "moved"},
                                                                 {"topology", "dedicated"},
                                                                 {"endpoint", "127.0.0.1:9"}};
  old.start();
  // A device that still comes here by the old address finds nobody, and that is counted.
  auto phone = old.phone(kOwn);
  const auto refused = phone->download(order.activation_code);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().subject_code.empty());  // no answer of another tenant's: no connection
  CHECK(old.host().ingress_counters().unknown_server_name == 1);
  // At others' realms its card and its code are foreign.
  const std::string token = order.matching_id.text();
  const auto card_at_alpha = phone->download("1$rsp.alpha.example$" + token);
  REQUIRE_FALSE(card_at_alpha.ok());
  CHECK(card_at_alpha.error().subject_code + "/" + card_at_alpha.error().reason_code ==
        "8.1.1/3.8");
  const auto code_at_alpha = old.phone(kAlphaEid)->download("1$rsp.alpha.example$" + token);
  REQUIRE_FALSE(code_at_alpha.ok());
  CHECK(code_at_alpha.error().subject_code + "/" + code_at_alpha.error().reason_code ==
        "8.2.6/3.8");
  CHECK(old.events("alpha").empty());
  // Back here it goes on where it stood.
  old.stop();
  std::ifstream input(old.folder() / "tenants/alpha.json");
  Json file = Json::parse(input);
  file["tenantId"] = "tenant-03";
  file["tls"] = {{"certificateChain", "../tls/tenant-03.pem"},
                 {"privateKey", "../tls/tenant-03.key.pem"}};
  std::ofstream(old.folder() / "tenants/tenant-03.json") << file;
  old.start();
  CHECK(old.events("tenant-03").size() == told);
  CHECK(old.phone(kOwn)->download(order.activation_code).ok());
}
