#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "kernel/api/operator_api.h"
#include "tests/kernel/api/fakes.h"

using namespace berth;
using namespace berth::api;
using nlohmann::json;

namespace {

const PluginFacts kOld{"berth.storage.filesystem", "1.0", "/usr/lib/a.so", "aa11", ""};
const PluginFacts kNew{"berth.storage.filesystem", "1.1", "/usr/lib/b.so", "bb22", "cc33"};

struct Desk {
  Desk() {
    HostHooks hooks;
    hooks.plugins = [] { return std::vector{kOld}; };
    hooks.bindings = [] {
      PluginInstanceFacts one{"tenant-a", "storage", kOld, "breaker open", "no disk"};
      one.calls = 7;
      one.failures = 5;
      one.in_flight = 2;
      one.waiting = 1;
      one.max_concurrency = 64;
      return std::vector{one};
    };
    hooks.swap_plugin = [this](const PluginSwap& swap) -> Result<PluginSwapped> {
      swaps.push_back(swap);
      if (failure) return *failure;
      return PluginSwapped{kOld, kNew, 3, "/etc/tenant-a.json", "/usr/lib/b.so", swap.config_json};
    };
    api = std::make_unique<OperatorApi>(
        host.tenants, host.host_ledger, host.clock, host.random, Services{}, std::move(hooks),
        HostFacts{"1.2.3", 0, "127.0.0.1:1", "", nullptr, nullptr, "production"});
  }
  ingress::HttpResponse ask(const std::string& method, const std::string& path,
                            const std::string& body = "") {
    ingress::HttpRequest request;
    request.method = method;
    request.path = path;
    request.body = body;
    return api->handle(request);
  }
  std::string refused(const std::string& body) {
    const auto response = ask("POST", "/v1/plugins/swap", body);
    return json::parse(response.body).at("error").at("reason");
  }
  test::FakeHost host;
  std::optional<Error> failure;
  std::vector<PluginSwap> swaps;
  std::unique_ptr<OperatorApi> api;
};

}  // namespace

TEST_CASE("each instance of each binding is told, with how it is", "[api]") {
  Desk desk;
  const auto response = desk.ask("GET", "/v1/plugins");
  REQUIRE(response.status == 200);
  CHECK(json::parse(response.body) == json::parse(R"({"profile": "production", "instances": [{
    "tenant": "tenant-a", "slot": "storage", "id": "berth.storage.filesystem", "version": "1.0",
    "sha256": "aa11", "signedBy": null, "process": null, "library": "/usr/lib/a.so",
    "state": "breaker open",
    "detail": "no disk", "calls": 7, "failures": 5, "inFlight": 2, "waiting": 1,
    "maxConcurrency": 64, "process": null}]})"));
  const auto status = json::parse(desk.ask("GET", "/v1/status").body);
  CHECK(status.at("plugins").size() == 1);
  CHECK(status.at("plugins").front().at("version") == "1.0");
}

TEST_CASE("a swap is passed on, and its answer says what a restart would need", "[api]") {
  Desk desk;
  const auto response = desk.ask("POST", "/v1/plugins/swap", R"({"tenant": "tenant-a",
    "slot": "storage", "library": "/usr/lib/b.so", "config": {"folder": "/o"}})");
  REQUIRE(response.status == 200);
  REQUIRE(desk.swaps.size() == 1);
  CHECK(desk.swaps.front().tenant == "tenant-a");
  CHECK(desk.swaps.front().library == "/usr/lib/b.so");
  CHECK(desk.swaps.front().config_json == R"({"folder":"/o"})");
  CHECK_FALSE(desk.swaps.front().watched);
  const json body = json::parse(response.body);
  CHECK(body.at("from").at("version") == "1.0");
  CHECK(body.at("to").at("signedBy") == "cc33");
  CHECK(body.at("inFlight") == 3);
  CHECK(body.at("afterRestart").at("file") == "/etc/tenant-a.json");
  CHECK(body.at("afterRestart").at("members") ==
        json::parse(R"({"storage": {"library": "/usr/lib/b.so", "config": {"folder": "/o"}}})"));
}

TEST_CASE("what is left out of a swap stays as it is", "[api]") {
  Desk desk;
  const auto response = desk.ask("POST", "/v1/plugins/swap",
                                 R"({"slot": "hsm", "fips140Level": 3, "watched": true})");
  REQUIRE(response.status == 200);
  const PluginSwap& swap = desk.swaps.front();
  CHECK(swap.tenant == "host");
  CHECK(swap.library.empty());
  CHECK(swap.config_json.empty());
  CHECK(swap.fips140_level == 3);
  CHECK(swap.watched);
  // Nobody who did not say it is shown a configuration.
  CHECK_FALSE(
      json::parse(response.body).at("afterRestart").at("members").at("hsm").contains("config"));
}

TEST_CASE("a swap that makes no sense reaches no binding", "[api]") {
  Desk desk;
  for (const char* body :
       {"", "[]", "{}", R"({"slot": ""})", R"({"slot": 1})",
        R"({"slot": "hsm", "library": "x.so"})", R"({"slot": "hsm", "config": "{}"})",
        R"({"slot": "hsm", "fips140Level": 5})", R"({"slot": "hsm", "watched": 1})",
        R"({"slot": "hsm", "librari": "/x.so"})"}) {
    INFO(body);
    CHECK(desk.refused(body) == "api.request");
  }
  CHECK(desk.swaps.empty());
  desk.failure = Error(ErrorCode::kFailedPrecondition, "plugin.not_serving", "it says so");
  CHECK(desk.refused(R"({"slot": "hsm"})") == "plugin.not_serving");
}
