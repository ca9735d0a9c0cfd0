#include "kernel/vault/collector.h"

#include <catch2/catch.hpp>
#include <functional>
#include <optional>
#include <set>

#include "tests/kernel/vault/fakes.h"

namespace {

using namespace berth;         // NOLINT
using namespace berth::vault;  // NOLINT
using berth::plugins::Op;
using berth::vault::testing::failure;
using berth::vault::testing::FakeHsm;
using berth::vault::testing::FakeStore;
using std::chrono::hours;
using std::chrono::minutes;

const Op kOp{"test", "", std::chrono::nanoseconds::max()};
const TenantId kTenant = *TenantId::parse("mvno-17");
constexpr UnixMs kStart = 1'790'000'000'000;

class FakeLedger final : public References {
 public:
  std::set<std::string> names;  // in pages of two
  std::optional<Error> read_failure;
  std::optional<Error> announce_failure;
  std::vector<std::string> announced;
  std::function<void()> after_page = [] {};

  Result<Page> page(const std::string& from) override {
    if (read_failure) return *read_failure;
    Page page;
    for (auto at = names.upper_bound(from); at != names.end() && page.names.size() < 2; ++at) {
      page.names.push_back(*at);
    }
    if (page.names.size() == 2) page.next = page.names.back();
    after_page();
    return page;
  }
  Result<void> announce(std::span<const std::string> doomed) override {
    if (announce_failure) return *announce_failure;
    announced.insert(announced.end(), doomed.begin(), doomed.end());
    return {};
  }
};

struct World {
  FakeHsm hsm;
  FakeStore store;
  SystemRandom random;
  ManualClock clock{kStart};
  FakeLedger ledger;
  std::unique_ptr<Vault> vault = open();
  Collector collector{*vault, clock, "mvno-17/"};

  std::unique_ptr<Vault> open() {
    return *Vault::open(kTenant, hsm, kOp, "kek",
                        {*create_data_key(hsm, kOp, "kek", kTenant, 1, random)}, store, random);
  }
  std::string put(const std::string& name, bool referenced = false) {
    REQUIRE(vault->put(kOp, "mvno-17/packages/" + name, as_bytes("content")).ok());
    if (referenced) ledger.names.insert("mvno-17/packages/" + name);
    return "mvno-17/packages/" + name;
  }
  void pass(std::chrono::milliseconds time) {
    clock.advance(time);
    store.now_ms += time.count();
  }
  // Everything that is due now; the reason of what ended it.
  std::string work() {
    for (int i = 0; i < 10'000; ++i) {
      const auto more = collector.step(kOp, ledger);
      if (!more) return std::string(more.error().reason());
      if (!*more) return "";
    }
    return "endless";
  }
  // A day and more, a quarter of an hour at a time.
  void days(int count) {
    for (int i = 0; i < count * 24 * 4 + 8; ++i) {
      pass(minutes(15));
      CHECK(work().empty());
    }
  }
  bool has(const std::string& name) const { return store.objects.contains(name); }
};

}  // namespace

TEST_CASE("what nothing refers to goes after a day, what the ledger refers to stays", "[vault]") {
  World world;
  std::vector<std::string> kept;
  std::vector<std::string> leftovers;
  for (int i = 0; i < 50; ++i) {
    kept.push_back(world.put("kept-" + std::to_string(i), true));
    leftovers.push_back(world.put("left-" + std::to_string(i)));
  }
  for (int i = 0; i < 23 * 4; ++i) {
    world.pass(minutes(15));
    REQUIRE(world.work().empty());
  }
  for (const auto& name : leftovers) CHECK(world.has(name));  // not a day old yet
  world.days(1);
  for (const auto& name : leftovers) CHECK_FALSE(world.has(name));
  for (const auto& name : kept) CHECK(world.has(name));
  std::sort(leftovers.begin(), leftovers.end());
  CHECK(world.ledger.announced == leftovers);
  world.days(3);
  for (const auto& name : kept) CHECK(world.has(name));
  CHECK(world.ledger.announced.size() == leftovers.size());
}

TEST_CASE("other tenants' objects in the same store are not looked at", "[vault]") {
  World world;
  world.store.objects["mvno-170/packages/x"] = Bytes(3);
  world.store.times["mvno-170/packages/x"] = kStart;
  world.days(3);
  CHECK(world.has("mvno-170/packages/x"));
}

