#include "kernel/plugins/live_object_store.h"

#include <catch2/catch.hpp>

#include "tests/kernel/plugins/live_fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using berth::plugins::testing::bad_plugin;
using berth::plugins::testing::LiveFixture;
using berth::plugins::testing::named;
using berth::plugins::testing::reason_of;

}  // namespace

TEST_CASE_METHOD(LiveFixture, "every call goes to the instance that serves", "[plugins]") {
  const auto one = store(named("a"));
  CHECK(one->stat(op, "x")->etag == "a");
  CHECK(one->put(op, "x", Bytes(7), false)->size == 7);
  CHECK(reason_of(one->get(op, "x", 10)) == "storage.not_found");
  CHECK(one->remove(op, "x"));
  CHECK(one->list(op, "", "", 10)->size() == 2);
}

TEST_CASE_METHOD(LiveFixture, "no call of a store passes a gate that refuses", "[plugins]") {
  const auto one = store(named("a"));
  const Op late = within(std::chrono::milliseconds(-1));
  CHECK(reason_of(one->put(late, "n", {}, false)) == "plugin.deadline");
  CHECK(reason_of(one->get(late, "n", 1)) == "plugin.deadline");
  CHECK(reason_of(one->stat(late, "n")) == "plugin.deadline");
  CHECK(reason_of(one->remove(late, "n")) == "plugin.deadline");
  CHECK(reason_of(one->list(late, "", "", 1)) == "plugin.deadline");
  CHECK(one->status(op).front().counts.calls == 0);
}

TEST_CASE_METHOD(LiveFixture, "a store whose first instance does not start is none", "[plugins]") {
  CHECK(reason_of(LiveObjectStore::start(registry, options("storage", R"({"fail-start":1})"),
                                         op)) == "test.unavailable");
  auto elsewhere = options("storage", "{}");
  elsewhere.library = "/nowhere/plugin.so";
  CHECK(reason_of(LiveObjectStore::start(registry, elsewhere, op)) == "plugin.not_found");
}
