// Goal: berthd may die between any two instructions; what it answered is true afterwards, and there
// is no event without its state and no state without its event.
//
// Method: phones download while berthd is killed at random moments and started again, round after
// round; then the ledger is read and compared with what the phones were told.

#include <catch2/catch.hpp>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <thread>

#include "tests/faults/berthd_process.h"
#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT

constexpr int kRounds = 8;
constexpr int kOrders = 60;

// Downloads from `next` on until the host is gone; returns the ICCIDs whose result it acknowledged.
std::set<std::string> download_until_killed(World& world, std::uint16_t port,
                                            const std::vector<smdpplus::OrderAnswer>& orders,
                                            std::size_t& next) {
  std::set<std::string> acknowledged;
  while (next < orders.size()) {
    auto phone = world.phone(kAlphaEid, port);
    const auto report = phone->download(orders[next].activation_code);
    if (!report && report.error().kind == lpa::FailureKind::kNetwork) break;
    if (report && phone->card().state().notifications.empty()) {
      acknowledged.insert(orders[next].iccid.text());
    }
    if (!report || !phone->card().state().notifications.empty()) break;
    ++next;
  }
  return acknowledged;
}

}  // namespace

TEST_CASE("berthd killed at random moments loses and repeats nothing",
          "[faults][R76][R79][R137:part]") {
  World world;
  std::vector<smdpplus::OrderAnswer> orders;
  for (int i = 0; i < kOrders; ++i) orders.push_back(world.order("alpha"));
  world.stop();

  const auto seed = static_cast<unsigned>(
      std::chrono::steady_clock::now().time_since_epoch().count() & 0xFFFFFFFF);
  INFO("seed " << seed);
  std::mt19937 random(seed);
  std::set<std::string> acknowledged;
  std::size_t next = 0;
  for (int round = 0; round < kRounds && next < orders.size(); ++round) {
    faults::BerthdProcess berthd(world.folder() / "host.json");
    std::thread killer([&berthd, delay = 10 + random() % 120] {
      std::this_thread::sleep_for(std::chrono::milliseconds(delay));
      berthd.kill_now();
    });
    acknowledged.merge(download_until_killed(world, berthd.es9_port(), orders, next));
    killer.join();
    CHECK_FALSE(berthd.ended_by_itself());
    // An order whose package was delivered stays with its card; the next round goes on after it.
    ++next;
  }

  world.start();
  const auto events = world.events("alpha");
  std::map<std::string, int> successes;
  for (std::size_t i = 0; i < events.size(); ++i) {
    CHECK(events[i].sequence == static_cast<std::int64_t>(i) + 1);
    const auto body = nlohmann::json::parse(events[i].body);
    if (events[i].type == "profileDownloadResult") ++successes[body.at("iccid")];
  }
  CHECK(acknowledged.size() > 3);
  for (const auto& order : orders) {
    const std::string iccid = order.iccid.text();
    INFO(iccid.substr(iccid.size() - 4) << " " << world.profile_state("alpha", order.iccid));
    const bool installed = world.profile_state("alpha", order.iccid) == "Installed";
    CHECK(successes[iccid] == (installed ? 1 : 0));
    if (acknowledged.contains(iccid)) CHECK(installed);
  }
  const auto verdict = world.tenant("alpha").ledger().verify_audit();
  REQUIRE(verdict.ok());
  CHECK(verdict->intact);
}
