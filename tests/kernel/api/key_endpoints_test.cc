// Goal: what operators may wish of keys reaches the HSM as they said it, and nothing else does.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "kernel/api/operator_api.h"
#include "tests/kernel/api/fakes.h"

namespace berth::api {
namespace {

using nlohmann::json;

// The operator API over hooks that write down what they are asked.
struct Desk {
  Desk() {
    HostHooks hooks;
    hooks.generate_key = [this](const KeyWish& wish) -> Result<Bytes> {
      keys.push_back("generate " + wish.reference + (wish.curve == Curve::kP256 ? " p256" : " bp") +
                     (wish.in_next ? " next" : ""));
      return Bytes{4, 1};
    };
    hooks.request_certificate = [this](const CertificateWish& wish) -> Result<std::string> {
      std::string role = "none";
      if (wish.request.role) {
        role = *wish.request.role == rsp::pki::RequestedRole::kDpAuth ? "auth" : "pb";
      }
      keys.push_back("request " + wish.reference + "|" + wish.request.subject + "|" +
                     wish.request.registered_id + "|" + role);
      return std::string("PEM");
    };
    hooks.data_keys = [](const TenantId&) -> Result<std::vector<DataKeyFacts>> {
      return std::vector<DataKeyFacts>{{1, 0, true, false, true}};
    };
    hooks.rewrap_data_keys = [this](const TenantId& tenant,
                                    bool finish) -> Result<std::vector<DataKeyFacts>> {
      keys.push_back("rewrap " + tenant.text() + (finish ? " finish" : ""));
      return std::vector<DataKeyFacts>{{1, 0, true, true, false}};
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
    request.content_type = "application/json";
    request.body = body;
    return api->handle(request);
  }
  ingress::HttpResponse post(const std::string& path, const json& body) {
    return ask("POST", path, body.dump());
  }

  test::FakeHost host;
  std::vector<std::string> keys;
  std::unique_ptr<OperatorApi> api;
};

}  // namespace

TEST_CASE("keys are generated and certificates requested as they were wished for", "[api]") {
  Desk desk;
  const auto made = desk.post(
      "/v1/pki/keys/generate",
      {{"reference", "a"}, {"curve", "brainpoolP256r1"}, {"usage", "sign"}, {"next", true}});
  CHECK(made.status == 201);
  CHECK(json::parse(made.body).at("publicPoint") == "0401");
  CHECK(
      desk.post("/v1/pki/keys/generate", {{"reference", "b"}, {"curve", "p256"}, {"usage", "sign"}})
          .status == 201);
  const auto asked =
      desk.post("/v1/pki/requests",
                {{"reference", "a"}, {"subject", "CN=x"}, {"oid", "2.999.10"}, {"role", "dppb"}});
  CHECK(asked.status == 200);
  CHECK(json::parse(asked.body).at("request") == "PEM");
  CHECK(desk.post("/v1/pki/requests", {{"reference", "a"}, {"subject", "CN=x"}}).status == 200);
  CHECK(desk.keys == std::vector<std::string>{"generate a bp next", "generate b p256",
                                              "request a|CN=x|2.999.10|pb",
                                              "request a|CN=x||none"});
}

TEST_CASE("a key or certificate that cannot be is refused before the HSM is asked", "[api]") {
  Desk desk;
  const json good{{"reference", "a"}, {"curve", "p256"}, {"usage", "sign"}};
  for (const auto& [member, value, reason] :
       {std::tuple("curve", json("secp384r1"), "api.request"),
        std::tuple("curve", json(1), "api.request"), std::tuple("usage", json("wrap"), "key.usage"),
        std::tuple("usage", json("agree"), "key.usage_unsupported"),
        std::tuple("next", json("yes"), "api.request"),
        std::tuple("reference", json(std::string(129, 'a')), "api.request"),
        std::tuple("label", json("a"), "api.request")}) {
    json body = good;
    body[member] = value;
    CAPTURE(body.dump());
    const auto refused = desk.post("/v1/pki/keys/generate", body);
    CHECK(refused.status >= 400);
    CHECK(refused.body.find(reason) != std::string::npos);
  }
  for (const json& body : {json{{"reference", "a"}}, json{{"subject", "CN=x"}},
                           json{{"reference", "a"}, {"subject", "CN=x"}, {"role", "dptls"}},
                           json{{"reference", "a"}, {"subject", std::string(1025, 'a')}}}) {
    CAPTURE(body.dump());
    CHECK(desk.post("/v1/pki/requests", body).status == 400);
  }
  CHECK(desk.keys.empty());
}

TEST_CASE("a tenant's data keys are shown and wrapped for what comes next", "[api]") {
  Desk desk;
  const json shown = json::parse(desk.ask("GET", "/v1/tenants/tenant-a/data-keys").body);
  REQUIRE(shown.at("dataKeys").size() == 1);
  CHECK(shown.at("dataKeys")[0].at("switched") == true);
  const auto wrapped = desk.post("/v1/tenants/tenant-a/data-keys/rewrap", json::object());
  CHECK(json::parse(wrapped.body).at("dataKeys")[0].at("readyForNext") == true);
  CHECK(desk.post("/v1/tenants/tenant-a/data-keys/rewrap", {{"finish", true}}).status == 200);
  CHECK(desk.post("/v1/tenants/tenant-a/data-keys/rewrap", {{"finish", 1}}).status == 400);
  CHECK(desk.post("/v1/tenants/nobody/data-keys/rewrap", json::object()).status == 404);
  CHECK(desk.keys == std::vector<std::string>{"rewrap tenant-a", "rewrap tenant-a finish"});
}

}  // namespace berth::api
