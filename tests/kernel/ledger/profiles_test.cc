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
  full.protected_package = {"ppk/2", sha256(as_bytes("segments")), Bytes{0, 1, 0xFF}};
  full.saip_version = "2.3";
  full.services = "usim isim";
  full.quarantined = true;
  full.installations = 2;
  committed(fixture.put({InsertProfile{bare}, InsertProfile{full}}));

  const ProfileRecord first = must(ledger.profile(iccid(1))).value();
  CHECK_FALSE(first.eid.has_value());
  CHECK_FALSE(first.owner_mcc_mnc.has_value());
  CHECK(first.owner_gid1_hex.empty());
  CHECK(first.created_ms == kNow);
  CHECK(first.protected_package.object_name.empty());
  CHECK(first.protected_package.sha256 == Sha256{});
  CHECK(first.protected_package.sealed_keys.empty());
  CHECK(first.saip_version.empty());
  CHECK(first.services.empty());
  CHECK_FALSE(first.quarantined);
  CHECK(first.installations == 0);
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
  CHECK(second.protected_package.object_name == "ppk/2");
  CHECK(second.protected_package.sha256 == sha256(as_bytes("segments")));
  CHECK(second.protected_package.sealed_keys == Bytes{0, 1, 0xFF});
  CHECK(second.saip_version == "2.3");
  CHECK(second.services == "usim isim");
  CHECK(second.quarantined);
  CHECK(second.installations == 2);
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

TEST_CASE("a profile's protected form, quarantine and installations change with it", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  committed(fixture.put({InsertProfile{profile(1)}}));
  ProfileRecord next = must(ledger.profile(iccid(1))).value();
  next.protected_package = {"ppk/1", sha256(as_bytes("segments")), Bytes{7}};
  next.quarantined = true;
  next.installations = 1;
  next.revision = 2;
  committed(fixture.put({UpdateProfile{next, 1}}));
  CHECK(must(ledger.profile(iccid(1)))->protected_package.sealed_keys == Bytes{7});
  CHECK(must(ledger.profile(iccid(1)))->quarantined);
  next = must(ledger.profile(iccid(1))).value();
  CHECK(next.installations == 1);
  next.protected_package = {};
  next.quarantined = false;
  next.revision = 3;
  committed(fixture.put({UpdateProfile{next, 2}}));
  CHECK(must(ledger.profile(iccid(1)))->protected_package.object_name.empty());
  CHECK(must(ledger.profile(iccid(1)))->protected_package.sha256 == Sha256{});
  CHECK_FALSE(must(ledger.profile(iccid(1)))->quarantined);
  const auto session = fixture.look();
  CHECK(session
            ->query({"select iccid from profile where ppk_sha256 is null and ppk_sealed_keys is"
                     " null",
                     "t"},
                    {})
            .size() == 1);
}

TEST_CASE("stock is offered in ICCID order, past as many as asked, never a claimed one",
          "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  for (int i = 5; i > 0; --i) {
    ProfileRecord made = profile(i);
    if (i == 2) made.eid = eid(1);  // deleted from that card, which alone may have it again
    if (i == 4) made.state = lifecycle::ProfileState::kAllocated;
    committed(fixture.put({InsertProfile{made}}));
  }
  CHECK(must(ledger.available_profile("plain"))->iccid == iccid(1));
  CHECK(must(ledger.available_profile("plain", 1))->iccid == iccid(3));
  CHECK(must(ledger.available_profile("plain", 2))->iccid == iccid(5));
  CHECK_FALSE(must(ledger.available_profile("plain", 3)).has_value());
  CHECK_FALSE(must(ledger.available_profile("plain", SIZE_MAX)).has_value());
}

TEST_CASE("a type is in use while any profile has it, whatever its state", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  ProfileRecord gone = profile(1, "gold");
  gone.state = lifecycle::ProfileState::kUnavailable;
  committed(fixture.put({InsertProfile{gone}}));
  CHECK(must(ledger.profile_type_in_use("gold")));
  CHECK_FALSE(must(ledger.profile_type_in_use("plain")));
  CHECK_FALSE(must(ledger.profile_type_in_use("gol")));
}

TEST_CASE("what profiles have in the store is counted: packages and their protected copies",
          "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  CHECK(must(ledger.stored_objects()).objects == 0);
  ProfileRecord plain = profile(1, "gold");
  plain.package.size_bytes = 1000;
  plain.protected_package = {};
  ProfileRecord twofold = profile(2, "gold");
  twofold.package.size_bytes = 300;
  twofold.protected_package = {"copy", Sha256{}, Bytes(3, 1)};
  committed(fixture.put({InsertProfile{plain}, InsertProfile{twofold}}));
  const StoredObjects stored = must(ledger.stored_objects());
  CHECK(stored.objects == 3);
  CHECK(stored.bytes == 1600);
}

TEST_CASE("a damaged row is data loss, not a guess", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  committed(fixture.put({InsertProfile{profile(1)}}));
  for (const std::string_view damage :
       {"update profile set state = 'Lost'", "update profile set object_sha256 = x'00'",
        "update profile set eid = '12'", "update profile set ppk_object = 'ppk/1'",
        "update profile set installations = -1"}) {
    fixture.tamper(
        "update profile set state = 'Available', object_sha256 = zeroblob(32), eid = null,"
        " ppk_object = ''");
    fixture.tamper(damage);
    const auto read = ledger.profile(iccid(1));
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code() == ErrorCode::kDataLoss);
    CHECK(read.error().reason() == "ledger.corrupt_row");
  }
}

}  // namespace
}  // namespace berth::ledger
