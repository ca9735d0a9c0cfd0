// Goal: a tenant is taken in while the host serves the others, or is refused and changes nothing.

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/scenario/raw_client.h"
#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT
namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kCharlie = "tenant-03";
constexpr const char* kCharlieEid = "89049103001000000000000000000122";
constexpr std::size_t kAlphaOrders = 400;

json read(const fs::path& file) {
  std::ifstream input(file);
  return json::parse(input);
}
void write(const fs::path& file, const json& value) { std::ofstream(file) << value.dump(2); }

WorldOptions with_one_to_come(const std::string& host_members) {
  WorldOptions options;
  options.host_members = host_members;
  options.more_tenants = 1;
  options.later = {kCharlie};
  return options;
}

// A tenant that is served all the time, one download after the other, on a thread of its own.
class Traffic {
 public:
  explicit Traffic(World& world) : phone_(world.phone(kAlphaEid)) {
    for (std::size_t i = 0; i < kAlphaOrders; ++i) {
      codes_.push_back(world.order("alpha").activation_code);
    }
    thread_ = std::jthread([this](const std::stop_token& stop) {
      for (const std::string& code : codes_) {
        if (stop.stop_requested()) return;
        if (phone_->download(code).ok()) {
          ++good_;
        } else {
          ++failed_;
        }
      }
    });
  }
  std::size_t good() const { return good_; }
  std::size_t failed() const { return failed_; }
  // Waits for downloads that began after this was asked.
  void go_on() const {
    const std::size_t before = good_ + failed_;
    REQUIRE(before + 2 <= kAlphaOrders);  // else the test needs more of them
    while (good_ + failed_ < before + 2) std::this_thread::yield();
  }
  void stop() {
    thread_.request_stop();
    thread_.join();
  }

 private:
  std::unique_ptr<Phone> phone_;
  std::vector<std::string> codes_;
  std::atomic<std::size_t> good_ = 0;
  std::atomic<std::size_t> failed_ = 0;
  std::jthread thread_;
};

struct Scene {
  explicit Scene(const std::string& host_members = "{}") : Scene(with_one_to_come(host_members)) {}
  explicit Scene(const WorldOptions& options) : world(options) {}

  World world;
  const TenantId charlie = *TenantId::parse(kCharlie);
  const fs::path file = world.folder() / "tenants/tenant-03.json";
  const fs::path routes = world.folder() / "routes.json";

  // The reason for which it cannot move to a host of its own.
  std::string cannot_move() {
    host::Host& host = world.host();
    const api::TenantMove move(host.ledger(), host.mutable_tenants(), host.departures(),
                               host.handovers());
    const auto checked = move.check(charlie, {"/nowhere", true});
    return checked ? "" : std::string(checked.error().reason());
  }
  // The reason for which it is not added; empty when it is.
  std::string add(const std::string& id = kCharlie) {
    const auto added = world.host().add_tenant(*TenantId::parse(id));
    if (!added) UNSCOPED_INFO(added.error().message());
    return added ? "" : std::string(added.error().reason());
  }
  void put_routes_into_force() {
    routing::RouteBook& book = world.host().routes();
    const auto proposal = book.propose(read(routes).dump(2), "test");
    INFO((proposal ? "" : proposal.error().message()));
    REQUIRE(proposal);
    REQUIRE(book.activate({proposal->sha256, proposal->base, {"anna", "bert"}, "", "", 0}));
  }
  bool nothing_of_it() {
    bool ledger = false;
    const auto entries = world.host().ledger().tenants();
    REQUIRE(entries);
    for (const auto& entry : *entries) ledger = ledger || entry.id == charlie;
    return world.host().tenants().find(charlie) == nullptr && !ledger &&
           !world.host().tenant_files().now()->contains(charlie) &&
           world.host().bindings().find(kCharlie, "storage") == nullptr &&
           !RawClient(world.host().es9_port(), "rsp.tenant-03.example").connected();
  }
  void check_served() {
    const auto report = world.phone(kCharlieEid)->download(world.order(kCharlie).activation_code);
    INFO((report ? "" : report.error().message));
    CHECK(report.ok());
    const auto foreign = world.phone(kAlphaEid)->download(world.order(kCharlie).activation_code);
    REQUIRE_FALSE(foreign.ok());
    CHECK(foreign.error().subject_code == "8.1.1");
  }
};

}  // namespace

