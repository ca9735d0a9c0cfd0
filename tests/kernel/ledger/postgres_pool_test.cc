#include "kernel/ledger/postgres_pool.h"

#include <thread>

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

const Statement kOne{"select cast(1 as bigint)", "i"};
const Statement kWho{"select cast(pg_backend_pid() as bigint)", "i"};

std::int64_t ask(Session& session, const Statement& statement) {
  return std::get<std::int64_t>(session.query(statement, std::span<const Value>()).at(0).at(0));
}

std::shared_ptr<PostgresPool> pool(std::size_t connections,
                                   std::chrono::milliseconds wait = std::chrono::seconds(5)) {
  return std::make_shared<PostgresPool>(
      PostgresConnection{berth::testing::postgres_words("berth_service", "public")}, connections,
      wait);
}

TEST_CASE("a connection is lent to one tenant after the other", "[.][ledger][postgres]") {
  const auto lender = pool(2);
  const Statement tenant{"select current_setting('berth.tenant', true)", "t"};
  const std::int64_t first = ask(*lender->borrow("aurora"), kWho);
  const auto again = lender->borrow("borealis");
  CHECK(ask(*again, kWho) == first);
  CHECK(std::get<std::string>(again->query(tenant, std::span<const Value>()).at(0).at(0)) ==
        "borealis");
}

TEST_CASE("who finds all connections lent waits, and is told in the end", "[.][ledger][postgres]") {
  const auto lender = pool(1, std::chrono::milliseconds(50));
  auto held = lender->borrow("aurora");
  CHECK_THROWS_AS(lender->borrow("borealis"), DatabaseError);
  held.reset();
  CHECK(ask(*lender->borrow("borealis"), kOne) == 1);
  // One that is given back within the wait is taken.
  const auto patient = pool(1);
  auto other = patient->borrow("aurora");
  std::jthread giver([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    other.reset();
  });
  CHECK(ask(*patient->borrow("borealis"), kOne) == 1);
}

TEST_CASE("after the server closed them all, the next borrower gets a fresh connection",
          "[.][ledger][postgres]") {
  const auto lender = pool(3);
  {
    const auto a = lender->borrow("aurora");
    const auto b = lender->borrow("aurora");
    ask(*a, kOne);
    ask(*b, kOne);
  }
  berth::testing::as_superuser("public",
                               "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                               " where usename = 'berth_service'");
  std::vector<std::unique_ptr<Session>> all;
  for (int i = 0; i < 3; ++i) CHECK(ask(*all.emplace_back(lender->borrow("aurora")), kOne) == 1);
}

TEST_CASE("a connection with an open or broken transaction is never lent again",
          "[.][ledger][postgres]") {
  const auto lender = pool(1);
  std::int64_t first = 0;
  {
    const auto session = lender->borrow("aurora");
    first = ask(*session, kWho);
    session->begin_read();
  }
  CHECK(ask(*lender->borrow("borealis"), kWho) != first);
}

}  // namespace
}  // namespace berth::ledger
