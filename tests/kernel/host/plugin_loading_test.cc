// Goal: what a host loads is told. What production refuses: tests/scenario/production_test.cc.

#include "kernel/host/plugin_loading.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "kernel/host/operator_desk.h"
#include "tests/scenario/world.h"

namespace berth::host {
namespace {

using Json = nlohmann::json;
using scenario::World;

}  // namespace

TEST_CASE("an unsigned plugin is a warning in the log, in the status and to the doctor", "[host]") {
  World world;
  std::ostringstream text;
  spdlog::logger log("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text));
  plugins::Registry registry({&world.clock(), nullptr}, {.keys = {}, .allow_unsigned = true},
                             plugin_observer(world.host().ledger(), log));
  REQUIRE(registry.module(world.host().configuration().host.hsm.library));
  CHECK(text.str().find("UNSIGNED PLUGIN") != std::string::npos);

  OperatorDesk desk(world.host(), world.clock(), world.random());
  std::size_t warned = 0;
  for (const api::Finding& finding : desk.examine().findings) {
    const bool about = finding.name == "plugin berth.hsm.softkeys" || finding.name == "profile";
    warned += about && finding.grade == api::Grade::kWarn ? 1 : 0;
  }
  CHECK(warned == 2);
  ingress::HttpRequest request;
  request.request_id = "test";
  request.method = "GET";
  request.path = "/v1/status";
  const Json status = Json::parse(desk.handle(request).body);
  CHECK(status.at("profile") == "development");
  REQUIRE(status.at("plugins").size() == 2);
  for (const Json& plugin : status.at("plugins")) {
    CHECK(plugin.at("signedBy").is_null());
    CHECK(plugin.at("sha256").get<std::string>().size() == 64);
  }
}

}  // namespace berth::host
