#include "kernel/ledger/checkpointer.h"

#include <thread>

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

constexpr std::uintmax_t kPage = 4096 + 24;  // with its header in the log

struct LogFixture {
  LogFixture() : checkpoints(std::make_shared<Checkpointer>()) {
    REQUIRE(ensure_file(database).ok());
    session = open_sqlite(database, Access::kWrite, checkpoints);
    session->run_script(
        "pragma synchronous=off; create table t (k integer primary key, b blob not null)");
  }

  // About 25 pages of the log, as one commit.
  void write() {
    static const Statement kInsert{"insert into t (b) values (:b)"};
    session->begin_write();
    session->execute(kInsert, {Bytes(100'000, 7)});
    session->commit();
    session->rest();
  }
  std::uintmax_t log_pages() const {
    return std::filesystem::file_size(database.string() + "-wal") / kPage;
  }
  std::int64_t rows() {
    static const Statement kCount{"select count(*) from t", "i"};
    return std::get<std::int64_t>(session->query(kCount, {})[0][0]);
  }

  ScratchFolder folder;
  std::filesystem::path database = folder.path() / "t.db";
  std::shared_ptr<Checkpointer> checkpoints;
  std::unique_ptr<Session> session;
};

TEST_CASE("a log that is written for long begins anew", "[ledger][sqlite]") {
  LogFixture fixture;
  constexpr int kCommits = 2000;  // some 50,000 pages
  for (int i = 0; i < kCommits; ++i) fixture.write();
  // Checkpoints may lag, but not for ever.
  CHECK(fixture.log_pages() < kTooLongLog + 4 * kLongLog);
  fixture.session.reset();
  fixture.session = open_sqlite(fixture.database, Access::kWrite, fixture.checkpoints);
  CHECK(fixture.rows() == kCommits);
}

TEST_CASE("a reader that stays does not stop the writer, and its view stays", "[ledger][sqlite]") {
  LogFixture fixture;
  fixture.write();
  const auto reader = open_sqlite(fixture.database, Access::kRead);
  static const Statement kCount{"select count(*) from t", "i"};
  reader->begin_read();
  CHECK(reader->query(kCount, {})[0][0] == Value(std::int64_t{1}));
  for (int i = 0; i < 200; ++i) fixture.write();
  CHECK(reader->query(kCount, {})[0][0] == Value(std::int64_t{1}));
  reader->rollback();
  CHECK(fixture.rows() == 201);
}

TEST_CASE("who is closed before its checkpoint is made is not waited for", "[ledger][sqlite]") {
  LogFixture fixture;
  auto log = std::make_shared<WriteAheadLog>();
  log->database = fixture.folder.path() / "gone.db";
  fixture.checkpoints->ask(log);
  log->phase.wait(WriteAheadLog::Phase::kAsked);
  CHECK(log->phase.load() == WriteAheadLog::Phase::kMoved);
  // One that is never come to is over as well.
  auto late = std::make_shared<WriteAheadLog>();
  late->database = log->database;
  {
    Checkpointer ends;
    ends.ask(late);
  }
  CHECK(late->phase.load() == WriteAheadLog::Phase::kMoved);
}

}  // namespace
}  // namespace berth::ledger
