// One tenant beyond its limits: what it asks for too much is refused before it costs anything, what
// it has begun goes on, and its neighbour notices nothing.

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "kernel/host/plugin_desk.h"
#include "tests/scenario/raw_client.h"
#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT
using tenancy::Limit;

constexpr const char* kBegin = "/gsma/rsp2/es9plus/initiateAuthentication";

std::uint64_t hsm_calls(World& world) {
  const host::PluginDesk desk(world.host().configuration().host, world.host().tenant_files(),
                              world.host().bindings(), world.host().ledger(), world.clock());
  for (const auto& one : desk.list()) {
    if (one.slot == "hsm") return one.calls;
  }
  return 0;
}

void set(World& world, const std::string& tenant, Limit limit, std::uint64_t value) {
  context::TenantContext& of = world.tenant(tenant);
  tenancy::LimitSettings settings = of.limits().settings();
  settings.set(limit, value);
  REQUIRE(world.host().change_limits(of, settings));
}

}  // namespace

TEST_CASE("a refused beginning costs no HSM call and says when to come back",
          "[scenario][R121][R126]") {
  World world;
  const auto order = world.order("alpha");
  const auto phone = world.phone(kAlphaEid);
  set(world, "alpha", Limit::kDownloadsPerSecond, 0);
  const std::uint64_t before = hsm_calls(world);
  for (int i = 0; i < 5; ++i) CHECK_FALSE(phone->download(order.activation_code).ok());
  RawClient raw(world.host().es9_port(), "rsp.alpha.example");
  const RawReply refused = raw.post(kBegin, "{}");
  CHECK(refused.status == 503);
  CHECK(refused.head.find("Retry-After: 1") != std::string::npos);
  CHECK(refused.body.starts_with("limits.downloads_per_second: "));
  CHECK(raw.post(kBegin, "{}").status == 503);  // on the same connection
  CHECK(hsm_calls(world) == before);
  CHECK(world.tenant("alpha").limits().use(Limit::kDownloadsPerSecond).refused == 7);
  set(world, "alpha", Limit::kDownloadsPerSecond, 100'000);
  CHECK(phone->download(order.activation_code).ok());
  CHECK(hsm_calls(world) > before);
  // Both changes are in the host's history, the neighbour's limits are as they were.
  CHECK(world.tenant("bravo").limits().use(Limit::kDownloadsPerSecond).refused == 0);
}

TEST_CASE("under a flood of beginnings a download that has begun ends well, and others begin",
          "[scenario][R34][R121]") {
  World world;
  set(world, "alpha", Limit::kDownloadsPerSecond, 20);
  std::atomic<bool> over{false};
  std::vector<std::jthread> flood;
  for (int i = 0; i < 2; ++i) {
    flood.emplace_back([&] {
      while (!over) {
        RawClient raw(world.host().es9_port(), "rsp.alpha.example");
        for (int j = 0; j < 50 && !over && raw.post(kBegin, "{}").status != 0; ++j) {
          std::this_thread::sleep_for(std::chrono::milliseconds(20));  // five times the rate
        }
      }
    });
  }
  const auto alpha = world.phone(kAlphaEid);
  const auto bravo = world.phone(kBravoEid);
  int done = 0;
  for (int i = 0; i < 8; ++i) {
    const auto neighbours = world.order("bravo");
    CHECK(bravo->download(neighbours.activation_code).ok());
    const auto order = world.order("alpha");
    for (int attempt = 0; attempt < 20; ++attempt) {
      const auto report = alpha->download(order.activation_code);
      if (report) {
        ++done;
        break;
      }
      CHECK(report.error().step == "initiate authentication");
    }
  }
  over = true;
  flood.clear();
  CHECK(done > 0);
  CHECK(world.tenant("alpha").limits().use(Limit::kDownloadsPerSecond).refused > 0);
}

TEST_CASE("a realm's renewed certificate is taken up by a running host, a wrong one is not",
          "[scenario]") {
  World world;
  const auto& tls = world.tenant("alpha").configuration().tls;
  const auto neighbours = world.tenant("bravo").configuration().tls;
  const auto shown = [&] {
    return world.host().served_certificates().front().sha256;  // alpha's
  };
  const std::string first = shown();
  std::filesystem::copy_file(tls.certificate_chain, world.folder() / "kept.pem");
  std::filesystem::copy_file(neighbours.certificate_chain, tls.certificate_chain,
                             std::filesystem::copy_options::overwrite_existing);
  const auto refused = world.host().reload_certificates();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().reason() == "ingress.certificate");
  CHECK(refused.error().message().find("rsp.alpha.example") != std::string::npos);
  CHECK(shown() == first);
  world.renew_tls("alpha");
  const auto phone = world.phone(kAlphaEid);
  const auto reloaded = world.host().reload_certificates();
  REQUIRE(reloaded.ok());
  CHECK(shown() != first);
  CHECK(phone->download(world.order("alpha").activation_code).ok());
}
