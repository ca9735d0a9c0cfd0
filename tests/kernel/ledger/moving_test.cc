#include "kernel/ledger/moving.h"

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

constexpr const char* kAway = "2.db";

struct Moving {
  Moving() {
    fixture.open();
    committed(fixture.put({InsertProfile{profile(1)}}));
    DataKeyRecord key;
    key.key_id = 1;
    key.wrapped = {1, 2, 3};
    committed(fixture.put({InsertDataKey{key}}));
  }
  static void committed(const Outcome& outcome) {
    REQUIRE(std::holds_alternative<Committed>(outcome));
  }
  Result<FileFacts> copy(const std::filesystem::path& where) {
    return copy_ledger(fixture.file(), where, tenant);
  }
  TenantFixture fixture;
  const TenantId tenant = tenant_id("aurora");
  const std::filesystem::path to = fixture.folder.path() / "copy.db";
};

template <class T>
std::string why(const Result<T>& result) {
  return result.ok() ? "ok" : std::string(result.error().reason());
}

}  // namespace

TEST_CASE("a copy of a ledger that is open has everything, for its owner alone",
          "[ledger][sqlite]") {
  Moving moving;
  const auto facts = must(moving.copy(moving.to));
  const auto head = must(moving.fixture.ledger->head());
  CHECK(facts.head.last_audit_hash == head.last_audit_hash);
  CHECK(facts.head.epoch == head.epoch);
  REQUIRE(facts.data_keys.size() == 1);
  CHECK(facts.data_keys[0].wrapped == sha256(Bytes{1, 2, 3}));
  const auto mode = std::filesystem::status(moving.to).permissions();
  CHECK((mode & (std::filesystem::perms::group_all | std::filesystem::perms::others_all)) ==
        std::filesystem::perms::none);
  CHECK(why(moving.copy(moving.to)) == "ledger.folder");  // it is there
  // The copy is a ledger that goes on; the origin's next unit is not in it.
  Moving::committed(moving.fixture.put({InsertProfile{profile(2)}}));
  moving.fixture.ledger.reset();
  auto opened = must(open_tenant_ledger(moving.to, moving.tenant, {}, moving.fixture.clock,
                                        moving.fixture.random));
  CHECK(must(opened->profiles("", 10)).size() == 1);
  CHECK(must(opened->verify_audit()).intact);
}

TEST_CASE("a ledger that was put away takes nothing more from whoever has it open",
          "[ledger][sqlite]") {
  Moving moving;
  const auto away = moving.fixture.folder.path() / kAway;
  must(moving.copy(moving.to));
  REQUIRE(put_away_ledger(moving.fixture.file(), away, moving.tenant).ok());
  CHECK_FALSE(std::filesystem::exists(moving.fixture.file()));
  CHECK_FALSE(std::holds_alternative<Committed>(moving.fixture.put({InsertProfile{profile(3)}})));
  CHECK(must(look_at_ledger(away, moving.tenant)).head.epoch >
        must(look_at_ledger(moving.to, moving.tenant)).head.epoch);
  moving.fixture.ledger.reset();
  CHECK(why(look_at_ledger(moving.fixture.file(), moving.tenant)) == "ledger.tenant_file_lost");
  CHECK(why(look_at_ledger(away, tenant_id("borealis"))) == "ledger.tenant_file_lost");
}

TEST_CASE("a log that an old ledger left behind is not taken for the copy's", "[ledger][sqlite]") {
  Moving moving;
  must(moving.copy(moving.to));
  const auto place = moving.fixture.folder.path() / "place.db";
  // As a crash leaves it: units in the log alone.
  Moving::committed(moving.fixture.put({InsertProfile{profile(4)}}));
  std::filesystem::copy_file(moving.fixture.file().string() + "-wal", place.string() + "-wal");
  REQUIRE(put_in_place(moving.to, place).ok());
  CHECK_FALSE(std::filesystem::exists(place.string() + "-wal"));
  CHECK_FALSE(std::filesystem::exists(moving.to));
  auto opened = must(
      open_tenant_ledger(place, moving.tenant, {}, moving.fixture.clock, moving.fixture.random));
  CHECK(must(opened->profiles("", 10)).size() == 1);
}

TEST_CASE("only the ledger that was handed over, gone on, goes on", "[ledger][sqlite]") {
  Moving moving;
  const auto facts = must(moving.copy(moving.to));
  const auto sequence = facts.head.last_audit_sequence;
  const Bytes hash = facts.head.last_audit_hash;
  Moving::committed(moving.fixture.put({InsertProfile{profile(5)}}));
  CHECK(why(check_goes_on(moving.fixture.file(), moving.tenant, sequence, hash)) == "ok");
  // Another line from the same beginning, and one that is too short.
  CHECK(why(check_goes_on(moving.to, moving.tenant, sequence + 1, hash)) == "ledger.other_line");
  Bytes other = hash;
  other[0] ^= 1;
  CHECK(why(check_goes_on(moving.fixture.file(), moving.tenant, sequence, other)) ==
        "ledger.other_line");
  moving.fixture.ledger.reset();
  moving.fixture.tamper("update audit_record set payload = '{}' where sequence = 1");
  CHECK(why(check_goes_on(moving.fixture.file(), moving.tenant, sequence, hash)) ==
        "ledger.copy_differs");
  CHECK(why(moving.copy(moving.fixture.folder.path() / "damaged.db")) == "ledger.copy_differs");
  CHECK_FALSE(std::filesystem::exists(moving.fixture.folder.path() / "damaged.db"));
}

TEST_CASE("a mark may be made and dropped again and again", "[ledger][sqlite]") {
  const ScratchFolder folder;
  const auto mark = folder.path() / "aurora.away";
  CHECK(make_mark(mark).ok());
  CHECK(make_mark(mark).ok());
  CHECK(std::filesystem::exists(mark));
  CHECK(drop_mark(mark).ok());
  CHECK(drop_mark(mark).ok());
  CHECK_FALSE(std::filesystem::exists(mark));
}

}  // namespace berth::ledger
