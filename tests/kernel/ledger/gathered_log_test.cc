#include "kernel/ledger/gathered_log.h"

#include <signal.h>
#include <sys/resource.h>

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

struct GatheredFixture {
  GatheredFixture() {
    REQUIRE(ensure_file(file).ok());
    session = open_sqlite(file, Access::kWrite);
    session->run_script("create table t (k integer primary key, b blob not null)");
  }
  void put(std::size_t octets) {
    static const Statement kInsert{"insert into t (b) values (:b)"};
    session->execute(kInsert, {Bytes(octets, 7)});
  }
  static std::int64_t rows(Session& session) {
    static const Statement kCount{"select count(*) from t", "i"};
    return value_of(session.query(kCount, {}));
  }
  static std::int64_t value_of(const std::vector<Row>& found) {
    return std::get<std::int64_t>(found.at(0).at(0));
  }
  std::filesystem::path log() const { return file.string() + "-wal"; }
  // What a machine would find that lost its power now: the files, without who wrote them.
  std::int64_t rows_after_a_crash() {
    const std::filesystem::path copy = folder.path() / "copy.db";
    std::filesystem::remove(copy.string() + "-shm");
    const auto over = std::filesystem::copy_options::overwrite_existing;
    std::filesystem::copy_file(file, copy, over);
    std::filesystem::copy_file(log(), copy.string() + "-wal", over);
    return rows(*open_sqlite(copy, Access::kWrite));
  }

  ScratchFolder folder;
  std::filesystem::path file = folder.path() / "a b%20\xC3\xA4.db";
  std::unique_ptr<Session> session;
};

TEST_CASE("what was committed is in the files, what was not is not",
          "[ledger][sqlite][R137:part]") {
  GatheredFixture fixture;
  CHECK(std::filesystem::exists(fixture.log()));  // the name came through the URI as it is
  for (int n = 1; n <= 20; ++n) {
    fixture.put(5'000);
    CHECK(fixture.rows_after_a_crash() == n);
  }
  fixture.session->begin_write();
  fixture.put(5'000);
  CHECK(fixture.rows_after_a_crash() == 20);
  fixture.session->commit();
  CHECK(fixture.rows_after_a_crash() == 21);
  CHECK(fixture.rows(*open_sqlite(fixture.file, Access::kRead)) == 21);
}

TEST_CASE("a transaction larger than what is gathered and cached is whole", "[ledger][sqlite]") {
  GatheredFixture fixture;
  fixture.session->run_script("pragma cache_size=20");  // pages leave before the commit, and return
  fixture.session->begin_write();
  for (int n = 0; n < 300; ++n) fixture.put(20'000);
  fixture.session->run_script("update t set b = zeroblob(30000) where k % 3 = 0");
  static const Statement kSum{"select sum(length(b)) from t", "i"};
  CHECK(fixture.value_of(fixture.session->query(kSum, {})) == 100 * 30'000 + 200 * 20'000);
  fixture.session->commit();
  CHECK(fixture.rows_after_a_crash() == 300);
  static const Statement kCheck{"pragma integrity_check", "t"};
  CHECK(fixture.session->query(kCheck, {}).at(0).at(0) == Value(std::string("ok")));
}

TEST_CASE("what no sync makes durable is seen by others all the same", "[ledger][sqlite]") {
  GatheredFixture fixture;
  fixture.session->run_script("pragma synchronous=off");
  const auto reader = open_sqlite(fixture.file, Access::kRead);
  for (int n = 1; n <= 20; ++n) {
    fixture.put(5'000);
    CHECK(fixture.rows(*reader) == n);
    CHECK(fixture.rows_after_a_crash() == n);
  }
}

TEST_CASE("the log grows in steps, and a barrier leaves nothing of it", "[ledger][sqlite]") {
  GatheredFixture fixture;
  fixture.put(5'000);
  CHECK(std::filesystem::file_size(fixture.log()) == kLogStep);
  fixture.put(2 * kLogStep);
  CHECK(std::filesystem::file_size(fixture.log()) % kLogStep == 0);
  CHECK(std::filesystem::file_size(fixture.log()) > 2 * kLogStep);
  fixture.session->barrier();
  CHECK(std::filesystem::file_size(fixture.log()) == 0);
  fixture.put(5'000);
  CHECK(fixture.rows_after_a_crash() == 3);
}

TEST_CASE("a log that cannot be written fails the commit, and nothing of it happened",
          "[ledger][sqlite]") {
  GatheredFixture fixture;
  fixture.put(5'000);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{kLogStep, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  CHECK_THROWS_AS(fixture.put(2 * kLogStep), DatabaseError);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  ::signal(SIGXFSZ, SIG_DFL);
  fixture.session->rollback();
  CHECK(fixture.rows(*fixture.session) == 1);
  fixture.put(2 * kLogStep);
  CHECK(fixture.rows_after_a_crash() == 2);
}

}  // namespace
}  // namespace berth::ledger
