// A move that a crash cuts off anywhere: what was not handed over is served again, what was is gone
// on with, and at no moment do two hosts open the same ledger.

#include <catch2/catch.hpp>
#include <thread>

#include "tests/faults/berthd_process.h"
#include "tests/scenario/move_town.h"
#include "tools/berthctl/client.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT

// Nobody but the test, over the socket of a berthd that is killed.
WorldOptions on_a_desk() { return {}; }

std::string state_of(const berthctl::Client& client) {
  const auto answer = client.get("/v1/moves/alpha?folder=");
  return answer ? answer->at("move").get<std::string>() : std::string(answer.error().reason());
}
bool served(const berthctl::Client& client) { return client.get("/v1/tenants/alpha").ok(); }

}  // namespace

TEST_CASE("a handover that a crash cut off anywhere is finished, and nobody serves meanwhile",
          "[scenario]") {
  const int done = GENERATE(0, 1, 2, 3);
  CAPTURE(done);
  Town town;
  const auto code = town.world.order("alpha").activation_code;
  REQUIRE(town.move() == "done");
  auto& ledger = town.world.host().ledger();
  auto record = *must(ledger.record(api::kMoveRecords, "alpha"));
  record.state = "handing_over";
  REQUIRE(must(ledger.put_record(record, record.revision, {"test", {}, "{}"})));
  town.stop();
  const fs::path mine = town.ledger_at(town.world.folder());
  const fs::path theirs = town.ledger_at(town.own);
  if (done > 0) must(ledger::put_away_ledger(mine, mine.string() + ".moved", town.alpha));
  if (done > 1) must(ledger::put_in_place(theirs.string() + ".moving", theirs));
  if (done > 2) must(ledger::drop_mark(town.own / "data/tenants/alpha.away"));
  town.start();
  CHECK(town.state() == "handing_over");
  CHECK(town.world.host().tenants().find(town.alpha) == nullptr);
  CHECK(town.post(kAnna, "moves/alpha/abort").reason() == "move.step");
  town.start_own();
  CHECK(town.dedicated->tenants().all().size() == (done > 2 ? 1U : 0U));
  CHECK(town.post(kAnna, "moves/alpha/hand-over").reason() == "move.target");  // it runs
  town.dedicated.reset();
  const Answer finished = town.post(kAnna, "moves/alpha/hand-over");
  INFO(finished.body.dump());
  REQUIRE(finished.reason().empty());
  CHECK(town.state() == "moved");
  town.tenant_file(true);
  town.start_own();
  CHECK(town.installs(kAlphaEid, code));
}

TEST_CASE("a return that a crash cut off anywhere is finished or given up", "[scenario]") {
  const int done = GENERATE(0, 1, 2);
  const bool give_up = GENERATE(false, true);
  CAPTURE(done, give_up);
  Town town;
  const auto code = town.world.order("alpha").activation_code;
  REQUIRE(town.move() == "done");
  REQUIRE(town.post(kAnna, "moves/alpha/hand-over").reason().empty());
  auto& ledger = town.world.host().ledger();
  auto record = *must(ledger.record(api::kMoveRecords, "alpha"));
  record.state = "taking_back";
  REQUIRE(must(ledger.put_record(record, record.revision, {"test", {}, "{}"})));
  town.stop();
  const fs::path mine = town.ledger_at(town.world.folder());
  const fs::path theirs = town.ledger_at(town.own);
  if (done > 0) must(ledger::make_mark(town.own / "data/tenants/alpha.away"));
  if (done > 1) {
    must(ledger::copy_ledger(theirs, mine.string() + ".returning", town.alpha));
    must(ledger::put_in_place(mine.string() + ".returning", mine));
  }
  town.start();
  CHECK(town.state() == "taking_back");
  CHECK(town.world.host().tenants().find(town.alpha) == nullptr);
  if (give_up) {
    const Answer given_up = town.post(kAnna, "moves/alpha/abort");
    INFO(given_up.body.dump());
    REQUIRE(given_up.reason().empty());
    town.tenant_file(true);
    town.start_own();
    CHECK_FALSE(fs::exists(mine));
  } else {
    REQUIRE(town.take_back() == "done");
    town.start_own();
    CHECK(town.dedicated->tenants().all().empty());
    town.restart();
  }
  CHECK(town.installs(kAlphaEid, code));
}

TEST_CASE("a host killed at any moment of a move goes on with one owner", "[scenario]") {
  Town town(on_a_desk());
  const auto code = town.world.order("alpha").activation_code;
  town.stop();
  const berthctl::Client client({.socket = town.world.folder() / "operator.sock"});
  const fs::path file = town.world.folder() / "host.json";
  auto process = std::make_unique<faults::BerthdProcess>(file);
  // One request, and the host killed this much later; then it starts again.
  const auto cut_off = [&](const char* step, int ms) {
    std::thread request([&] {
      static_cast<void>(client.post("/v1/moves/alpha/" + std::string(step),
                                    std::string(step) == "start"       ? town.wish()
                                    : std::string(step) == "take-back" ? Json{{"reason", "back"}}
                                                                       : Json::object()));
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    process->kill_now();
    request.join();
    process = std::make_unique<faults::BerthdProcess>(file);
  };
  const auto theirs_opens = [&town] {
    town.start_own();
    const bool opens = !town.dedicated->tenants().all().empty();
    town.dedicated.reset();
    return opens;
  };

  for (const int ms : {2, 8, 15, 25, 40, 60, 90}) {
    CAPTURE(ms);
    cut_off("start", ms);
    CHECK(served(client));
    CHECK_FALSE(theirs_opens());
  }
  for (int round = 0; state_of(client) != "moved"; ++round) {
    REQUIRE(round < 40);
    CAPTURE(round);
    if (state_of(client) != "handing_over") {
      REQUIRE(client.post("/v1/moves/alpha/start", town.wish()).ok());
      REQUIRE(state_of(client) == "copied");
    }
    cut_off("hand-over", round);
    const bool theirs = theirs_opens();
    INFO(state_of(client));
    CHECK_FALSE((served(client) && theirs));
    CHECK((served(client) || theirs || state_of(client) == "handing_over"));
  }
  CHECK_FALSE(served(client));
  CHECK(theirs_opens());
  for (int round = 0; state_of(client) != "returned"; ++round) {
    REQUIRE(round < 40);
    CAPTURE(round);
    cut_off("take-back", 3 * round);
    const bool theirs = theirs_opens();
    INFO(state_of(client));
    CHECK_FALSE((served(client) && theirs));
    CHECK((served(client) || theirs || state_of(client) == "taking_back"));
  }
  process->stop();
  process.reset();
  town.start();
  CHECK(town.world.phone(kAlphaEid)->download(code).ok());
}
