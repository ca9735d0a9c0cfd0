#include "kernel/host/draft_bindings.h"

#include <catch2/catch.hpp>

#include "tests/scenario/world.h"

namespace berth::host {
namespace {

using scenario::World;

// A registry of its own over the built plugins.
struct Bindings {
  explicit Bindings(World& from)
      : world(from),
        registry({&from.clock(), nullptr}, {.keys = {}, .allow_unsigned = true}),
        tenant(from.tenant("alpha").configuration()) {}

  std::filesystem::path library(const std::string& name) const {
    return world.host().configuration().host.hsm.library.parent_path().parent_path() / name;
  }
  Result<DraftBindings> start() {
    return start_draft_bindings(registry, tenant, {"start", "", std::chrono::nanoseconds::max()});
  }

  World& world;
  plugins::Registry registry;
  tenancy::TenantConfiguration tenant;
};

}  // namespace

TEST_CASE("what a tenant does not bind is not there", "[host]") {
  World world;
  const auto none = Bindings(world).start();
  REQUIRE(none.ok());
  CHECK(none->registrar == nullptr);
  CHECK(none->rating == nullptr);
  CHECK(none->bss == nullptr);
}

TEST_CASE("each draft kind that a tenant binds is started with its own configuration", "[host]") {
  World world;
  Bindings bindings(world);
  const std::string folder = (world.folder() / "drafts").string();
  bindings.tenant.registrar = {bindings.library("discovery/file-registrar.so"),
                               R"({"folder":")" + folder + R"(-events"})"};
  bindings.tenant.rating = {
      bindings.library("rating/flat-rate.so"),
      R"({"currency":"EUR","prices":{"x":{"code":"X","tiers":[{"price":"2"}]}}})"};
  bindings.tenant.bss = {bindings.library("bss/file-feed.so"),
                         R"({"folder":")" + folder + R"(-feed"})"};
  const auto bound = bindings.start();
  if (!bound) FAIL(bound.error().message());
  const plugins::Op op{"test", "", std::chrono::nanoseconds::max()};
  const Eid eid = *Eid::parse(scenario::kAlphaEid);
  CHECK(*bound->registrar->register_event(op, {eid, "E", "rsp.alpha.example", false}) ==
        plugins::Registration::kNew);
  const std::vector<plugins::UsageEvent> usage{{1, 0, 1500, "x", "s", "{}"}};
  const auto rated = bound->rating->rate(op, {{}, usage, true});
  REQUIRE(rated.ok());
  REQUIRE(rated->lines.size() == 1);
  CHECK(rated->lines.front().amount_micro == 3'000'000);
  CHECK(bound->bss->check_order(op, "{}")->decision == plugins::OrderDecision::kAllow);
  CHECK(std::filesystem::exists(folder + "-feed"));
}

TEST_CASE("operators see each draft binding, and exchange what serves it", "[host]") {
  World world;
  Bindings bindings(world);
  const auto prices = [](const char* price) {
    return std::string(R"({"currency":"EUR","prices":{"x":{"code":"X","tiers":[{"price":")") +
           price + R"("}]}}})";
  };
  bindings.tenant.rating = {bindings.library("rating/flat-rate.so"), prices("2")};
  bindings.tenant.rating->limits.max_concurrency = 3;
  const auto bound = bindings.start();
  REQUIRE(bound);
  plugins::Bindings seen;
  bound->add_to(seen);
  REQUIRE(seen.all().size() == 1);
  plugins::Binding* rating = seen.find("alpha", "rating");
  REQUIRE(rating != nullptr);
  const plugins::Op op{"test", "", std::chrono::nanoseconds::max()};
  CHECK(rating->status(op).front().max_concurrency == 3);
  plugins::Deployment next = rating->deployment();
  next.config_json = prices("3");
  REQUIRE(rating->swap(next, op));
  const std::vector<plugins::UsageEvent> usage{{1, 0, 1000, "x", "s", "{}"}};
  CHECK(bound->rating->rate(op, {{}, usage, true})->lines.front().amount_micro == 3'000'000);
  next.config_json = prices("much");
  CHECK_FALSE(rating->swap(next, op));
  CHECK(bound->rating->rate(op, {{}, usage, true})->lines.front().amount_micro == 3'000'000);
}

TEST_CASE("a draft binding that cannot start is told as it is", "[host]") {
  World world;
  Bindings bindings(world);
  bindings.tenant.rating = {bindings.library("rating/flat-rate.so"), R"({"currency":"EUR"})"};
  CHECK(bindings.start().error().reason() == "plugin.config");
  bindings.tenant.rating = {bindings.library("bss/file-feed.so"),
                            R"({"folder":")" + (world.folder() / "feed").string() + R"("})"};
  CHECK(bindings.start().error().reason() == "plugin.interface_missing");
  bindings.tenant.rating = {bindings.library("rating/none.so"), "{}"};
  CHECK(bindings.start().error().reason() == "plugin.not_found");
}

}  // namespace berth::host
