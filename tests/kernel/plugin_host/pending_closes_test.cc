#include "kernel/plugin_host/pending_closes.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

using berth::plugin_host::PendingCloses;

TEST_CASE("a call waits for the closes before it and for none after it", "[plugin_host]") {
  PendingCloses closes;
  closes.await(closes.last());  // nothing was asked for
  const auto first = closes.asked();
  const auto second = closes.asked();
  const auto before = closes.last();
  const auto later = closes.asked();

  std::atomic<bool> through = false;
  std::thread call([&] {
    closes.await(before);
    through = true;
  });
  closes.done(second);  // out of turn: the first is still to be done
  closes.done(later);
  CHECK_FALSE(through);
  closes.done(first);
  call.join();
  CHECK(through);

  const auto last = closes.asked();
  closes.await(before);  // that one came after
  closes.done(last);
  closes.await(last);
}
