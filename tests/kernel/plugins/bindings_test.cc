#include "kernel/plugins/bindings.h"

#include <catch2/catch.hpp>

#include "tests/kernel/plugins/live_fixture.h"

namespace {

using namespace berth::plugins;  // NOLINT
using berth::plugins::testing::LiveFixture;
using berth::plugins::testing::named;

}  // namespace

TEST_CASE_METHOD(LiveFixture, "a binding is found by its tenant and slot", "[plugins]") {
  const auto keys = hsm(named("a"));
  const auto objects = store(named("b"));
  Bindings bindings;
  CHECK(bindings.find("mvno-17", "hsm") == nullptr);
  bindings.add(*keys);
  bindings.add(*objects);
  CHECK(bindings.find("mvno-17", "hsm") == static_cast<Binding*>(keys.get()));
  CHECK(bindings.find("mvno-17", "storage") == static_cast<Binding*>(objects.get()));
  CHECK(bindings.find("mvno-18", "hsm") == nullptr);
  const auto seen = bindings.all();
  CHECK(seen.size() == 2);
  const auto later = LiveObjectStore::start(
      registry, {testing::bad_plugin("puppet"), {"mvno-18", "storage", named("c")}, {}}, op);
  REQUIRE(later);
  bindings.add(**later);  // who looks through them has those of before
  CHECK(seen.size() == 2);
  CHECK(bindings.all().size() == 3);
  CHECK(bindings.find("mvno-18", "storage") == static_cast<Binding*>(later->get()));
  CHECK(keys->name() == "mvno-17/hsm");
}
