// Goal: the routes change when two people agree, and say what they decide, through the whole API.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "kernel/api/operator_api.h"
#include "kernel/routing/digests.h"
#include "tests/kernel/api/fakes.h"
#include "tests/kernel/routing/signing_hsm.h"

using namespace berth;
using namespace berth::api;
using nlohmann::json;

namespace {

constexpr std::uint32_t kAnna = 1;  // operator
constexpr std::uint32_t kBert = 2;  // approver

std::string document(const std::string& prefix) {
  return json{{"tenantRoutes",
               {{{"tenantId", "tenant-a"},
                 {"eidPrefix", prefix},
                 {"mccMnc", {"00101"}},
                 {"activationRealm", "rsp.tenant-a.example"},
                 {"smdpEndpoint", "https://dp.example/"}}}},
              {"defaultAction", "reject"}}
      .dump();
}

struct Desk {
  Desk() {
    book.emplace(
        host.host_ledger, hsm, host.clock, std::make_shared<const routing::Policies>(), 2,
        routing::RouteHooks{
            .fits = [](const tenancy::RouteTable&) { return Result<void>(); },
            .prepare = [](std::shared_ptr<const tenancy::RouteTable>)
                -> Result<std::function<void()>> { return std::function<void()>([] {}); }});
    REQUIRE(book->start(document("8904"), "routes.json"));
    traffic.count(*HostName::parse("old.example"), true);
    HostHooks hooks;
    hooks.routes = &*book;
    hooks.realm_traffic = &traffic;
    api = std::make_unique<OperatorApi>(
        host.tenants, host.host_ledger, host.clock, host.random, Services{}, std::move(hooks),
        HostFacts{"1.2.3", 0, "127.0.0.1:1", "", nullptr, nullptr, "production"},
        Governance{Access({{"anna", {OperatorRole::kOperator}, kAnna, {}, {}},
                           {"bert", {OperatorRole::kApprover}, kBert, {}, {}}},
                          true),
                   true});
  }
  json ask(std::uint32_t who, const std::string& method, const std::string& target,
           const json& body = json::object()) {
    ingress::HttpRequest request;
    request.method = method;
    const std::size_t query = target.find('?');
    request.path = target.substr(0, query);
    if (query != std::string::npos) request.query = target.substr(query + 1);
    if (method == "POST") request.body = body.dump();
    request.peer_uid = who;
    return json::parse(api->handle(request).body);
  }
  static std::string reason(const json& answer) {
    return answer.contains("error") ? answer.at("error").at("reason").get<std::string>() : "ok";
  }

  test::FakeHost host;
  routing::testing::SigningHsm hsm;
  std::optional<routing::RouteBook> book;
  routing::RealmTraffic traffic{host.host_ledger, host.clock};
  std::unique_ptr<OperatorApi> api;
};

}  // namespace

TEST_CASE("a change of the routes waits for a second person and names both", "[api][R53]") {
  Desk desk;
  const json wish{{"document", document("8905")}, {"reason", "another maker"}};
  const json asked = desk.ask(kAnna, "POST", "/v1/routes/apply", wish);
  INFO(asked.dump());
  REQUIRE(asked.at("state") == "pending");
  CHECK(asked.at("total") == 2);
  CHECK(desk.book->in_force().number == 1);
  const std::string id = asked.at("id");
  const json shown = desk.ask(kBert, "GET", "/v1/approvals/" + id);
  CHECK(shown.dump().find("+ tenant-a: eidPrefix 8905") != std::string::npos);
  const json own =
      desk.ask(kAnna, "POST", "/v1/approvals/" + id + "/approve", {{"digest", asked.at("digest")}});
  CHECK(Desk::reason(own) == "access.role");
  const json done =
      desk.ask(kBert, "POST", "/v1/approvals/" + id + "/approve", {{"digest", asked.at("digest")}});
  INFO(done.dump());
  REQUIRE(done.at("state") == "done");
  CHECK(done.at("outcome") == "version 2 is in force");
  const json now = desk.ask(kAnna, "GET", "/v1/routes");
  CHECK(now.at("version") == 2);
  CHECK(now.at("approvedBy") == json{"anna", "bert"});
  CHECK(now.at("approval") == id);
  CHECK(now.at("reason") == "another maker");
  CHECK(desk.ask(kAnna, "GET", "/v1/routes/document").at("document") == document("8905"));
  CHECK(desk.ask(kAnna, "GET", "/v1/routes/diff").at("total") == 2);
  CHECK(desk.ask(kAnna, "GET", "/v1/routes/history").at("versions").size() == 2);
}

