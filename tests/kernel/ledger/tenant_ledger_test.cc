#include "kernel/ledger/tenant_ledger.h"

#include <map>
#include <random>
#include <thread>

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

constexpr int kProfiles = 6;
constexpr int kOrders = 12;
constexpr int kCodes = 3;

// What the ledger should hold, in maps.
struct Model {
  std::map<int, ProfileRecord> profiles;
  std::map<int, OrderRecord> orders;
  std::vector<std::string> event_bodies;

  // Empty: it must be committed.
  std::optional<RefusalReason> apply(const Change& change, UnixMs now) {
    if (const auto* insert = std::get_if<InsertProfile>(&change)) return add(*insert);
    if (const auto* update = std::get_if<UpdateProfile>(&change)) return move(*update);
    if (const auto* made = std::get_if<InsertOrder>(&change)) return add(*made);
    return move(std::get<UpdateOrder>(change), now);
  }

 private:
  std::optional<RefusalReason> add(const InsertProfile& change) {
    const int key = number_of(change.profile.iccid);
    if (!profiles.emplace(key, change.profile).second) return RefusalReason::kDuplicate;
    return std::nullopt;
  }
  std::optional<RefusalReason> move(const UpdateProfile& change) {
    const auto found = profiles.find(number_of(change.next.iccid));
    if (found == profiles.end() || found->second.revision != change.from_revision) {
      return RefusalReason::kGuard;
    }
    found->second = change.next;
    return std::nullopt;
  }
  bool clashes(const OrderRecord& made) const {
    if (!made.open) return false;
    for (const auto& [key, other] : orders) {
      if (!other.open || other.order_id == made.order_id) continue;
      if (other.iccid == made.iccid) return true;
      if (made.matching_id && other.matching_id == made.matching_id) return true;
    }
    return false;
  }
  std::optional<RefusalReason> add(const InsertOrder& change) {
    const int key = std::stoi(change.order.order_id);
    if (orders.contains(key) || clashes(change.order)) return RefusalReason::kDuplicate;
    if (!profiles.contains(number_of(change.order.iccid))) return RefusalReason::kGuard;
    orders.emplace(key, change.order);
    return std::nullopt;
  }
  std::optional<RefusalReason> move(const UpdateOrder& change, UnixMs now) {
    const auto found = orders.find(std::stoi(change.next.order_id));
    if (found == orders.end() || found->second.revision != change.from_revision) {
      return RefusalReason::kGuard;
    }
    if (change.must_be_unexpired && now > found->second.expires_ms) return RefusalReason::kExpired;
    if (clashes(change.next)) return RefusalReason::kDuplicate;
    found->second = change.next;
    return std::nullopt;
  }
  static int number_of(const Iccid& iccid) { return std::stoi(iccid.text().substr(7)); }
};

Change random_change(std::mt19937& random, const Model& model) {
  const auto below = [&](int bound) {
    return static_cast<int>(random() % static_cast<unsigned>(bound));
  };
  const int number = 1 + below(kProfiles);
  const int order_number = 1 + below(kOrders);
  // Mostly the revision that is there, sometimes a stale one.
  const auto revise = [&](auto next, std::int64_t revision) {
    next.revision = revision + (below(5) == 0 ? 0 : 1);
    return next;
  };
  switch (below(4)) {
    case 0:
      return InsertProfile{profile(number)};
    case 1: {
      const auto found = model.profiles.find(number);
      ProfileRecord next = found == model.profiles.end() ? profile(number) : found->second;
      next = revise(next, next.revision);
      next.state = lifecycle::kAllProfileStates[random() % lifecycle::kAllProfileStates.size()];
      return UpdateProfile{next, next.revision - 1};
    }
    case 2: {
      OrderRecord made = order(std::to_string(order_number), number);
      if (below(2) == 0) made.matching_id = matching_id("C" + std::to_string(below(kCodes)));
      made.expires_ms = kNow + below(2000);
      return InsertOrder{made};
    }
    default: {
      const auto found = model.orders.find(order_number);
      OrderRecord next =
          found == model.orders.end() ? order(std::to_string(order_number), number) : found->second;
      next = revise(next, next.revision);
      next.open = below(3) != 0;
      if (below(2) == 0) next.matching_id = matching_id("C" + std::to_string(below(kCodes)));
      return UpdateOrder{next, next.revision - 1, below(2) == 0};
    }
  }
}

