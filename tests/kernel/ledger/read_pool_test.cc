#include "kernel/ledger/read_pool.h"

#include <thread>

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

// A pool over a file with one table, counting the connections it opened.
struct PoolFixture {
  ScratchFolder folder;
  std::filesystem::path file = folder.path() / "p.db";
  std::atomic<int> opened{0};
  std::atomic<bool> reachable{true};
  std::unique_ptr<Session> writer;
  ReadPool pool;

  explicit PoolFixture(std::size_t max_sessions)
      : pool(
            [this] {
              if (!reachable) throw DatabaseError("unreachable");
              ++opened;
              return open_sqlite(file, Access::kRead);
            },
            max_sessions) {
    REQUIRE(ensure_file(file).ok());
    writer = open_sqlite(file, Access::kWrite);
    writer->run_script("create table one (k bigint)");
  }
  static std::size_t rows(Session& session) {
    return session.query({"select k from one", "i"}, {}).size();
  }
};

TEST_CASE("a connection is kept and used again, one that failed is not", "[ledger][sqlite]") {
  PoolFixture fixture(2);
  CHECK(must(fixture.pool.read(&PoolFixture::rows)) == 0);
  CHECK(must(fixture.pool.read(&PoolFixture::rows)) == 0);
  CHECK(fixture.opened == 1);
  const auto failed = fixture.pool.read([](Session&) -> int { throw CorruptRow("bad"); });
  CHECK(failed.error().reason() == "ledger.corrupt_row");
  CHECK(must(fixture.pool.read(&PoolFixture::rows)) == 0);
  CHECK(fixture.opened == 2);
}

TEST_CASE("a database out of reach is an error each time, and does not use up the pool",
          "[ledger][sqlite]") {
  PoolFixture fixture(1);
  fixture.reachable = false;
  for (int i = 0; i < 3; ++i) {
    CHECK(fixture.pool.read(&PoolFixture::rows).error().reason() == "ledger.unavailable");
  }
  fixture.reachable = true;
  CHECK(fixture.pool.read(&PoolFixture::rows).ok());
}

TEST_CASE("several queries of a consistent read see the same moment", "[ledger][sqlite]") {
  PoolFixture fixture(1);
  const auto look_twice = [&](Session& session) {
    const std::size_t before = PoolFixture::rows(session);
    fixture.writer->execute({"insert into one (k) values (:k)"}, {std::int64_t{1}});
    return std::pair(before, PoolFixture::rows(session));
  };
  CHECK(must(fixture.pool.read_consistent(look_twice)) ==
        std::pair<std::size_t, std::size_t>(0, 0));
  CHECK(must(fixture.pool.read(look_twice)) == std::pair<std::size_t, std::size_t>(1, 2));
}

TEST_CASE("never more connections are out than allowed", "[ledger][sqlite]") {
  PoolFixture fixture(2);
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 6; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i) {
          (void)fixture.pool.read([&](Session&) {
            const int now = ++inside;
            for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
            }
            std::this_thread::yield();
            --inside;
            return 0;
          });
        }
      });
    }
  }
  CHECK(most <= 2);
  CHECK(fixture.opened <= 2);
}

}  // namespace
}  // namespace berth::ledger
