// Tenants whose objects are in a bucket: downloads work, a store that went is told, and found
// again.

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <thread>

#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error("run this by tests/radosgw/run.sh");
  return value;
}

WorldOptions on_s3() {
  WorldOptions options;
  options.tenant_members = R"({"storage":{"library":")" + std::string(S3_SO) +
                           R"(","network":true,"config":{"endpoint":")" +
                           from_environment("BERTH_TEST_S3_TLS") + R"(","caFile":")" +
                           from_environment("BERTH_TEST_S3_CA") + R"(","region":")" +
                           from_environment("BERTH_TEST_S3_REGION") + R"(","credentialsFile":")" +
                           from_environment("BERTH_TEST_S3_CREDENTIALS") +
                           R"(","bucket":"berth-test","prefix":"scenario/"}}})";
  return options;
}

void tell_server(const std::string& command) {
  std::ofstream(from_environment("BERTH_TEST_S3_CONTROL")) << command << "\n";
}

std::string store_of(World& world, const char* tenant) {
  const auto found = world.host().check_store(*TenantId::parse(tenant));
  return found ? "serves" : std::string(found.error().reason());
}

// Until the store is as wanted, a minute at most.
std::string wait_for_store(World& world, const std::string& wanted) {
  std::string now = store_of(world, "alpha");
  for (int i = 0; i < 600 && now != wanted; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    now = store_of(world, "alpha");
  }
  return now;
}

}  // namespace

TEST_CASE("a phone downloads what is kept in a bucket, also once the store is back", "[scenario]") {
  World world(on_s3());
  const auto first = world.order("alpha");
  const auto second = world.order("alpha");
  CHECK(world.phone(kAlphaEid)->download(first.activation_code).ok());
  CHECK(world.profile_state("alpha", first.iccid) == "Installed");

  tell_server("stop");
  REQUIRE(wait_for_store(world, "s3.unreachable") == "s3.unreachable");
  auto phone = world.phone("89049032001000000000000000000209");
  const auto refused = phone->download(second.activation_code);
  REQUIRE_FALSE(refused.ok());
  INFO(refused.error().step + " " + refused.error().reason + " " + refused.error().message);
  CHECK(refused.error().step == "get bound profile package");
  CHECK(refused.error().message.find("503") != std::string::npos);
  CHECK(world.profile_state("alpha", second.iccid) == "Released");
  CHECK(phone->card().state().profiles.empty());

  // A host that starts now serves everything that needs no package.
  world.restart();
  CHECK(store_of(world, "alpha") == "s3.unreachable");

  tell_server("start");
  REQUIRE(wait_for_store(world, "serves") == "serves");
  auto again = world.phone("89049032001000000000000000000209");
  const auto report = again->download(second.activation_code);
  INFO((report ? "" : report.error().reason + " " + report.error().message));
  CHECK(report.ok());
  CHECK(world.profile_state("alpha", second.iccid) == "Installed");
}
