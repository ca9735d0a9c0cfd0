#include "kernel/plugins/live_key.h"

#include <catch2/catch.hpp>

#include "tests/kernel/plugins/live_fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using berth::plugins::testing::bad_plugin;
using berth::plugins::testing::LiveFixture;
using berth::plugins::testing::named;

struct Fixture : LiveFixture {
  std::shared_ptr<Served> serve(const std::string& name) {
    auto instance = *registry.instance(bad_plugin("puppet"), {"t", "hsm", named(name)}, op);
    return std::make_shared<ServedAs<Hsm>>(instance, GateSettings{.max_concurrency = 1},
                                           *make_hsm(instance));
  }
  static Hsm& adapter(Served& served) { return static_cast<ServedAs<Hsm>&>(served).adapter(); }
  std::shared_ptr<LiveKeys> keys = std::make_shared<LiveKeys>();
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a handle is opened once on each instance that serves", "[plugins]") {
  const auto first = serve("a");
  const auto second = serve("b");
  const LiveKey key(keys, "dp-auth", nullptr);
  const auto opened = *key.on(first, adapter(*first), op);
  CHECK(*key.on(first, adapter(*first), op) == opened);
  CHECK(key.opened() == opened);
  const auto elsewhere = *key.on(second, adapter(*second), op);
  CHECK(elsewhere->served == second);
  CHECK(key.opened() == elsewhere);
}

TEST_CASE_METHOD(Fixture, "a handle of an instance that makes way is not kept", "[plugins]") {
  const auto first = serve("a");
  const LiveKey key(keys, "dp-auth", nullptr);
  first->gate().close();
  CHECK((*key.on(first, adapter(*first), op))->served == first);
  CHECK(key.opened() == nullptr);
  CHECK(first.use_count() == 1);
}

TEST_CASE_METHOD(Fixture, "keys with a reference are known as long as they are out", "[plugins]") {
  {
    const LiveKey key(keys, "dp-auth", nullptr);
    const LiveKey ephemeral(keys, "", nullptr);
    CHECK(ephemeral.ephemeral());
    CHECK(keys->keys.size() == 1);
    CHECK(key.known_point().empty());
    key.remember_point(Bytes{4, 1});
    CHECK(key.known_point() == Bytes{4, 1});
  }
  CHECK(keys->keys.empty());
}
