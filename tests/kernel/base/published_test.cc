#include "kernel/base/published.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

using berth::Published;

TEST_CASE("who took a value goes on with it when another one takes its place", "[base]") {
  Published<std::string> shown(std::make_shared<const std::string>("one"));
  const auto taken = shown.now();
  shown.become(std::make_shared<const std::string>("two"));
  CHECK(*taken == "one");
  CHECK(*shown.now() == "two");
}

TEST_CASE("a value is read as a whole while it is replaced, and ends with its last reader",
          "[base]") {
  struct Pair {
    int left;
    int right;
  };
  Published<Pair> shown(std::make_shared<const Pair>(Pair{0, 0}));
  const std::weak_ptr<const Pair> first = shown.now();
  std::atomic<bool> torn = false;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        const auto seen = shown.now();
        if (seen->left != seen->right) torn = true;
      }
    });
  }
  for (int i = 1; i <= 2000; ++i) shown.become(std::make_shared<const Pair>(Pair{i, i}));
  readers.clear();
  CHECK_FALSE(torn);
  CHECK(shown.now()->left == 2000);
  CHECK(first.expired());
}
