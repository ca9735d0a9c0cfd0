// Two nodes of one host over one database: each request of a phone may land on either.

#include <array>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "tests/postgres/postgres.h"
#include "tests/scenario/operator_system.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT
using nlohmann::json;

constexpr int kPhones = 16;

// Without a server there is nothing two nodes could share.
bool skipped() {
  if (testing::on_postgres()) return false;
  WARN("SKIPPED: two nodes need PostgreSQL; run through tests/postgres/run.sh");
  return true;
}

std::string describe(const lpa::Failure& failure) {
  return failure.step + " " + failure.subject_code + "/" + failure.reason_code + " " +
         failure.reason + " " + failure.message;
}

// What stands between a phone and the nodes: `choose` names the one for each request, counted
// from 0. It may block.
class Balancer final : public lpa::Transport {
 public:
  using Choose = std::function<int(int request)>;
  Balancer(lpa::Transport& first, lpa::Transport& second, Choose choose)
      : nodes_{&first, &second}, choose_(std::move(choose)) {}

  Result<lpa::HttpReply> post(std::string_view host, std::string_view path,
                              std::string_view content_type, std::string_view body) override {
    const int node = choose_(requests_++);
    return nodes_.at(node)->post(host, path, content_type, body);
  }
  int requests() const { return requests_; }

 private:
  std::array<lpa::Transport*, 2> nodes_;
  Choose choose_;
  int requests_ = 0;
};

// A phone that reaches both nodes.
class RoamingPhone {
 public:
  RoamingPhone(World& world, host::Host& second, const std::string& eid, Balancer::Choose choose)
      : clock_(world.clock()),
        phone_(world.phone(eid)),
        other_way_(world.phone(eid, second.es9_port())),
        balancer_(phone_->transport(), other_way_->transport(), std::move(choose)) {}

  // "installed", or what went wrong.
  std::string download(const std::string& activation_code) {
    const auto code = rsp::sgp22::ActivationCode::parse(activation_code);
    if (!code) return code.error().message();
    lpa::Lpa lpa(phone_->card(), balancer_, clock_, [](const lpa::Step&, bool) {});
    lpa::DownloadOptions options;
    options.device = kDevice;
    const auto report = lpa.download(*code, options);
    if (!report) return describe(report.error());
    for (const auto& sent : report->notifications) {
      if (sent.failure) return describe(*sent.failure);
    }
    return report->end == lpa::DownloadEnd::kInstalled ? "installed" : "stopped";
  }
  int requests() const { return balancer_.requests(); }

 private:
  const Clock& clock_;
  std::unique_ptr<Phone> phone_;
  std::unique_ptr<Phone> other_way_;
  Balancer balancer_;
};

// An EID of alpha's with right check digits.
std::string numbered_eid(int number) {
  const std::string digits = std::to_string(number);
  const std::string body = "89049032" + std::string(22 - digits.size(), '0') + digits;
  int remainder = 0;
  for (const char digit : body + "00") remainder = (remainder * 10 + (digit - '0')) % 97;
  const int check = 98 - remainder;
  return body + (check < 10 ? "0" : "") + std::to_string(check);
}

