#include "kernel/host/data_keys.h"

#include <catch2/catch.hpp>

#include "tests/kernel/host/next_hsm.h"
#include "tests/scenario/world.h"

namespace berth::host {
namespace {

const plugins::Op kOp{"test", "", std::chrono::nanoseconds::max()};

// A tenant of a running world, on its HSM and the next one.
struct Scene {
  Scene() { testing::bind_next(world); }
  TenantWrapping wrapping() {
    auto keys = HostKeys::open(world.host().configuration().host, registry, kOp);
    if (!keys) FAIL(keys.error().message());
    opened = std::move(*keys);
    return {&opened->hsm(), "berth-kek", opened->next(), "berth-kek"};
  }
  DataKeyPlace place(const TenantWrapping& wrapping) {
    return {world.tenant("alpha").ledger(), wrapping, world.random()};
  }
  scenario::World world;
  plugins::Registry registry{{&world.clock(), nullptr}, {.keys = {}, .allow_unsigned = true}};
  std::unique_ptr<HostKeys> opened;
};

std::string reason_of(const Result<std::vector<api::DataKeyFacts>>& result) {
  return result ? "" : std::string(result.error().reason());
}

api::DataKeyFacts only(const Result<std::vector<api::DataKeyFacts>>& result) {
  if (!result) FAIL(result.error().message());
  REQUIRE(result->size() == 1);
  return result->front();
}

}  // namespace

TEST_CASE(
    "a data key gets a wrapping by the next HSM, and loses the one from before after the switch",
    "[host][R128:part]") {
  Scene scene;
  const TenantWrapping before = scene.wrapping();
  const auto plain = only(show_data_keys(scene.place(before), kOp));
  CHECK(plain.opens);
  CHECK_FALSE(plain.ready_for_next);
  CHECK_FALSE(plain.switched);

  CHECK(only(rewrap_data_keys(scene.place(before), kOp)).ready_for_next);
  const auto first = wrapped_data_keys(scene.world.tenant("alpha").ledger());
  CHECK(only(rewrap_data_keys(scene.place(before), kOp)).ready_for_next);
  const auto second = wrapped_data_keys(scene.world.tenant("alpha").ledger());
  CHECK(first->front().next_wrapped == second->front().next_wrapped);  // left alone
  CHECK(reason_of(end_rewrap(scene.place(before), kOp)) == "data_key.not_switched");
  CHECK(wrapped_data_keys(scene.world.tenant("alpha").ledger())->front().next_wrapped ==
        first->front().next_wrapped);

  const TenantWrapping after{before.next_hsm, "berth-kek", nullptr, {}};
  CHECK(only(show_data_keys(scene.place(after), kOp)).switched);
  const auto ended = only(end_rewrap(scene.place(after), kOp));
  CHECK(ended.opens);
  CHECK_FALSE(ended.switched);
  CHECK_FALSE(only(show_data_keys(scene.place(before), kOp)).opens);
  CHECK(only(end_rewrap(scene.place(after), kOp)).opens);  // nothing left to do
}

TEST_CASE("a change that was not ended is not followed by another", "[host]") {
  Scene scene;
  const TenantWrapping before = scene.wrapping();
  REQUIRE(rewrap_data_keys(scene.place(before), kOp).ok());
  const TenantWrapping further{before.next_hsm, "berth-kek", before.next_hsm, "kek-3"};
  CHECK(reason_of(rewrap_data_keys(scene.place(further), kOp)) == "data_key.change_not_ended");
  REQUIRE(end_rewrap(scene.place(further), kOp).ok());
  CHECK(only(rewrap_data_keys(scene.place(further), kOp)).ready_for_next);
}

TEST_CASE("a wrapping for an HSM that was not taken in the end gives way to another", "[host]") {
  Scene scene;
  const TenantWrapping before = scene.wrapping();
  REQUIRE(rewrap_data_keys(scene.place(before), kOp).ok());
  const TenantWrapping otherwise{before.hsm, "berth-kek", before.hsm, "kek-2"};
  CHECK_FALSE(only(show_data_keys(scene.place(otherwise), kOp)).ready_for_next);
  CHECK(only(rewrap_data_keys(scene.place(otherwise), kOp)).ready_for_next);
}

TEST_CASE("without a next HSM or key there is nothing to wrap for", "[host]") {
  Scene scene;
  TenantWrapping alone = scene.wrapping();
  alone.next_hsm = nullptr;
  CHECK(reason_of(rewrap_data_keys(scene.place(alone), kOp)) == "data_key.no_next");
}

}  // namespace berth::host
