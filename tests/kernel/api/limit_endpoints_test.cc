// Goal: what an operator sees and changes of a tenant's limits, and of the certificates shown.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "kernel/api/operator_api.h"
#include "tests/kernel/api/fakes.h"

namespace {

using namespace berth;       // NOLINT
using namespace berth::api;  // NOLINT
using nlohmann::json;
using tenancy::Limit;

struct Desk {
  Desk() {
    HostHooks hooks;
    hooks.change_limits = [this](context::TenantContext& tenant,
                                 const tenancy::LimitSettings& settings) -> Result<void> {
      if (failure) return *failure;
      tenant.limits().change(settings);
      ++changes;
      return {};
    };
    hooks.tenant_findings = [](const context::TenantContext&) {
      return std::vector<Finding>{{"limits", Grade::kOk, "fine", ""},
                                  {"shown", Grade::kRed, "expired", "replace it", "tenant-a"}};
    };
    hooks.served_certificates = [] {
      return std::vector<ingress::ServedCertificate>{{"rsp.tenant-a.example", "ab", 0}};
    };
    hooks.reload_certificates = [this]() -> Result<std::vector<ingress::ServedCertificate>> {
      if (failure) return *failure;
      return std::vector<ingress::ServedCertificate>{{"rsp.tenant-a.example", "cd", 1000}};
    };
    api = std::make_unique<OperatorApi>(host.tenants, host.host_ledger, host.clock, host.random,
                                        Services{}, std::move(hooks),
                                        HostFacts{"1.2.3", 0, "127.0.0.1:1"});
  }
  ingress::HttpResponse ask(const std::string& method, const std::string& path,
                            const std::string& body = "") {
    ingress::HttpRequest request;
    request.request_id = "r-1";
    request.method = method;
    request.path = path;
    request.body = body;
    return api->handle(request);
  }
  ingress::HttpResponse set(const std::string& body) {
    return ask("POST", "/v1/tenants/tenant-a/limits", body);
  }
  context::TenantLimits& limits() { return host.tenants.all().front()->limits(); }
  json limit(const std::string& name) {
    const auto shown = ask("GET", "/v1/tenants/tenant-a/limits");
    CHECK(shown.status == 200);
    const json body = json::parse(shown.body);
    for (const json& one : body.at("limits")) {
      if (one.at("name") == name) return one;
    }
    return {};
  }

  test::FakeHost host;
  int changes = 0;
  std::optional<Error> failure;
  std::unique_ptr<OperatorApi> api;
};

}  // namespace

TEST_CASE("limits are shown with what is used and refused of them", "[api]") {
  Desk desk;
  desk.limits().note(Limit::kEs2PerSecond, false);
  CHECK(json::parse(desk.ask("GET", "/v1/tenants/tenant-a/limits").body).at("limits").size() ==
        tenancy::kLimits);
  const json es2 = desk.limit("es2PerSecond");
  CHECK(es2.at("value") == 500);
  CHECK(es2.at("configured") == 500);
  CHECK(es2.at("refused") == 1);
  CHECK(es2.at("blocked") == true);
  CHECK(es2.at("lastRefusedAt") == to_rfc3339(desk.host.clock.now_ms()));
  CHECK_FALSE(es2.contains("inUse"));
  CHECK(desk.limit("objects").at("inUse") == 3);  // as the ledger counts them
  CHECK(desk.limit("objectBytes").at("inUse") == 4096);
}

TEST_CASE("limits change at once, and what the files would have to say is told", "[api]") {
  Desk desk;
  const auto changed = desk.set(R"({"downloadsPerSecond": 5, "objects": 10})");
  REQUIRE(changed.status == 200);
  CHECK(desk.changes == 1);
  CHECK(desk.limits().settings()[Limit::kDownloadsPerSecond] == 5);
  const json after = json::parse(changed.body).at("afterRestart").at("members");
  CHECK(after == json::parse(R"({"limits": {"downloadsPerSecond": 5, "objects": 10}})"));
  CHECK(desk.limit("downloadsPerSecond").at("configured") == 200);
  // null: as the files say.
  REQUIRE(desk.set(R"({"downloadsPerSecond": null})").status == 200);
  CHECK(desk.limits().settings()[Limit::kDownloadsPerSecond] == 200);
  CHECK(desk.limits().settings()[Limit::kObjects] == 10);
}

TEST_CASE("a change that cannot be is refused whole", "[api]") {
  Desk desk;
  for (const char* bad : {R"({"downloadsPerSecond": 5, "workers": 0})", R"({"workers": 1.5})",
                          R"({"workers": "4"})", R"({"workers": 100000})"}) {
    INFO(bad);
    const auto refused = desk.set(bad);
    CHECK(refused.status == 400);
    CHECK(refused.body.find("limits.out_of_range") != std::string::npos);
  }
  for (const char* bad : {"", "[]", "{", R"({"worker": 1})"}) {
    INFO(bad);
    CHECK(desk.set(bad).status == 400);
  }
  desk.failure = Error(ErrorCode::kUnavailable, "ledger.unavailable", "no");
  CHECK(desk.set(R"({"workers": 3})").status == 503);
  CHECK(desk.limits().settings() == tenancy::LimitSettings());
  CHECK(desk.changes == 0);
}

TEST_CASE("a tenant's own trouble is in its status", "[api][R135:part]") {
  Desk desk;
  const json list = json::parse(desk.ask("GET", "/v1/tenants").body);
  CHECK(list.at("tenants").at(0).at("alarms") == 1);
}

TEST_CASE("the certificates shown are listed and read again on demand", "[api]") {
  Desk desk;
  CHECK(json::parse(desk.ask("GET", "/v1/tls").body).at("certificates").at(0).at("sha256") == "ab");
  const json reloaded = json::parse(desk.ask("POST", "/v1/tls/reload", "{}").body);
  CHECK(reloaded.at("certificates").at(0).at("notAfter") == "1970-01-01T00:00:01Z");
  desk.failure = Error(ErrorCode::kFailedPrecondition, "ingress.certificate", "realm x, file y");
  const auto refused = desk.ask("POST", "/v1/tls/reload", "{}");
  CHECK(refused.status == 409);
  CHECK(refused.body.find("ingress.certificate") != std::string::npos);
}
