// The example of the integrator's guide: it builds, loads and works, and the guide prints it as it
// is.

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "berth/abi/storage.h"
#include "kit/plugin_under_test.h"

namespace {

using namespace berth::kit;

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("the guide prints the example as it is compiled", "[sdk]") {
  std::string folder = BERTH_SDK_FOLDER;
  CHECK(read_text(folder + "/README.md")
            .find(read_text(folder + "/template/storage/src/plugin.cc")) != std::string::npos);
  CHECK(read_text(folder + "/README.md")
            .find(read_text(folder + "/template/storage/manifest.json.in")) != std::string::npos);
}

TEST_CASE("the guide's example stores, conditions, ranges and lists", "[sdk]") {
  const berth_plugin_entry& entry = load_plugin(BERTH_EXAMPLE_SO);
  CHECK(entry.magic == BERTH_PLUGIN_MAGIC);
  CHECK(std::string(entry.id) == "example.memory-store");
  Instance instance(entry, "{}");
  REQUIRE(instance.created().ok());
  REQUIRE(instance.start().ok());
  const auto* table = instance.table<berth_storage>(BERTH_STORAGE_V1);
  REQUIRE(table != nullptr);
  auto put = [&](std::string_view name, const std::string& body, bool if_absent) {
    TextSource source(body);
    berth_object_put options{};
    options.struct_size = sizeof options;
    options.content_len = 5;
    options.if_absent = if_absent;
    return run([&](const berth_op* op) {
      return table->put(instance.handle(), op, str(name), &options, source.raw(), nullptr);
    });
  };
  CHECK(put("a/one", "hello", true).ok());
  CHECK(put("a/one", "again", true).status == BERTH_ALREADY_EXISTS);
  CHECK(put("a/two", "hell", false).reason == "storage.length_mismatch");
  CHECK(put("a/two", "hello!", false).reason == "storage.length_mismatch");
  CHECK(put("../etc", "hello", false).reason == "storage.bad_name");
  CollectingSink sink;
  CHECK(run([&](const berth_op* op) {
          return table->get(instance.handle(), op, str("a/one"), 1, 3, sink.raw(), nullptr);
        }).ok());
  CHECK(sink.content() == "ell");
}

TEST_CASE("the guide's example refuses a configuration it does not know", "[sdk]") {
  Instance instance(load_plugin(BERTH_EXAMPLE_SO), R"({"a":1})");
  CHECK(instance.created().status == BERTH_INVALID_ARGUMENT);
  CHECK(instance.handle() == nullptr);
}