TEST_CASE("a commit that comes late saves its object, however old the store says it is",
          "[vault]") {
  World world;
  const std::string name = world.put("late");
  world.store.times[name] = kStart - 10 * 24 * 3'600'000LL;  // a clock that was wrong
  // The first round finds it without a reference; the commit comes before the hour is over.
  world.pass(minutes(15));
  CHECK(world.work().empty());
  CHECK(world.has(name));
  world.ledger.names.insert(name);
  world.days(3);
  CHECK(world.has(name));
}

TEST_CASE("a commit between the reading of the ledger and of the store saves its object",
          "[vault]") {
  World world;
  world.put("other", true);
  world.put("another", true);
  std::string name;
  world.ledger.after_page = [&] {
    if (name.empty()) name = world.put("amid", true);
  };
  world.days(3);
  CHECK_FALSE(name.empty());
  CHECK(world.has(name));
}

TEST_CASE("a host's clock that jumps makes nothing old", "[vault]") {
  World world;
  world.pass(minutes(15));
  REQUIRE(world.work().empty());
  const std::string name = world.put("fresh");
  world.clock.advance(hours(24 * 30));  // the store's stands
  CHECK(world.work().empty());
  world.clock.advance(hours(24 * 30));
  CHECK(world.work().empty());
  CHECK(world.has(name));
  SECTION("the store's alone is not enough either") {
    const std::string another = world.put("another");
    world.store.now_ms += hours(24 * 30) / std::chrono::milliseconds(1);
    world.clock.advance(hours(2));
    CHECK(world.work().empty());
    CHECK(world.has(another));  // found for the first time just now
  }
}

TEST_CASE("a store that another ledger's host keeps loses nothing", "[vault]") {
  World world;
  const std::string name = world.put("left");
  REQUIRE(world.open()->put(kOp, "mvno-17/store-owner", as_bytes("theirs")).ok());
  for (int i = 0; i < 200; ++i) {
    world.pass(minutes(15));
    CHECK(world.work() == "vault.foreign_store");
  }
  CHECK(world.has(name));
}

TEST_CASE("what cannot be recorded is not removed", "[vault]") {
  World world;
  const std::string name = world.put("left");
  world.ledger.announce_failure = failure(ErrorCode::kUnavailable, "ledger.unavailable");
  std::set<std::string> reasons;
  for (int i = 0; i < 200; ++i) {
    world.pass(minutes(15));
    reasons.insert(world.work());
  }
  CHECK(reasons == std::set<std::string>{"", "ledger.unavailable"});
  CHECK(world.has(name));
  world.ledger.announce_failure.reset();
  world.days(1);
  CHECK_FALSE(world.has(name));
}

TEST_CASE("a ledger or a store that fails ends the round, and a later one does the work",
          "[vault]") {
  World world;
  const std::string name = world.put("left");
  world.pass(hours(48));
  world.ledger.read_failure = failure(ErrorCode::kUnavailable, "ledger.in_doubt");
  CHECK(world.work() == "ledger.in_doubt");
  CHECK(world.work().empty());  // not at once again
  world.ledger.read_failure.reset();
  world.pass(minutes(15));
  world.store.next_failure = failure(ErrorCode::kUnavailable, "s3.unreachable");
  CHECK(world.work() == "s3.unreachable");
  world.store.next_failure.reset();
  CHECK(world.has(name));
  world.days(1);
  CHECK_FALSE(world.has(name));
}

TEST_CASE("a store that tells no times keeps everything", "[vault]") {
  World world;
  const std::string name = world.put("left");
  world.store.now_ms = 0;
  world.clock.advance(hours(48));
  CHECK(world.work() == "vault.store_clock");
  CHECK(world.has(name));
}

TEST_CASE("a round suspects a bounded number and later rounds take the rest", "[vault]") {
  World world;
  for (std::size_t i = 0; i < kMaxSuspects + 300; ++i) world.put(std::to_string(i));
  world.days(1);
  CHECK(world.store.objects.size() <= 301);
  world.days(1);
  CHECK(world.store.objects.size() == 1);  // what tells the time
}
