// What is the filesystem store's own, beside the kit: files, checked octets, crashes,
// configuration.

#include <sys/stat.h>

#include "tests/plugins/storage/filesystem/filesystem_fixture.h"

namespace {

using namespace berth::filesystem_test;
namespace fs = std::filesystem;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_file(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

}  // namespace

TEST_CASE("the etag is the SHA-256 of the content", "[filesystem]") {
  const FolderPlace place;
  FolderStore store(place);
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
  const FolderPlace place;
  FolderStore store(place);
  REQUIRE(store.put("a/b/c", "x").ok());
  for (const auto& entry : fs::recursive_directory_iterator(store.folder())) {
    CAPTURE(entry.path());
    auto expected = entry.is_directory() ? fs::perms::owner_all
                                         : fs::perms::owner_read | fs::perms::owner_write;
    CHECK(entry.status().permissions() == expected);
  }
}

TEST_CASE("every altered octet of a stored object is found before anything is delivered",
          "[filesystem]") {
  const FolderPlace place;
  FolderStore store(place);
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

TEST_CASE("a crash's leftovers never show as objects and old ones are removed", "[filesystem]") {
  const FolderPlace place;
  std::string young;
  std::string old;
  {
    FolderStore store(place);
    young = store.folder() + "/tmp/young";
    old = store.folder() + "/tmp/old";
    write_file(young, "half");
    write_file(old, "half");
    fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(25));
    CHECK(store.list("", "", 10).empty());
  }
  FolderStore store(place);
  CHECK(fs::exists(young));
  CHECK_FALSE(fs::exists(old));
}

TEST_CASE("a write that the system refuses is told and shows in health", "[filesystem]") {
  const FolderPlace place;
  FolderStore store(place);
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

TEST_CASE("an object larger than the limit is refused before it is read", "[filesystem]") {
  const FolderPlace place;
  FolderStore store(place);
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
TEST_CASE("a damaged object is listed without an etag and does not hide the others",
          "[filesystem]") {
  const FolderPlace place;
  FolderStore store(place);
  for (const char* name : {"a", "b", "c"}) REQUIRE(store.put(name, "x").ok());
  std::ofstream(store.file("b"), std::ios::trunc) << "not an object";
  CHECK(store.list("", "", 10) == std::vector<std::string>{"a", "b", "c"});
  REQUIRE_FALSE(store.instance().host().lines().empty());
  CHECK(store.instance().host().lines().back().level == BERTH_LOG_ERROR);
}
