// A tenant with everything it has moves to a host of its own behind the common door, and comes
// back: no code is lost, and nobody is served by two hosts.

#include <catch2/catch.hpp>

#include "kernel/tenancy/topology.h"
#include "tests/scenario/move_town.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT

}  // namespace

TEST_CASE("a tenant moves to a host of its own and back, and loses nothing",
          "[scenario][R42:part]") {
  Town town;
  const auto installed = town.world.order("alpha");
  REQUIRE(town.installs(kAlphaEid, installed.activation_code));
  const auto late = town.world.order("alpha");
  const auto unused = town.world.order("alpha");
  const auto never = town.world.order("alpha");
  town.world.stock("alpha");
  town.world.stock("alpha");
  // A card that has its package and has not said yet what became of it.
  auto phone = town.phone(kAlphaEid);
  const Bytes result = phone->install_silently(late.activation_code);
  const auto events = town.world.events("alpha").size();

  // Two people; then it is copied, and served by nobody while that is looked at.
  REQUIRE(town.move() == "done");
  CHECK(town.state() == "copied");
  CHECK(town.world.host().tenants().find(town.alpha) == nullptr);
  CHECK_FALSE(town.installs(kAlphaEid, unused.activation_code));
  CHECK(town.installs(kBravoEid, town.world.order("bravo").activation_code));

  REQUIRE(town.post(kAnna, "moves/alpha/hand-over").reason().empty());
  CHECK(town.state() == "moved");
  CHECK_FALSE(fs::exists(town.ledger_at(town.world.folder())));
  // Before anybody was told: refused, not served by the wrong one; also by a common host that
  // starts with the tenant's file of before.
  CHECK_FALSE(town.installs(kAlphaEid, unused.activation_code));
  town.restart();
  CHECK(town.world.host().tenants().find(town.alpha) == nullptr);
  CHECK_FALSE(fs::exists(town.ledger_at(town.world.folder())));
  CHECK_FALSE(town.installs(kAlphaEid, unused.activation_code));

  town.tenant_file(true);
  town.start_own();
  town.restart();
  CHECK(town.installs(kAlphaEid, unused.activation_code));
  CHECK(town.installs(kBravoEid, town.world.order("bravo").activation_code));
  // By the name of before, which the card's profile has.
  lpa::Es9Client client(phone->transport(), kFormerRealm);
  CHECK(client.handle_notification(result).ok());
  CHECK(Town::profile_state(*town.dedicated, late.iccid) == "Installed");
  CHECK(Town::profile_state(*town.dedicated, unused.iccid) == "Installed");
  CHECK(Town::profile_state(*town.dedicated, installed.iccid) == "Installed");
  CHECK(must(town.dedicated->tenants().find(town.alpha)->ledger().events(0, 1000)).size() > events);
  CHECK(must(town.dedicated->tenants().find(town.alpha)->ledger().verify_audit()).intact);

  // New life there; and back with it.
  const auto made = town.order_at(*town.dedicated);
  const auto open = town.order_at(*town.dedicated);
  REQUIRE(town.installs(kAlphaEid, made.activation_code));
  const auto head = must(town.dedicated->tenants().find(town.alpha)->ledger().head());
  CHECK(town.take_back() == "move.target");  // its berthd runs
  town.dedicated.reset();

  REQUIRE(town.take_back() == "done");
  CHECK(town.state() == "returned");
  town.tenant_file(false);
  town.restart();
  const auto back = must(town.world.tenant("alpha").ledger().head());
  CHECK(back.last_audit_hash == head.last_audit_hash);
  CHECK(back.epoch > head.epoch);
  CHECK(must(town.world.tenant("alpha").ledger().verify_audit()).intact);
  CHECK(Town::profile_state(town.world.host(), made.iccid) == "Installed");
  CHECK(Town::profile_state(town.world.host(), late.iccid) == "Installed");
  CHECK(town.installs(kAlphaEid, never.activation_code));
  CHECK(town.installs(kAlphaEid, open.activation_code));
  CHECK_FALSE(fs::exists(town.ledger_at(town.world.folder()).string() + ".moved"));
  // The other one does not serve it any more, whatever its files say.
  town.start_own();
  CHECK(town.dedicated->tenants().find(town.alpha) == nullptr);
}