TEST_CASE_METHOD(Scene, "a tenant is added while the others are served, and is there for good",
                 "[scenario][R2][R33]") {
  Traffic traffic(world);
  CHECK(add() == "tenant.no_file");
  CHECK(add("alpha") == "tenant.known");
  world.write_files_of(kCharlie);
  CHECK(add() == "tenant.no_route");
  traffic.go_on();
  CHECK(nothing_of_it());
  put_routes_into_force();
  CHECK(nothing_of_it());
  traffic.go_on();
  const json good = read(file);
  json bad = good;
  bad["storage"] = {{"library", "../nowhere.so"}};
  write(file, bad);
  CHECK(add().starts_with("plugin."));
  CHECK(nothing_of_it());
  write(file, good);
  traffic.go_on();

  REQUIRE(add().empty());
  traffic.go_on();
  check_served();
  CHECK(add() == "tenant.known");
  traffic.go_on();
  traffic.stop();
  CHECK(traffic.failed() == 0);
  CHECK(traffic.good() >= 8);
  CHECK(world.host().routes().policies()->contains(charlie));

  // Its route cannot go any more, and other changes of the routes find it.
  json without = read(routes);
  without.at("tenantRoutes").erase(2);
  const auto refused = world.host().routes().propose(without.dump(), "test");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason() == "configuration.tenant_without_route");
  json wider = read(routes);
  wider.at("tenantRoutes").at(2)["mccMnc"].push_back("00199");
  write(routes, wider);
  put_routes_into_force();
  check_served();

  // A move would look for its store where the start's files say. In PostgreSQL none moves.
  const bool in_files = !world.host().configuration().host.postgres;
  CHECK(cannot_move() == (in_files ? "move.blocked" : "move.postgres"));
  world.restart();
  CHECK(cannot_move() == (in_files ? "move.target" : "move.postgres"));
  CHECK(world.host().routes().in_force().number == 3);
  check_served();
  CHECK(world.phone(kAlphaEid)->download(world.order("alpha").activation_code).ok());
  const auto history = world.host().ledger().audit_records(0, 1000);
  REQUIRE(history);
  CHECK(std::count_if(history->begin(), history->end(),
                      [](const auto& one) { return one.type == "tenant.added"; }) == 1);
}

TEST_CASE_METHOD(Scene, "a tenant that could not be served is refused and leaves nothing behind",
                 "[scenario][R2][R33]") {
  world.write_files_of(kCharlie);
  put_routes_into_force();
  const json good = read(file);
  const auto refused = [&](const char* member, const json& value) {
    json bad = good;
    bad[member] = value;
    write(file, bad);
    std::string reason = add();
    write(file, good);
    CHECK(nothing_of_it());
    return reason;
  };
  CHECK(refused("displayName", 7) == "configuration.invalid");
  CHECK(refused("tls", read(world.folder() / "tenants/alpha.json").at("tls")) ==
        "ingress.certificate");
  CHECK(refused("hsm", {{"library", "../nowhere.so"}}).starts_with("plugin."));
  CHECK(refused("tenantId", "alpha") == "configuration.duplicate_tenant");

  const fs::path key = world.folder() / "tls/tenant-03.key.pem";
  fs::rename(key, world.folder() / "taken.pem");
  CHECK(add() == "ingress.certificate");
  fs::rename(world.folder() / "taken.pem", key);
  CHECK(nothing_of_it());

  // Its ledger is another host's, or has not come yet; in PostgreSQL no tenant moves.
  if (!world.host().configuration().host.postgres) {
    const fs::path mark = world.folder() / "data/tenants/tenant-03.away";
    std::ofstream(mark) << "moved";
    CHECK(add() == "tenant.away");
    fs::remove(mark);
    CHECK(nothing_of_it());
  }

  // A realm another tenant has: the files could not be loaded together, now or later.
  const json agreed = read(routes);
  json twice = agreed;
  twice.at("tenantRoutes").at(2)["activationRealm"] = "rsp.alpha.example";
  write(routes, twice);
  CHECK(add().starts_with("routes."));
  write(routes, agreed);

  // Managed, and no card is its own.
  json open = agreed;
  open.at("tenantRoutes").at(2).erase("eidPrefix");
  open.at("tenantRoutes").at(2)["eidPrefixes"] = json::array();
  write(routes, open);
  put_routes_into_force();
  write(routes, agreed);
  CHECK(add() == "configuration.tenant_without_cards");
  CHECK(nothing_of_it());
  put_routes_into_force();

  json host = read(world.folder() / "host.json");
  host["profile"] = "production";
  write(world.folder() / "host.json", host);
  CHECK_FALSE(add().empty());
  host["profile"] = "development";
  write(world.folder() / "host.json", host);
  CHECK(nothing_of_it());

  REQUIRE(add().empty());
  check_served();
  CHECK(world.phone(kBravoEid)->download(world.order("bravo").activation_code).ok());
}