void require_same(TenantLedger& ledger, const Model& model) {
  for (int i = 1; i <= kProfiles; ++i) {
    const auto stored = must(ledger.profile(iccid(i)));
    const auto expected = model.profiles.find(i);
    REQUIRE(stored.has_value() == (expected != model.profiles.end()));
    if (!stored) continue;
    REQUIRE(stored->revision == expected->second.revision);
    REQUIRE(stored->state == expected->second.state);
  }
  for (int i = 1; i <= kOrders; ++i) {
    const auto stored = must(ledger.order(std::to_string(i)));
    const auto expected = model.orders.find(i);
    REQUIRE(stored.has_value() == (expected != model.orders.end()));
    if (!stored) continue;
    REQUIRE(stored->revision == expected->second.revision);
    REQUIRE(stored->open == expected->second.open);
    REQUIRE(stored->matching_id == expected->second.matching_id);
    REQUIRE(stored->iccid == expected->second.iccid);
  }
}

}  // namespace

TEST_CASE("random units do to the ledger what they do to a model", "[ledger][R63][R79]") {
  const auto seed = static_cast<std::uint32_t>(GENERATE(7, 20261123));
  CAPTURE(seed);
  std::mt19937 random(seed);
  TenantFixture fixture;
  fixture.forget_durability();
  TenantLedger& ledger = fixture.open();
  Model model;
  std::int64_t events = 0;
  int refusals = 0;
  for (int step = 0; step < 600; ++step) {
    CAPTURE(step);
    fixture.clock.advance(std::chrono::milliseconds(random() % 6));
    std::vector<Change> changes;
    Model after = model;
    std::optional<RefusalReason> expected;
    std::size_t at = 0;
    const std::size_t count = 1 + random() % 3;
    for (std::size_t i = 0; i < count; ++i) {
      changes.push_back(random_change(random, after));
      if (!expected) {
        at = i;
        expected = after.apply(changes.back(), fixture.clock.now_ms());
      }
    }
    const Outcome outcome = fixture.put(std::move(changes));
    if (expected) {
      REQUIRE(refused(outcome) == *expected);
      REQUIRE(std::get<Refused>(outcome).change == at);
      ++refusals;
    } else {
      REQUIRE(committed(outcome).event_sequence == ++events);
      model = std::move(after);
    }
    if (step % 50 == 0) require_same(ledger, model);
  }
  require_same(ledger, model);
  CHECK(events > 50);
  CHECK(refusals > 50);
  require_intact(ledger);
}

TEST_CASE("a page is never longer than a thousand rows", "[ledger]") {
  TenantFixture fixture;
  fixture.forget_durability();
  TenantLedger& ledger = fixture.open();
  for (int i = 0; i < 1010; ++i) committed(fixture.put({}));
  CHECK(must(ledger.events(0, 5000)).size() == 1000);
  CHECK(must(ledger.events(1000, 5000)).size() == 10);
  CHECK(must(ledger.audit(0, 5000)).size() == 1000);
  CHECK(must(ledger.events(0, 0)).empty());
}

// Hidden: prints durable commits a second on this machine.
TEST_CASE("durable commits a second", "[.][ledger][bench]") {
  const int threads_count = GENERATE(1, 8, 64);
  TenantFixture fixture;
  fixture.open();
  std::atomic<int> done{0};
  const auto started = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < threads_count; ++t) {
      threads.emplace_back([&, t] {
        while (std::chrono::steady_clock::now() - started < std::chrono::seconds(2)) {
          fixture.put({InsertProfile{profile(t * 1'000'000 + done++)}});
        }
      });
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  WARN(threads_count << " threads: " << done / took.count() << " commits/s");
}

}  // namespace berth::ledger