// Results of phones that come at once may be kept and verified later, by whichever node holds that
// work: the one that stopped gives it up, and the other asks for it every few seconds.
bool all_verified(World& world) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (true) {
    const auto waiting = world.tenant("alpha").ledger().pending_notification_count();
    if (waiting.ok() && *waiting == 0) return true;
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

// What alpha's ledger must say after these downloads, whichever node wrote what.
void check_told(World& world, const std::vector<smdpplus::OrderAnswer>& orders) {
  REQUIRE(all_verified(world));
  const auto events = world.events("alpha");
  for (std::size_t i = 0; i < events.size(); ++i) {
    CHECK(events[i].sequence == static_cast<std::int64_t>(i) + 1);
  }
  for (const auto& order : orders) {
    CHECK(world.profile_state("alpha", order.iccid) == "Installed");
  }
  const auto usage = world.tenant("alpha").ledger().usage(0, 1000);
  REQUIRE(usage.ok());
  std::map<std::string, int> facts;
  for (const auto& fact : *usage) ++facts[fact.kind];
  CHECK(facts["profile.downloaded"] == static_cast<int>(orders.size()));
  const auto verdict = world.tenant("alpha").ledger().verify_audit();
  REQUIRE(verdict.ok());
  CHECK(verdict->intact);
}

// Where phones wait, each before one of its requests.
class Gate {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait_for(lock, std::chrono::seconds(60), [this] { return open_; });
  }
  bool await(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60), [&] { return waiting_ >= count; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

}  // namespace

TEST_CASE("a download whose requests alternate between two nodes is one download",
          "[scenario][postgres]") {
  if (skipped()) return;
  World world;
  host::Host& second = world.start_beside();
  const int first_node = GENERATE(0, 1);
  const auto order = world.order("alpha");
  RoamingPhone phone(world, second, kAlphaEid,
                     [&](int request) { return (first_node + request) % 2; });
  CHECK(phone.download(order.activation_code) == "installed");
  CHECK(phone.requests() == 4);
  CHECK(world.events("alpha").size() == 5);
  check_told(world, {order});
}

TEST_CASE("many phones at once over two nodes each get their profile, told once and without a gap",
          "[scenario][postgres]") {
  if (skipped()) return;
  World world;
  host::Host& second = world.start_beside();
  std::vector<smdpplus::OrderAnswer> orders;
  std::vector<std::unique_ptr<RoamingPhone>> phones;
  for (int i = 0; i < kPhones; ++i) {
    orders.push_back(world.order("alpha"));
    // Every pattern of nodes over the four requests occurs once.
    phones.push_back(std::make_unique<RoamingPhone>(
        world, second, numbered_eid(i), [i](int request) { return (i >> (request % 4)) & 1; }));
  }
  std::vector<std::string> ends(kPhones);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kPhones; ++i) {
      threads.emplace_back([&, i] { ends[i] = phones[i]->download(orders[i].activation_code); });
    }
  }
  for (const std::string& end : ends) CHECK(end == "installed");
  check_told(world, orders);
  CHECK(world.events("alpha").size() == 5 * kPhones);
}

TEST_CASE("phones whose node stops in the middle of their sessions go on at the other",
          "[scenario][postgres]") {
  if (skipped()) return;
  World world;
  host::Host& second = world.start_beside();
  Gate gate;
  std::vector<smdpplus::OrderAnswer> orders;
  std::vector<std::unique_ptr<RoamingPhone>> phones;
  for (int i = 0; i < kPhones; ++i) {
    orders.push_back(world.order("alpha"));
    // After the first request, the second or the third; before the install result is the fourth.
    phones.push_back(std::make_unique<RoamingPhone>(world, second, numbered_eid(i),
                                                    [&gate, last = 1 + i % 3](int request) {
                                                      if (request == last) gate.wait();
                                                      return request < last ? 0 : 1;
                                                    }));
  }
  std::vector<std::string> ends(kPhones);
  bool all_waited = false;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kPhones; ++i) {
      threads.emplace_back([&, i] { ends[i] = phones[i]->download(orders[i].activation_code); });
    }
    all_waited = gate.await(kPhones);
    world.stop();
    gate.open();
  }
  CHECK(all_waited);
  for (const std::string& end : ends) CHECK(end == "installed");
  check_told(world, orders);
}

TEST_CASE("a report to an operator is sent once, by one of two nodes",
          "[scenario][postgres][es2plus]") {
  if (skipped()) return;
  OperatorSystem system;
  system.listen();
  const auto key = system.key("alpha-it");
  World world(system.options(
      json::array({OperatorSystem::allowed("alpha-it", {key}, {{"OP-ALPHA", "alpha"}})})));
  host::Host& second = world.start_beside();
  OperatorClient alpha(system, world, key, "OP-ALPHA");
  constexpr std::size_t kOrders = 4;
  for (std::size_t i = 0; i < kOrders; ++i) {
    const json confirmed = alpha.order({{"iccid", world.stock("alpha").text()}});
    RoamingPhone phone(world, second, numbered_eid(static_cast<int>(i)),
                       [](int request) { return request % 2; });
    REQUIRE(phone.download(activation_code(confirmed)) == "installed");
  }
  REQUIRE(system.reports(3 * kOrders).size() == 3 * kOrders);
  std::this_thread::sleep_for(std::chrono::seconds(2));  // time for a second copy to arrive
  const auto reports = system.reports(3 * kOrders);
  std::set<std::string> calls;
  for (const json& report : reports) calls.insert(report.at("header").at("functionCallIdentifier"));
  CHECK(reports.size() == 3 * kOrders);
  CHECK(calls.size() == 3 * kOrders);
}