TEST_CASE("what cannot move is refused, and nothing is changed", "[scenario]") {
  WorldOptions options = behind_door();
  options.more_tenants = 1;
  Json contract;
  for (const std::string_view cell : tenancy::kContractCells) {
    contract[std::string(cell)] = {
        {"owner", "partner"}, {"contact", "noc@far.example"}, {"nextDue", "2099-12-31"}};
  }
  options.elsewhere["tenant-03"] =
      Json{{"topology", "partner"}, {"endpoint", "127.0.0.1:9"}, {"contract", contract}}.dump();
  Town town(options);
  const auto code = town.world.order("alpha").activation_code;
  const auto start = [&town](const std::string& tenant, const std::string& folder) {
    const Answer answer =
        town.post(kAnna, "moves/" + tenant + "/start", {{"folder", folder}, {"reason", "a try"}});
    UNSCOPED_INFO(answer.message());
    return answer.reason();
  };
  CHECK(start("nobody", town.own.string()) == "api.unknown_tenant");
  CHECK(start("tenant-03", town.own.string()) == "move.blocked");
  CHECK(start("bravo", town.own.string()) == "move.target");  // it is alpha's
  CHECK(start("alpha", "own") == "move.target");
  CHECK(start("alpha", (town.world.folder() / "nothing").string()) == "move.target");
  CHECK(start("alpha", town.world.folder().string()) == "move.target");
  CHECK(town.post(kAnna, "moves/alpha/hand-over").reason() == "move.step");
  CHECK(town.post(kAnna, "moves/alpha/abort").reason() == "move.step");
  CHECK(town.post(kAnna, "moves/alpha/take-back", {{"reason", "x"}}).reason() == "move.step");
  CHECK(town.post(kBert, "moves/alpha/start", town.wish()).reason() == "access.role");

  town.start_own();
  CHECK(start("alpha", town.own.string()) == "move.target");
  town.dedicated.reset();
  // A folder that would begin a ledger of its own, and one without the name of before.
  fs::remove(town.own / "data/tenants/alpha.away");
  CHECK(start("alpha", town.own.string()) == "move.target");
  std::ofstream(town.own / "data/tenants/alpha.away");
  Json routes = read_json(town.own / "etc/routes.json");
  const Json before = routes;
  routes.at("tenantRoutes").at(0).erase("formerRealms");
  write_json(town.own / "etc/routes.json", routes);
  CHECK(start("alpha", town.own.string()) == "move.target");
  write_json(town.own / "etc/routes.json", before);

  CHECK(town.state() == "none");
  CHECK(town.get("moves/alpha?folder=" + town.own.string()).body.at("blocked").empty());
  CHECK(town.installs(kAlphaEid, code));
  CHECK_FALSE(fs::exists(town.ledger_at(town.own)));
}

TEST_CASE("until it is handed over a tenant is served again, by an abort or a restart",
          "[scenario]") {
  Town town;
  REQUIRE(town.move() == "done");
  CHECK(fs::exists(town.own / "data/tenants/alpha.db.moving"));
  REQUIRE(town.post(kAnna, "moves/alpha/abort").reason().empty());
  CHECK_FALSE(fs::exists(town.own / "data/tenants/alpha.db.moving"));
  CHECK(town.state() == "aborted");
  CHECK(town.installs(kAlphaEid, town.world.order("alpha").activation_code));
  CHECK(town.post(kAnna, "moves/alpha/hand-over").reason() == "move.step");

  REQUIRE(town.move() == "done");
  town.restart();
  CHECK(town.state() == "interrupted");
  CHECK(town.installs(kAlphaEid, town.world.order("alpha").activation_code));
  CHECK(town.post(kAnna, "moves/alpha/hand-over").reason() == "move.step");

  // A copy that fails: the tenant is served again by itself.
  fs::rename(town.own / "objects", town.own / "elsewhere");
  std::ofstream(town.own / "objects") << "no folder";
  CHECK(town.move() == "failed");
  CHECK(town.state() == "aborted");
  CHECK(town.installs(kAlphaEid, town.world.order("alpha").activation_code));
  fs::remove(town.own / "objects");
  fs::rename(town.own / "elsewhere", town.own / "objects");

  // Somebody still works for it, and may yet write: it stays here.
  {
    const auto held = town.world.host().tenants().find(town.alpha);
    CHECK(town.move() == "failed");
    CHECK(town.state() == "aborted");
  }
  CHECK(town.installs(kAlphaEid, town.world.order("alpha").activation_code));

  // A copy that is not what was copied is not handed over.
  const auto code = town.world.order("alpha").activation_code;
  REQUIRE(town.move() == "done");
  fs::remove(town.own / "data/tenants/alpha.db.moving");
  CHECK(town.post(kAnna, "moves/alpha/hand-over").reason() == "ledger.tenant_file_lost");
  CHECK(town.state() == "copied");
  REQUIRE(town.post(kAnna, "moves/alpha/abort").reason().empty());
  CHECK(town.installs(kAlphaEid, code));
}

TEST_CASE("a ledger that did not go on from what was handed over is not taken back", "[scenario]") {
  Town town;
  town.world.order("alpha");
  REQUIRE(town.move() == "done");
  REQUIRE(town.post(kAnna, "moves/alpha/hand-over").reason().empty());
  const fs::path theirs = town.ledger_at(town.own);
  fs::rename(theirs, theirs.string() + ".lost");
  CHECK(town.take_back() == "move.copy_missing");
  // An empty one of the same name, as a host without the mark would begin it.
  town.start_own();
  town.dedicated.reset();
  CHECK(town.take_back() == "ledger.other_line");
  CHECK(town.state() == "moved");
  town.restart();
  CHECK(town.world.host().tenants().find(town.alpha) == nullptr);
}
