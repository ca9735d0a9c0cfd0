// Conditional puts: exactly one creator, no replacement of what changed.

#include <atomic>
#include <thread>

#include "kit/storage/storage_kit.h"

using namespace berth::storage_kit;  // NOLINT: the kit's own words

TEST_CASE("if_match replaces only the object it names", "[storage-kit]") {
  const auto place = make_place();
  Store store(*place);
  auto put_if = [&](std::string_view etag, const std::string& body) {
    berth_object_put options = options_for(body);
    options.if_match = str(etag);
    return store.put("a", body, options);
  };
  CHECK(put_if("*", "one").reason == "storage.precondition");
  REQUIRE(store.put("a", "one").ok());
  berth_object_info info = new_info();
  REQUIRE(store.stat("a", info).ok());
  CHECK(put_if(std::string(64, '0'), "two").status == BERTH_ABORTED);
  CHECK(put_if(etag_of(info), "two").ok());
  CHECK(put_if(etag_of(info), "three").status == BERTH_ABORTED);
  CHECK(put_if("*", "three").ok());
  std::string body;
  CHECK(store.get("a", body).ok());
  CHECK(body == "three");
  berth_object_put both = options_for("x");
  both.if_absent = true;
  both.if_match = str("*");
  CHECK(store.put("a", "x", both).status == BERTH_INVALID_ARGUMENT);
}

TEST_CASE("of two threads that create one name exactly one wins", "[storage-kit]") {
  const auto place = make_place();
  Store one(*place);
  Store two(*place);  // a second instance on the same folder races as well
  for (int round = 0; round < 20; ++round) {
    std::string name = "race/" + std::to_string(round);
    Store* stores[4] = {&one, &one, &two, &two};
    berth_status statuses[4] = {};
    std::atomic<int> ready{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        std::string body = "writer " + std::to_string(i);
        TextSource source(body);
        berth_object_put options = options_for(body);
        options.if_absent = true;
        FakeOp op;
        ++ready;
        while (ready < 4) std::this_thread::yield();
        statuses[i] = stores[i]->table()->put(stores[i]->instance().handle(), op.raw(), str(name),
                                              &options, source.raw(), nullptr);
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(std::count(statuses, statuses + 4, BERTH_OK) == 1);
    CHECK(std::count(statuses, statuses + 4, BERTH_ALREADY_EXISTS) == 3);
    auto winner = std::find(statuses, statuses + 4, BERTH_OK) - statuses;
    std::string body;
    CHECK(one.get(name, body).ok());
    CHECK(body == "writer " + std::to_string(winner));
  }
}