TEST_CASE("where two people are needed, a start goes without a tenant whose route waits",
          "[scenario][R2][R52]") {
  Scene scene(R"({"twoPeople": true})");
  scene.world.write_files_of(kCharlie);
  scene.world.restart();
  CHECK(scene.world.host().routes().in_force().number == 1);
  CHECK(scene.nothing_of_it());
  CHECK(scene.world.phone(kAlphaEid)->download(scene.world.order("alpha").activation_code).ok());
  CHECK(scene.add() == "tenant.no_route");
  const auto told = [&scene] {
    const auto report =
        host::OperatorDesk(scene.world.host(), scene.world.clock(), scene.world.random()).examine();
    return std::any_of(report.findings.begin(), report.findings.end(),
                       [](const auto& one) { return one.name == "tenant tenant-03"; });
  };
  CHECK(told());
  scene.put_routes_into_force();
  REQUIRE(scene.add().empty());
  CHECK_FALSE(told());
  scene.check_served();
  scene.world.restart();
  scene.check_served();
}

TEST_CASE_METHOD(Scene, "a tenant that was here before is added with the standing it had",
                 "[scenario][R2]") {
  world.write_files_of(kCharlie);
  put_routes_into_force();
  REQUIRE(world.host().ledger().put_record(
      {.kind = "tenant",
       .record_id = kCharlie,
       .state = "suspended",
       .body = R"({"before":"active","by":"anna","reason":"no contract"})"},
      0, {"tenant.suspended", {ledger::SubjectKind::kTenant, kCharlie}, "{}"}));
  REQUIRE(add().empty());
  CHECK(world.tenant(kCharlie).standing() == context::Standing::kSuspended);
  const auto refused = world.phone(kCharlieEid)->download(world.order(kCharlie).activation_code);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().subject_code + "/" + refused.error().reason_code == "8.2/1.2");
}

TEST_CASE("tenants whose SM-DP+ is elsewhere are added, too", "[scenario][R33][R38]") {
  json contract = json::object();
  for (const std::string_view cell : tenancy::kContractCells) {
    contract[std::string(cell)] = {
        {"owner", "partner"}, {"contact", "noc@partner.example"}, {"nextDue", "2099-12-31"}};
  }
  for (const char* topology : {"dedicated", "partner"}) {
    CAPTURE(topology);
    WorldOptions options = with_one_to_come("{}");
    json members{{"topology", topology}, {"endpoint", "127.0.0.1:9"}};
    if (members.at("topology") == "partner") members["contract"] = contract;
    options.elsewhere[kCharlie] = members.dump();
    Scene scene(options);
    scene.world.write_files_of(kCharlie);
    scene.put_routes_into_force();
    for (int starts = 0; starts < 2; ++starts) {
      if (starts == 0) REQUIRE(scene.add().empty());
      if (starts == 1) scene.world.restart();
      CHECK(scene.world.host().tenant_files().now()->contains(scene.charlie));
      const auto context = scene.world.host().tenants().find(scene.charlie);
      CHECK((context != nullptr) == (members.at("topology") == "partner"));
      if (context != nullptr) CHECK_FALSE(context->served_here());
      CHECK_FALSE(RawClient(scene.world.host().es9_port(), "rsp.tenant-03.example").connected());
      const auto report =
          host::OperatorDesk(scene.world.host(), scene.world.clock(), scene.world.random())
              .examine();
      CHECK(std::any_of(report.findings.begin(), report.findings.end(), [](const auto& one) {
        return one.name.find(kCharlie) != std::string::npos;
      }));
    }
    CHECK(scene.add() == "tenant.known");
    CHECK(scene.world.phone(kAlphaEid)->download(scene.world.order("alpha").activation_code).ok());
  }
}
