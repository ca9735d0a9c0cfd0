#include "kernel/routing/realm_traffic.h"

#include "tests/kernel/routing/book_fixture.h"

namespace berth::routing::testing {
namespace {

std::string text_of(const std::vector<NameTraffic>& traffic) {
  std::string text;
  for (const NameTraffic& one : traffic) {
    text += one.day + " " + one.name + " " + std::to_string(one.served) + "/" +
            std::to_string(one.refused) + "; ";
  }
  return text;
}

}  // namespace

TEST_CASE("traffic to former names is counted by day and name, across restarts and nodes",
          "[routing][R59][R60]") {
  Scene scene;
  const HostName old_name = must(HostName::parse("old.example"));
  const HostName gone = must(HostName::parse("gone.example"));
  {
    RealmTraffic traffic(*scene.ledger, scene.clock);
    traffic.count(old_name, true);
    traffic.count(old_name, true);
    traffic.count(gone, false);
    CHECK(text_of(must(traffic.report(""))) ==
          "2026-09-21 gone.example 0/1; 2026-09-21 old.example 2/0; ");
    REQUIRE(traffic.write());
    traffic.count(old_name, true);
    CHECK(text_of(must(traffic.report(""))) ==
          "2026-09-21 gone.example 0/1; 2026-09-21 old.example 3/0; ");
    REQUIRE(traffic.write());
  }
  RealmTraffic other(*scene.ledger, scene.clock);
  scene.clock.advance(std::chrono::hours(24));
  other.count(old_name, true);
  CHECK(text_of(must(other.report("2026-09-22"))) == "2026-09-22 old.example 1/0; ");
  CHECK(must(other.report("")).size() == 3);
}

TEST_CASE("names that are counted are bounded", "[routing]") {
  Scene scene;
  RealmTraffic traffic(*scene.ledger, scene.clock);
  for (std::size_t i = 0; i <= kMaxCountedNames; ++i) {
    traffic.count(must(HostName::parse("n" + std::to_string(i) + ".example")), false);
  }
  CHECK(must(traffic.report("")).size() == kMaxCountedNames);
}

}  // namespace berth::routing::testing
