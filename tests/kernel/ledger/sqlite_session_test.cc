#include "kernel/ledger/session.h"

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

struct SessionFixture {
  ScratchFolder folder;
  std::unique_ptr<Session> session;
  SessionFixture() {
    REQUIRE(ensure_file(folder.path() / "s db.db").ok());
    session = open_sqlite(folder.path() / "s db.db", Access::kWrite);
    session->run_script(
        "create table one (k bigint not null primary key, t text, b blob);"
        "create table two (k bigint, foreign key (k) references one (k))");
  }
  void put(std::int64_t key, Value text, Value octets) {
    session->execute({"insert into one (k, t, b) values (:k, :t, :b)"}, {key, text, octets});
  }
  Row get(std::int64_t key) {
    return session->query({"select k, t, b from one where k = :k", "itb"}, {key}).at(0);
  }
};

TEST_CASE("numbers, text and octets come back as they went in", "[ledger][sqlite]") {
  SessionFixture fixture;
  Bytes all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  const std::string text = "ä'\"\\ \x7f 漢";
  fixture.put(INT64_MAX, text, all);
  CHECK(fixture.get(INT64_MAX) == Row{INT64_MAX, text, all});
  fixture.put(INT64_MIN, std::string(), std::monostate{});
  CHECK(fixture.get(INT64_MIN) == Row{INT64_MIN, std::string(), std::monostate{}});
  fixture.put(1, std::monostate{}, Bytes{});
  CHECK(fixture.get(1) == Row{std::int64_t{1}, std::monostate{}, std::monostate{}});
  fixture.put(2, std::string("a\0b", 3), Bytes(300'000, 0));
  CHECK(fixture.get(2) == Row{std::int64_t{2}, std::string("a\0b", 3), Bytes(300'000, 0)});
}

TEST_CASE("violations are told apart, and the statement can be used again", "[ledger][sqlite]") {
  SessionFixture fixture;
  fixture.put(1, std::monostate{}, std::monostate{});
  for (int i = 0; i < 3; ++i) {
    CHECK_THROWS_AS(fixture.put(1, std::monostate{}, std::monostate{}), UniqueViolation);
  }
  fixture.put(2, std::monostate{}, std::monostate{});
  const Statement refer{"insert into two (k) values (:k)"};
  CHECK_THROWS_AS(fixture.session->execute(refer, {std::int64_t{9}}), ReferenceViolation);
  CHECK(fixture.session->execute(refer, {std::int64_t{1}}) == 1);
  CHECK_THROWS_AS(fixture.session->execute({"nonsense"}, {}), DatabaseError);
  CHECK_THROWS_AS(fixture.session->run_script("nonsense"), DatabaseError);
}

TEST_CASE("a failure's text never holds a value", "[ledger][R24][sqlite]") {
  SessionFixture fixture;
  fixture.put(1, std::monostate{}, std::monostate{});
  try {
    fixture.put(1, std::string("VALUE-CANARY"), to_bytes(as_bytes("VALUE-CANARY")));
    FAIL("no violation");
  } catch (const DatabaseError& failure) {
    CHECK(std::string(failure.what()).find("CANARY") == std::string::npos);
    CHECK(std::string(failure.what()).find("1555") != std::string::npos);
  }
}

TEST_CASE("a reading connection cannot write", "[ledger][sqlite]") {
  SessionFixture fixture;
  auto reader = open_sqlite(fixture.folder.path() / "s db.db", Access::kRead);
  CHECK_THROWS_AS(reader->execute({"insert into one (k) values (:k)"}, {std::int64_t{1}}),
                  DatabaseError);
}

TEST_CASE("transactions begin, end and undo", "[ledger][sqlite]") {
  SessionFixture fixture;
  CHECK_FALSE(fixture.session->in_transaction());
  fixture.session->begin_write();
  CHECK(fixture.session->in_transaction());
  fixture.put(1, std::monostate{}, std::monostate{});
  fixture.session->rollback();
  CHECK_FALSE(fixture.session->in_transaction());
  fixture.session->rollback();
  CHECK(fixture.session->query({"select k from one", "i"}, {}).empty());
  CHECK_THROWS_AS(fixture.session->commit(), DatabaseError);
}

TEST_CASE("a connection never makes the file it is to open", "[ledger][sqlite]") {
  ScratchFolder folder;
  const std::filesystem::path file = folder.path() / "gone.db";
  CHECK_THROWS_AS(open_sqlite(file, Access::kWrite), DatabaseError);
  CHECK_THROWS_AS(open_sqlite(file, Access::kRead), DatabaseError);
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("a path that would end the connection string is refused", "[ledger][sqlite]") {
  ScratchFolder folder;
  CHECK_THROWS_AS(open_sqlite(folder.path() / "a\" timeout=\"1.db", Access::kWrite), DatabaseError);
  CHECK_THROWS_AS(open_sqlite(folder.path() / "none" / "a.db", Access::kRead), DatabaseError);
}

}  // namespace
}  // namespace berth::ledger
