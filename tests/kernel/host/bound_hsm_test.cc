#include "kernel/host/bound_hsm.h"

#include <catch2/catch.hpp>

#include "tests/scenario/world.h"

namespace berth::host {
namespace {

struct Scene {
  scenario::World world;
  plugins::Registry registry{{&world.clock(), nullptr}, {.keys = {}, .allow_unsigned = true}};
  plugins::Op op{"test", "", std::chrono::nanoseconds::max()};
  tenancy::PluginBinding binding = world.host().configuration().host.hsm;

  Result<std::unique_ptr<plugins::LiveHsm>> bind(const std::string& slot,
                                                 tenancy::Profile profile) {
    return bind_hsm(registry, binding, "host", slot, profile, op);
  }
};

}  // namespace

TEST_CASE("a bound HSM is started and answers", "[host]") {
  Scene scene;
  const auto bound = scene.bind("hsm", tenancy::Profile::kDevelopment);
  REQUIRE(bound.ok());
  CHECK((*bound)->open_key(scene.op, "p256-dpauth").ok());
  CHECK((*bound)->name() == "host/hsm");
}

TEST_CASE("production takes no HSM that lets private keys in, whatever is declared",
          "[host][R13:part]") {
  Scene scene;
  scene.binding.fips140_level = 4;
  const auto refused = scene.bind("hsm", tenancy::Profile::kProduction);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().reason() == "host.hsm_takes_keys");
  CHECK(refused.error().message().find("berth.hsm.softkeys") != std::string::npos);
}

TEST_CASE("a next HSM that does not start is named as the next one", "[host]") {
  Scene scene;
  scene.binding.config_json = "{}";
  const auto refused = scene.bind("hsmNext", tenancy::Profile::kDevelopment);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message().starts_with("hsmNext: "));
  CHECK_FALSE(
      scene.bind("hsm", tenancy::Profile::kDevelopment).error().message().starts_with("hsm"));
}

}  // namespace berth::host
