#include "kernel/plugins/retirement.h"

#include <catch2/catch.hpp>
#include <condition_variable>
#include <vector>

namespace {

using namespace berth::plugins;  // NOLINT

struct Log {
  std::mutex mutex;
  std::vector<int> ended;
  std::vector<std::thread::id> threads;
};

struct One final : Retiring {
  One(int number, Log& to) : number_(number), log(to) {}
  ~One() override {
    const std::lock_guard lock(log.mutex);
    log.ended.push_back(number_);
    log.threads.push_back(std::this_thread::get_id());
  }
  int number_;
  Log& log;
};

}  // namespace

TEST_CASE("what retires ends in turn, on another thread, and before the retirement does",
          "[plugins]") {
  Log log;
  {
    Retirement retirement;
    for (int i = 1; i <= 5; ++i) retirement.take(new One(i, log));
  }
  CHECK(log.ended == std::vector<int>{1, 2, 3, 4, 5});
  for (const auto thread : log.threads) CHECK(thread != std::this_thread::get_id());
}

TEST_CASE("many may retire at once", "[plugins]") {
  Log log;
  {
    Retirement retirement;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 100; ++i) retirement.take(new One(i, log));
      });
    }
  }
  CHECK(log.ended.size() == 400);
}

TEST_CASE("a retirement nobody came to ends", "[plugins]") { const Retirement retirement; }