TEST_CASE("what cannot be applied is refused before anybody is asked", "[api][R53]") {
  Desk desk;
  const auto apply = [&](const json& body) {
    return Desk::reason(desk.ask(kAnna, "POST", "/v1/routes/apply", body));
  };
  CHECK(apply({{"document", "{"}, {"reason", "x"}}) == "routes.invalid");
  CHECK(apply({{"document", document("8904")}, {"reason", "x"}}) == "routes.unchanged");
  CHECK(apply({{"document", document("8905")}}) == "api.request");
  CHECK(apply({{"reason", "x"}}) == "api.request");
  CHECK(apply({{"document", document("8905")}, {"dryRun", true}}) == "ok");
  const auto kept = desk.book->check({.sha256 = routing::digest_of(document("8905")), .base = 1});
  REQUIRE_FALSE(kept.ok());
  CHECK(kept.error().reason() == "routes.no_document");  // a dry run writes nothing
  CHECK(Desk::reason(desk.ask(kAnna, "POST", "/v1/routes/rollback",
                              {{"version", 7}, {"reason", "x"}})) == "routes.no_version");
  CHECK(desk.book->in_force().number == 1);
  CHECK(desk.ask(kBert, "GET", "/v1/approvals").at("approvals").empty());
}

TEST_CASE("facts are explained, and bad ones refused", "[api][R46][R47]") {
  Desk desk;
  const auto explain = [&](const std::string& query) {
    return desk.ask(kAnna, "GET", "/v1/routes/explain?" + query);
  };
  const std::string card = "eid=8904" + std::string(28, '0');
  const json good =
      explain("realm=rsp.tenant-a.example&" + card + "&mccMnc=00101&imsi=001010000000001");
  CHECK(good.at("accepted") == true);
  CHECK(good.at("tenant") == "tenant-a");
  CHECK(good.at("steps").size() == 3);
  const json foreign = explain("realm=rsp.tenant-b.example&" + card);
  CHECK(foreign.at("accepted") == false);
  CHECK(foreign.at("steps").at(0).at("status") == "closed");
  for (const char* bad :
       {"realm=%20", "eid=1", "mccMnc=1", "imsi=12x456", "imsi=1", "iccid=1", "gid1=0"}) {
    CAPTURE(bad);
    CHECK(Desk::reason(explain(bad)) != "ok");
  }
}

TEST_CASE("the proof, its key and the traffic to former names are told",
          "[api][R54:part][R60:part]") {
  Desk desk;
  CHECK(desk.ask(kAnna, "GET", "/v1/routes/proof")
            .at("proof")
            .get<std::string>()
            .find("\"signature\"") != std::string::npos);
  CHECK(desk.ask(kAnna, "GET", "/v1/routes/key")
            .at("publicKey")
            .get<std::string>()
            .starts_with("-----BEGIN PUBLIC KEY-----"));
  const json report = desk.ask(kAnna, "GET", "/v1/routes/report");
  REQUIRE(report.at("realms").size() == 1);
  CHECK(report.at("realms").at(0).at("realm") == "old.example");
  CHECK(report.at("realms").at(0).at("tenant").is_null());
  CHECK(Desk::reason(desk.ask(kAnna, "GET", "/v1/routes/report?from=soon")) == "api.request");
}
