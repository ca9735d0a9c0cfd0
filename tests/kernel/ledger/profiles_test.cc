#include "kernel/ledger/profiles.h"

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

TEST_CASE("a profile comes back as it was put in", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  ProfileRecord bare = profile(1);
  bare.owner_mcc_mnc.reset();
  bare.owner_gid1_hex.clear();
  ProfileRecord full = profile(2);
  full.eid = eid(7);
  full.state = lifecycle::ProfileState::kLinked;
  full.order_id = "o-1";
  full.owner_gid2_hex = "0A0B";
  full.profile_name = "Tarif \"ä\" ' ; -- 漢";
  full.created_ms = kNow - 5;
  committed(fixture.put({InsertProfile{bare}, InsertProfile{full}}));

  const ProfileRecord first = must(ledger.profile(iccid(1))).value();
  CHECK_FALSE(first.eid.has_value());
  CHECK_FALSE(first.owner_mcc_mnc.has_value());
  CHECK(first.owner_gid1_hex.empty());
  CHECK(first.created_ms == kNow);
  const ProfileRecord second = must(ledger.profile(iccid(2))).value();
  CHECK(second.iccid == iccid(2));
  CHECK(second.state == lifecycle::ProfileState::kLinked);
  CHECK(second.revision == 1);
  CHECK(second.profile_type == "plain");
  CHECK(second.eid == eid(7));
  CHECK(second.package.object_name == "packages/2");
  CHECK(second.package.size_bytes == 4096);
  CHECK(second.package.sha256 == sha256(as_bytes("package")));
  CHECK(second.service_provider_name == "Aurora");
  CHECK(second.profile_name == full.profile_name);
  CHECK(second.owner_mcc_mnc == full.owner_mcc_mnc);
  CHECK(second.owner_gid1_hex == "FF");
  CHECK(second.owner_gid2_hex == "0A0B");
  CHECK(second.order_id == "o-1");
  CHECK(second.created_ms == kNow - 5);
  CHECK(second.changed_ms == kNow);
  CHECK_FALSE(must(ledger.profile(iccid(3))).has_value());
}

TEST_CASE("profiles are paged by ICCID without gaps or repeats", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  std::vector<Change> changes;
  for (int i = 25; i > 0; --i) changes.push_back(InsertProfile{profile(i)});
  committed(fixture.put(std::move(changes)));
  std::string after;
  int expected = 1;
  while (true) {
    const auto page = must(ledger.profiles(after, 10));
    if (page.empty()) break;
    for (const ProfileRecord& record : page) CHECK(record.iccid == iccid(expected++));
    after = page.back().iccid.text();
  }
  CHECK(expected == 26);
}

TEST_CASE("stock offers only Available profiles of the type asked for", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  ProfileRecord taken = profile(1);
  taken.state = lifecycle::ProfileState::kReleased;
  committed(fixture.put({InsertProfile{taken}, InsertProfile{profile(2, "gold")}}));
  CHECK_FALSE(must(ledger.available_profile("plain")).has_value());
  CHECK(must(ledger.available_profile("gold"))->iccid == iccid(2));
}

TEST_CASE("a damaged row is data loss, not a guess", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  committed(fixture.put({InsertProfile{profile(1)}}));
  for (const std::string_view damage :
       {"update profile set state = 'Lost'", "update profile set object_sha256 = x'00'",
        "update profile set eid = '12'"}) {
    fixture.tamper(damage);
    const auto read = ledger.profile(iccid(1));
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code() == ErrorCode::kDataLoss);
    CHECK(read.error().reason() == "ledger.corrupt_row");
  }
}

}  // namespace
}  // namespace berth::ledger
