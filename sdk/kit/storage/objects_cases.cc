// Whole objects or none, ranges, bad input.

#include <atomic>
#include <thread>

#include "kit/storage/storage_kit.h"

using namespace berth::storage_kit;  // NOLINT: the kit's own words

TEST_CASE("objects of every size come back as they went in, also after a restart",
          "[storage-kit]") {
  const auto place = make_place();
  constexpr std::size_t kChunk = 256 * 1024;
  std::vector<std::size_t> sizes = {0, 1, 47, 1000, kChunk - 1, kChunk, kChunk + 1, 700'000};
  for (bool fresh : {true, false}) {
    Store store(*place);
    for (std::size_t size : sizes) {
      CAPTURE(size);
      std::string name = "tenant/" + std::to_string(size);
      if (fresh) REQUIRE(store.put(name, noise(size)).ok());
      std::string body;
      REQUIRE(store.get(name, body).ok());
      CHECK((body == noise(size)));
    }
  }
}

TEST_CASE("a body shorter or longer than announced changes nothing", "[storage-kit]") {
  const auto place = make_place();
  Store store(*place);
  REQUIRE(store.put("a", "old").ok());
  for (std::string body :
       {std::string(), std::string("newe"), std::string("newerr"), noise(300'000)}) {
    CAPTURE(body.size());
    auto outcome = store.put("a", body, options_for("newer"));
    CHECK(outcome.status == BERTH_INVALID_ARGUMENT);
    CHECK(outcome.reason == "storage.length_mismatch");
    CHECK(store.put("b", body, options_for("newer")).reason == "storage.length_mismatch");
  }
  std::string body;
  CHECK(store.get("a", body).ok());
  CHECK(body == "old");
  CHECK(store.get("b", body).reason == "storage.not_found");
}

TEST_CASE("a source that breaks leaves the old object and hands its status back", "[storage-kit]") {
  const auto place = make_place();
  Store store(*place);
  REQUIRE(store.put("a", "old").ok());
  TextSource broken("ne", 1, BERTH_UNAVAILABLE);
  berth_object_put options = options_for("new");
  FakeOp op;
  CHECK(store.table()->put(store.instance().handle(), op.raw(), str("a"), &options, broken.raw(),
                           nullptr) == BERTH_UNAVAILABLE);
  CHECK(op.fails() == 0);
  std::string body;
  CHECK(store.get("a", body).ok());
  CHECK(body == "old");
}

TEST_CASE("a body that is not what its digest says is refused", "[storage-kit]") {
  const auto place = make_place();
  Store store(*place);
  std::string wrong(32, '\x01');
  berth_object_put options = options_for("abc");
  options.sha256 = berth::kit::octets(wrong);
  CHECK(store.put("a", "abc", options).reason == "storage.digest_mismatch");
  std::string short_digest(31, '\x01');
  options.sha256 = berth::kit::octets(short_digest);
  CHECK(store.put("a", "abc", options).reason == "plugin.bad_call");
}

TEST_CASE("ranges reach the last octet and not beyond", "[storage-kit]") {
  const auto place = make_place();
  Store store(*place);
  for (std::size_t size : {std::size_t{10}, std::size_t{700'000}}) {
    std::string content = noise(size);
    REQUIRE(store.put("a", content).ok());
    std::string body;
    for (auto [offset, length] : {std::pair<std::size_t, std::size_t>{0, 1},
                                  {size - 1, 1},
                                  {size / 2, size / 2},
                                  {3, 0},
                                  {size, 0},
                                  {0, size}}) {
      CAPTURE(size, offset, length);
      REQUIRE(store.get("a", body, offset, length).ok());
      CHECK((body == content.substr(offset, length == 0 ? size : length)));
    }
    for (auto [offset, length] : {std::pair<std::uint64_t, std::uint64_t>{0, size + 1},
                                  {size, 1},
                                  {size + 1, 0},
                                  {1, size},
                                  {1, ~std::uint64_t{0}},
                                  {~std::uint64_t{0}, ~std::uint64_t{0}}}) {
      CAPTURE(size, offset, length);
      CHECK(store.get("a", body, offset, length).reason == "storage.range");
    }
  }
}

TEST_CASE("a sink that refuses ends the call with its own status", "[storage-kit]") {
  const auto place = make_place();
  Store store(*place);
  REQUIRE(store.put("a", noise(700'000)).ok());
  CollectingSink small(300'000, BERTH_RESOURCE_EXHAUSTED);
  FakeOp op;
  CHECK(store.table()->get(store.instance().handle(), op.raw(), str("a"), 0, 0, small.raw(),
                           nullptr) == BERTH_RESOURCE_EXHAUSTED);
  CHECK(op.fails() == 0);
}

TEST_CASE("names outside the alphabet are refused by every call", "[storage-kit]") {
  const auto place = make_place();
  Store store(*place);
  for (std::string name :
       {std::string(""), std::string("/etc/passwd"), std::string(".."), std::string("../x"),
        std::string("a/../../x"), std::string("a/./b"), std::string("a//b"), std::string("a/"),
        std::string("a b"), std::string("a\0b", 3), std::string("a@"), std::string(513, 'a'),
        std::string(201, 'a')}) {
    CAPTURE(name);
    std::string body;
    berth_object_info info = new_info();
    CHECK(store.put(name, "x").reason == "storage.bad_name");
    CHECK(store.get(name, body).reason == "storage.bad_name");
    CHECK(store.stat(name, info).reason == "storage.bad_name");
    CHECK(store.remove(name).reason == "storage.bad_name");
  }
  CHECK(store.put(std::string(200, 'a') + "/" + std::string(200, 'b'), "x").ok());
}

TEST_CASE("what is missing is not found, and removing it is fine", "[storage-kit]") {
  const auto place = make_place();
  Store store(*place);
  std::string body;
  berth_object_info info = new_info();
  CHECK(store.get("a/b", body).reason == "storage.not_found");
  CHECK(store.stat("a/b", info).status == BERTH_NOT_FOUND);
  CHECK(store.remove("a/b").ok());
  REQUIRE(store.put("a/b", "x").ok());
  CHECK(store.stat("a", info).status == BERTH_NOT_FOUND);  // a folder is no object
  CHECK(store.remove("a").ok());
  CHECK(store.remove("a/b").ok());
  CHECK(store.remove("a/b").ok());
  CHECK(store.stat("a/b", info).status == BERTH_NOT_FOUND);
}

TEST_CASE("readers meet the old object or the new one while it is replaced", "[storage-kit]") {
  const auto place = make_place();
  Store store(*place);
  std::string contents[2] = {noise(300'000), noise(300'001)};
  REQUIRE(store.put("a", contents[0]).ok());
  std::atomic<bool> stop{false};
  std::atomic<int> writes{0};
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      TextSource source(contents[i % 2], 100'000);
      berth_object_put options = options_for(contents[i % 2]);
      FakeOp op;
      if (store.table()->put(store.instance().handle(), op.raw(), str("a"), &options, source.raw(),
                             nullptr) == BERTH_OK) {
        ++writes;
      }
    }
  });
  for (int i = 0; i < 200 || writes < 5; ++i) {
    std::string body;
    Outcome outcome = store.get("a", body);
    if (!outcome.ok() || (body != contents[0] && body != contents[1])) {
      FAIL_CHECK("a reader met a mixture: " << outcome.reason);
      break;
    }
  }
  stop = true;
  writer.join();
}

TEST_CASE("a cancelled put or get does nothing", "[storage-kit]") {
  const auto place = make_place();
  Store store(*place);
  REQUIRE(store.put("a", "old").ok());
  FakeOp op;
  op.cancel();
  TextSource source("new");
  berth_object_put options = options_for("new");
  CHECK(store.table()->put(store.instance().handle(), op.raw(), str("a"), &options, source.raw(),
                           nullptr) == BERTH_CANCELLED);
  CollectingSink sink;
  CHECK(store.table()->get(store.instance().handle(), op.raw(), str("a"), 0, 0, sink.raw(),
                           nullptr) == BERTH_CANCELLED);
  CHECK(sink.content().empty());
  std::string body;
  CHECK(store.get("a", body).ok());
  CHECK(body == "old");
}
