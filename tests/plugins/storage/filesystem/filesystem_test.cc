// The filesystem store: whole objects or none, checked octets, conditions, ranges, bad input.

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "tests/plugins/storage/filesystem/filesystem_fixture.h"

namespace {

using namespace berth::filesystem_test;
namespace fs = std::filesystem;

std::string noise(std::size_t size) {
  std::mt19937 generator(static_cast<unsigned>(size));
  std::string out(size, '\0');
  std::generate(out.begin(), out.end(), [&] { return static_cast<char>(generator()); });
  return out;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_file(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

}  // namespace

TEST_CASE("objects of every size come back as they went in, also after a restart", "[filesystem]") {
  ScratchFolder scratch;
  constexpr std::size_t kChunk = 256 * 1024;
  std::vector<std::size_t> sizes = {0, 1, 47, 1000, kChunk - 1, kChunk, kChunk + 1, 700'000};
  for (bool fresh : {true, false}) {
    Store store(scratch);
    for (std::size_t size : sizes) {
      CAPTURE(size);
      std::string name = "tenant/" + std::to_string(size);
      if (fresh) REQUIRE(store.put(name, noise(size)).ok());
      std::string body;
      REQUIRE(store.get(name, body).ok());
      CHECK((body == noise(size)));
    }
    CHECK(store.temporaries() == 0);
  }
}

TEST_CASE("the etag is the SHA-256 of the content", "[filesystem]") {
  ScratchFolder scratch;
  Store store(scratch);
  berth_object_info put_info = new_info();
  REQUIRE(store.put("a", "abc", options_for("abc"), &put_info).ok());
  // FIPS 180-4's one-block example.
  CHECK(etag_of(put_info) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(put_info.size == 3);
  CHECK(put_info.modified_unix_ms > 1'600'000'000'000);
  berth_object_info stat_info = new_info();
  REQUIRE(store.stat("a", stat_info).ok());
  CHECK(etag_of(stat_info) == etag_of(put_info));
  CHECK(stat_info.modified_unix_ms == put_info.modified_unix_ms);
}

TEST_CASE("folders are private and so are files", "[filesystem]") {
  ScratchFolder scratch;
  Store store(scratch);
  REQUIRE(store.put("a/b/c", "x").ok());
  for (const auto& entry : fs::recursive_directory_iterator(store.folder())) {
    CAPTURE(entry.path());
    auto expected = entry.is_directory() ? fs::perms::owner_all
                                         : fs::perms::owner_read | fs::perms::owner_write;
    CHECK(entry.status().permissions() == expected);
  }
}

TEST_CASE("a body shorter or longer than announced changes nothing", "[filesystem]") {
  ScratchFolder scratch;
  Store store(scratch);
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
  CHECK(store.temporaries() == 0);
}

TEST_CASE("a source that breaks leaves the old object and hands its status back", "[filesystem]") {
  ScratchFolder scratch;
  Store store(scratch);
  REQUIRE(store.put("a", "old").ok());
  TextSource broken("ne", 1, BERTH_UNAVAILABLE);
  berth_object_put options = options_for("new");
  berth::kit::FakeOp op;
  CHECK(store.table()->put(store.instance().handle(), op.raw(), str("a"), &options, broken.raw(),
                           nullptr) == BERTH_UNAVAILABLE);
  CHECK(op.fails() == 0);
  std::string body;
  CHECK(store.get("a", body).ok());
  CHECK(body == "old");
  CHECK(store.temporaries() == 0);
}

TEST_CASE("a body that is not what its digest says is refused", "[filesystem]") {
  ScratchFolder scratch;
  Store store(scratch);
  std::string wrong(32, '\x01');
  berth_object_put options = options_for("abc");
  options.sha256 = berth::kit::octets(wrong);
  CHECK(store.put("a", "abc", options).reason == "storage.digest_mismatch");
  std::string short_digest(31, '\x01');
  options.sha256 = berth::kit::octets(short_digest);
  CHECK(store.put("a", "abc", options).reason == "plugin.bad_call");
}

TEST_CASE("every altered octet of a stored object is found before anything is delivered",
          "[filesystem]") {
  ScratchFolder scratch;
  Store store(scratch);
  auto refused = [&](const std::string& content) {
    write_file(store.file("a"), content);
    std::string body;
    Outcome outcome = store.get("a", body);
    CHECK(body.empty());
    CHECK(outcome.reason == "storage.corrupt");
    return outcome.status == BERTH_DATA_LOSS;
  };
  REQUIRE(store.put("a", "forty-two octets of sealed profile content").ok());
  std::string good = read_file(store.file("a"));
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string altered = good;
    altered[i] = static_cast<char>(altered[i] ^ 4);
    CAPTURE(i);
    CHECK(refused(altered));
  }
  CHECK(refused(""));
  CHECK(refused(good.substr(0, 20)));
  CHECK(refused(good.substr(0, good.size() - 1)));
  CHECK(refused(good + "x"));

  // Also in an object that is read in pieces, outside the range that was asked for.
  REQUIRE(store.put("a", noise(700'000)).ok());
  std::string large = read_file(store.file("a"));
  large[600'000] = static_cast<char>(large[600'000] ^ 1);
  write_file(store.file("a"), large);
  std::string body;
  CHECK(store.get("a", body, 0, 10).status == BERTH_DATA_LOSS);
  CHECK(body.empty());
}

TEST_CASE("ranges reach the last octet and not beyond", "[filesystem]") {
  ScratchFolder scratch;
  Store store(scratch);
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

TEST_CASE("a sink that refuses ends the call with its own status", "[filesystem]") {
  ScratchFolder scratch;
  Store store(scratch);
  REQUIRE(store.put("a", noise(700'000)).ok());
  CollectingSink small(300'000, BERTH_RESOURCE_EXHAUSTED);
  berth::kit::FakeOp op;
  CHECK(store.table()->get(store.instance().handle(), op.raw(), str("a"), 0, 0, small.raw(),
                           nullptr) == BERTH_RESOURCE_EXHAUSTED);
  CHECK(op.fails() == 0);
}

TEST_CASE("names that could leave the folder are refused by every call", "[filesystem]") {
  ScratchFolder scratch;
  Store store(scratch);
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

TEST_CASE("what is missing is not found, and removing it is fine", "[filesystem]") {
  ScratchFolder scratch;
  Store store(scratch);
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

TEST_CASE("if_match replaces only the object it names", "[filesystem]") {
  ScratchFolder scratch;
  Store store(scratch);
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

TEST_CASE("of two threads that create one name exactly one wins", "[filesystem]") {
  ScratchFolder scratch;
  Store one(scratch);
  Store two(scratch);  // a second instance on the same folder races as well
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
        berth::kit::FakeOp op;
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
  CHECK(one.temporaries() == 0);
}

TEST_CASE("readers meet the old object or the new one while it is replaced", "[filesystem]") {
  ScratchFolder scratch;
  Store store(scratch);
  std::string contents[2] = {noise(300'000), noise(300'001)};
  REQUIRE(store.put("a", contents[0]).ok());
  std::atomic<bool> stop{false};
  std::atomic<int> writes{0};
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      TextSource source(contents[i % 2], 100'000);
      berth_object_put options = options_for(contents[i % 2]);
      berth::kit::FakeOp op;
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

TEST_CASE("a crash's leftovers never show as objects and old ones are removed", "[filesystem]") {
  ScratchFolder scratch;
  std::string young;
  std::string old;
  {
    Store store(scratch);
    young = store.folder() + "/tmp/young";
    old = store.folder() + "/tmp/old";
    write_file(young, "half");
    write_file(old, "half");
    fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(25));
    CHECK(store.list("", "", 10).empty());
  }
  Store store(scratch);
  CHECK(fs::exists(young));
  CHECK_FALSE(fs::exists(old));
}

TEST_CASE("a write that the system refuses is told and shows in health", "[filesystem]") {
  ScratchFolder scratch;
  Store store(scratch);
  const auto* health = store.instance().table<berth_health>(BERTH_HEALTH_V1);
  REQUIRE(health != nullptr);
  auto state = [&] {
    std::uint32_t value = 0;
    CHECK(run([&](const berth_op* op) {
            return health->check(store.instance().handle(), op, &value, nullptr);
          }).ok());
    return value;
  };
  CHECK(state() == BERTH_HEALTH_SERVING);
  // A file where a folder must be: every write below it fails whoever runs the test.
  write_file(store.folder() + "/objects/blocked", "");
  auto outcome = store.put("blocked/a", "x");
  CHECK(outcome.status == BERTH_UNAVAILABLE);
  CHECK(outcome.reason == "filesystem.io");
  CHECK(state() == BERTH_HEALTH_DEGRADED);
  CHECK(store.put("free/a", "x").ok());
  CHECK(state() == BERTH_HEALTH_SERVING);
  CHECK(store.temporaries() == 0);
}

TEST_CASE("a cancelled put or get does nothing", "[filesystem]") {
  ScratchFolder scratch;
  Store store(scratch);
  REQUIRE(store.put("a", "old").ok());
  berth::kit::FakeOp op;
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

TEST_CASE("an object larger than the limit is refused before it is read", "[filesystem]") {
  ScratchFolder scratch;
  Store store(scratch);
  berth_object_put options = options_for("");
  options.content_len = (std::uint64_t{1} << 30) + 1;
  CHECK(store.put("a", "x", options).reason == "storage.too_large");
  options.content_len = ~std::uint64_t{0};
  CHECK(store.put("a", "x", options).reason == "storage.too_large");
}

TEST_CASE("a configuration that does not fit the store is refused by name", "[filesystem]") {
  const berth_plugin_entry& entry = berth::kit::load_plugin(FILESYSTEM_SO);
  CHECK(std::string(entry.id) == "berth.storage.filesystem");
  for (const char* json :
       {"", "[]", "{}", R"({"folder":7})", R"({"folder":""})", R"({"folder":"relative"})",
        R"({"folder":"/x","mode":1})", R"({"folder":"/x)"}) {
    CAPTURE(json);
    Instance instance(entry, json);
    CHECK(instance.created().reason == "filesystem.config");
    CHECK(instance.handle() == nullptr);
  }
}

TEST_CASE("a folder that is missing above, or open to others, is refused at start",
          "[filesystem]") {
  ScratchFolder scratch;
  const berth_plugin_entry& entry = berth::kit::load_plugin(FILESYSTEM_SO);
  Instance missing(entry, R"({"folder":")" + (scratch / "no/such") + R"("})");
  REQUIRE(missing.created().ok());
  CHECK(missing.start().reason == "filesystem.io");
  std::string open = scratch / "open";
  fs::create_directory(open);
  REQUIRE(::chmod(open.c_str(), 0777) == 0);
  Instance exposed(entry, R"({"folder":")" + open + R"("})");
  REQUIRE(exposed.created().ok());
  CHECK(exposed.start().reason == "filesystem.folder_mode");
}
