#include "kernel/ledger/profile_types.h"

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

TEST_CASE("a profile type is put, read back and replaced by who read it last", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  ProfileTypeRecord type{.name = "gold"};
  type.document = R"({"name":"gold","icon":"ä 漢"})";
  committed(fixture.put({PutProfileType{type, 0}}));
  const ProfileTypeRecord read = must(ledger.profile_type("gold")).value();
  CHECK(read.name == "gold");
  CHECK(read.revision == 1);
  CHECK(read.document == type.document);
  CHECK(read.changed_ms == kNow);
  CHECK(refused(fixture.put({PutProfileType{type, 0}})) == RefusalReason::kDuplicate);

  fixture.clock.advance(std::chrono::milliseconds(5));
  ProfileTypeRecord next = read;
  next.document = "{}";
  next.revision = 2;
  committed(fixture.put({PutProfileType{next, 1}}));
  CHECK(refused(fixture.put({PutProfileType{next, 1}})) == RefusalReason::kGuard);
  CHECK(must(ledger.profile_type("gold"))->document == "{}");
  CHECK(must(ledger.profile_type("gold"))->changed_ms == kNow + 5);
  CHECK_FALSE(must(ledger.profile_type("Gold")).has_value());
  next.name = "silver";
  CHECK(refused(fixture.put({PutProfileType{next, 1}})) == RefusalReason::kGuard);
}

TEST_CASE("profile types are paged by name", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  for (const char* name : {"c", "a", "B", "b"}) {
    committed(fixture.put({PutProfileType{{.name = name, .document = "{}"}, 0}}));
  }
  const auto names = [&](std::string_view after, std::size_t max) {
    std::string found;
    for (const auto& type : must(ledger.profile_types(after, max))) found += type.name;
    return found;
  };
  CHECK(names("", 10) == "Babc");
  CHECK(names("", 2) == "Ba");
  CHECK(names("a", 10) == "bc");
  CHECK(names("c", 10).empty());
}

}  // namespace
}  // namespace berth::ledger
