#include "kernel/plugins/object_store_adapter.h"

#include <catch2/catch.hpp>

#include "tests/kernel/plugins/fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using berth::plugins::testing::reason_of;

struct Fixture : berth::plugins::testing::Fixture {
  std::unique_ptr<ObjectStore> store_of(const std::string& plugin) {
    return *make_object_store(*create(plugin));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a body reaches the store whole, in the pieces it asks for",
                 "[plugins]") {
  const auto store = store_of("good");
  CHECK(store->put(op, "name", Bytes(12345, 7), false)->size == 12345);
  CHECK(store->put(op, "name", {}, true)->size == 0);
}

TEST_CASE_METHOD(Fixture, "the store's failures pass through", "[plugins]") {
  const auto store = store_of("good");
  CHECK(reason_of(store->get(op, "name", 100)) == "storage.not_found");
  CHECK(reason_of(store->stat(op, "name")) == "storage.not_found");
  CHECK(store->remove(op, "name"));
  CHECK(store->list(op, "", "", 10)->empty());
}

TEST_CASE_METHOD(Fixture, "an object larger than it may be is refused while it comes",
                 "[plugins]") {
  const auto store = store_of("lies_about_size");  // delivers three octets
  const auto result = store->get(op, "name", 2);
  CHECK(reason_of(result) == "storage.too_large");
  CHECK(result.error().code() == ErrorCode::kResourceExhausted);
}

TEST_CASE_METHOD(Fixture, "broken promises of a store are misbehaviour", "[plugins]") {
  CHECK(reason_of(store_of("lies_about_size")->get(op, "name", 100)) == "plugin.misbehaved");
  CHECK(reason_of(store_of("lists_out_of_order")->list(op, "", "", 10)) == "plugin.misbehaved");
  CHECK(reason_of(store_of("lists_out_of_order")->list(op, "", "", 1)) == "plugin.misbehaved");
  CHECK(reason_of(store_of("lists_out_of_order")->list(op, "c", "", 9)) == "plugin.misbehaved");
  CHECK(reason_of(store_of("swallows_put")->put(op, "name", Bytes(9), false)) ==
        "plugin.misbehaved");
}

TEST_CASE_METHOD(Fixture, "no call is made without time left", "[plugins]") {
  const auto store = store_of("good");
  const Op late = within(std::chrono::milliseconds(-1));
  CHECK(reason_of(store->put(late, "n", {}, false)) == "plugin.deadline");
  CHECK(reason_of(store->get(late, "n", 1)) == "plugin.deadline");
  CHECK(reason_of(store->stat(late, "n")) == "plugin.deadline");
  CHECK(reason_of(store->remove(late, "n")) == "plugin.deadline");
  CHECK(reason_of(store->list(late, "", "", 1)) == "plugin.deadline");
}
