#include "kernel/smdpplus/memory_sessions.h"

#include <atomic>
#include <thread>
#include <vector>

#include "tests/kernel/smdpplus/good.h"
#include "tests/kernel/smdpplus/session_samples.h"

namespace berth::smdpplus {
namespace {

using namespace testing;

}  // namespace

TEST_CASE("of many threads one at a time holds a session", "[smdpplus]") {
  MemorySessions table(1000, 10);
  REQUIRE(good(table.insert(kAlpha, begun(1), 0)));
  std::atomic<int> inside{0}, worst{0}, taken{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 2000; ++round) {
        const auto lease = table.take(kAlpha, number(1), 0);
        if (!*lease) continue;
        const int now = ++inside;
        if (now > worst) worst = now;
        ++taken;
        --inside;
      }
    });
  }
  threads.clear();
  CHECK(worst == 1);
  CHECK(taken > 0);
  CHECK(good(table.take(kAlpha, number(1), 0)).has_value());
}

TEST_CASE("a table in memory is exact to the last session and frees one place at a time",
          "[smdpplus]") {
  MemorySessions table(1000, 200);
  for (int i = 0; i < 200; ++i) {
    auto session = begun(1);
    session->transaction_id = *TransactionId::from_octets(Bytes(2, static_cast<std::uint8_t>(i)));
    REQUIRE(good(table.insert(kAlpha, std::move(session), i)));
  }
  REQUIRE(good(table.insert(kAlpha, begun(7), 300)));
  CHECK(good(table.size(kAlpha)) == 200);
  CHECK_FALSE(good(table.take(kAlpha, *TransactionId::from_octets(Bytes(2, 0)), 300)).has_value());
  CHECK(good(table.take(kAlpha, *TransactionId::from_octets(Bytes(2, 1)), 300)).has_value());
}

}  // namespace berth::smdpplus
