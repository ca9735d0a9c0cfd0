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

using std::chrono::steady_clock;

constexpr int kRounds = 8;
constexpr int kOrders = 60;

// A berthd that is killed in the midst of one download. The moment is drawn as a part of what a
// download takes here and now: a fixed time would be before the first on a slow machine.
class Round {
 public:
  Round(World& world, int whole, std::mt19937& random)
      : berthd_(world.folder() / "host.json"), world_(world), whole_(whole), random_(random) {}

  // Downloads from `next` on until the host is gone, which is after `whole` of them; returns the
  // ICCIDs whose result it acknowledged. `usual`: how long a download took last.
  std::set<std::string> download_until_killed(const std::vector<smdpplus::OrderAnswer>& orders,
                                              std::size_t& next, steady_clock::duration& usual) {
    std::set<std::string> acknowledged;
    for (int done = 0; next < orders.size(); ++done, ++next) {
      if (done == whole_) kill_within(2 * usual);
      const auto begun = steady_clock::now();
      auto phone = world_.phone(kAlphaEid, berthd_.es9_port());
      const auto report = phone->download(orders[next].activation_code);
      if (!report || !phone->card().state().notifications.empty()) break;
      acknowledged.insert(orders[next].iccid.text());
      if (done < whole_) usual = steady_clock::now() - begun;
    }
    if (killer_.joinable()) killer_.join();
    return acknowledged;
  }
  bool ended_by_itself() {
    berthd_.kill_now();
    return berthd_.ended_by_itself();
  }

 private:
  void kill_within(steady_clock::duration longest) {
    const auto delay = longest / 1024 * static_cast<int>(random_() % 1024);
    killer_ = std::jthread([this, delay] {
      std::this_thread::sleep_for(delay);
      berthd_.kill_now();
    });
  }

  faults::BerthdProcess berthd_;
  World& world_;
  const int whole_;
  std::mt19937& random_;
  std::jthread killer_;  // last: it uses the above
};

}  // namespace

TEST_CASE("berthd killed at random moments loses and repeats nothing",
          "[faults][R76][R79][R137:part]") {
  World world;
  std::vector<smdpplus::OrderAnswer> orders;
  for (int i = 0; i < kOrders; ++i) orders.push_back(world.order("alpha"));
  world.stop();

  const auto seed =
      static_cast<unsigned>(steady_clock::now().time_since_epoch().count() & 0xFFFFFFFF);
  INFO("seed " << seed);
  std::mt19937 random(seed);
  std::set<std::string> acknowledged;
  std::size_t next = 0;
  steady_clock::duration usual = std::chrono::milliseconds(20);
  for (int whole = 0; whole < kRounds && next < orders.size(); ++whole) {
    Round round(world, whole, random);
    acknowledged.merge(round.download_until_killed(orders, next, usual));
    CHECK_FALSE(round.ended_by_itself());
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
