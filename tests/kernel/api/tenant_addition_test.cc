// Goal: what keeps a host from taking a tenant in is told precisely, before anything is opened.

#include "kernel/api/tenant_addition.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/kernel/api/fakes.h"
#include "tests/kernel/routing/signing_hsm.h"

namespace {

using namespace berth;       // NOLINT
using namespace berth::api;  // NOLINT
using nlohmann::json;

TenantId id_of(const char* text) { return *TenantId::parse(text); }

tenancy::TenantConfiguration tenant(const char* id) {
  return {std::string("etc/tenants/") + id + ".json", id_of(id), id};
}

std::string routes(const char* prefix) {
  json route{{"tenantId", "tenant-a"},
             {"mccMnc", {"23450"}},
             {"activationRealm", "rsp.tenant-a.example"},
             {"smdpEndpoint", "https://dp.example/"}};
  if (*prefix != '\0') {
    route["eidPrefix"] = prefix;
  } else {
    route["eidPrefixes"] = json::array();
  }
  return json{{"tenantRoutes", {route}}, {"defaultAction", "reject"}}.dump();
}

struct Book {
  explicit Book(const char* prefix)
      : book(host.host_ledger, hsm, host.clock, std::make_shared<const routing::Policies>(), 1,
             routing::RouteHooks{
                 .fits = [](const tenancy::RouteTable&) { return Result<void>(); },
                 .prepare = [](std::shared_ptr<const tenancy::RouteTable>)
                     -> Result<std::function<void()>> { return std::function<void()>([] {}); }}) {
    REQUIRE(book.start(routes(prefix), "routes.json"));
  }
  test::FakeHost host;
  routing::testing::SigningHsm hsm;
  routing::RouteBook book;
};

}  // namespace

TEST_CASE("a tenant is servable when the routes in force name it and give it cards", "[api]") {
  const Book good("8904");
  CHECK(check_routed(good.book, tenant("tenant-a"), "etc/routes.json").ok());
  const auto unknown = check_routed(good.book, tenant("tenant-b"), "etc/routes.json");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().reason() == "tenant.no_route");
  CHECK(unknown.error().message().find("version 1 of the routes") != std::string::npos);
  CHECK(unknown.error().message().find("berthctl route apply etc/routes.json") !=
        std::string::npos);
  const Book cardless("");
  const auto managed = check_routed(cardless.book, tenant("tenant-a"), "etc/routes.json");
  REQUIRE_FALSE(managed);
  CHECK(managed.error().reason() == "configuration.tenant_without_cards");
}

TEST_CASE("a tenant that is there or has left is refused before any file is read", "[api]") {
  test::FakeHost host;
  tenancy::HostConfiguration file;
  file.source = "nowhere/host.json";
  const tenancy::TenantConfigurations known{{id_of("tenant-a"), tenant("tenant-a")}};
  const auto reason = [&](const char* id) {
    const auto read = read_with_tenant(file, known, host.host_ledger, id_of(id));
    REQUIRE_FALSE(read);
    return std::string(read.error().reason());
  };
  CHECK(reason("tenant-a") == "tenant.known");
  CHECK(reason("tenant-b") == "configuration.unreadable");
}

TEST_CASE("a start goes without a tenant that no route names, and the doctor tells", "[api]") {
  const tenancy::TenantConfigurations files{{id_of("tenant-a"), tenant("tenant-a")},
                                            {id_of("tenant-b"), tenant("tenant-b")}};
  const auto table = tenancy::parse_routes(routes("8904"), "routes.json");
  REQUIRE(table);
  const auto served = routed(files, *table);
  REQUIRE(served->size() == 1);
  CHECK(served->contains(id_of("tenant-a")));
  const auto told = check_routed(files, *served);
  REQUIRE(told.size() == 1);
  CHECK(told[0].grade == Grade::kWarn);
  CHECK(told[0].tenant == "tenant-b");
  CHECK(check_routed(files, files).empty());
}

TEST_CASE("the history says where a tenant that was added came from", "[api]") {
  const auto draft =
      addition_record(id_of("tenant-a"), {"etc/a.json", tenancy::Topology::kPartner, false}, 7);
  CHECK(draft.type == "tenant.added");
  CHECK(draft.subject.identity == "tenant-a");
  CHECK(json::parse(draft.payload_json) ==
        json{{"file", "etc/a.json"}, {"topology", "partner"}, {"routes", "7"}});
}

TEST_CASE("a tenant is added by its id, and what the host says is passed on", "[api]") {
  test::FakeHost host;
  std::vector<std::string> added;
  std::optional<Error> not_added;
  HostHooks hooks;
  hooks.add_tenant = [&](const TenantId& id) -> Result<TenantAddition> {
    if (not_added) return *not_added;
    added.push_back(id.text());
    const bool here = host.tenants.find(id) != nullptr;
    return TenantAddition{"etc/tenants/" + id.text() + ".json",
                          here ? tenancy::Topology::kShared : tenancy::Topology::kDedicated, true};
  };
  OperatorApi api(host.tenants, host.host_ledger, host.clock, host.random, Services{},
                  std::move(hooks), HostFacts{"1.2.3", 0, "127.0.0.1:1"});
  const auto post = [&api](const std::string& body) {
    ingress::HttpRequest request;
    request.request_id = "r-1";
    request.method = "POST";
    request.path = "/v1/tenants";
    request.body = body;
    return api.handle(request);
  };
  for (const char* body : {"", "{}", R"({"tenant":7})", R"({"tenant":"Not An Id"})",
                           R"({"tenant":"tenant-c","more":1})"}) {
    CAPTURE(body);
    CHECK(post(body).status == 400);
  }
  CHECK(added.empty());
  const auto done = post(R"({"tenant":"tenant-a"})");
  REQUIRE(done.status == 200);
  const json told = json::parse(done.body);
  CHECK(told.at("id") == "tenant-a");
  CHECK(told.at("realm") == "rsp.tenant-a.example");
  CHECK(told.at("file") == "etc/tenants/tenant-a.json");
  CHECK(told.at("tellDoor") == true);
  // One with a host of its own has no context here.
  const auto away = post(R"({"tenant":"tenant-z"})");
  REQUIRE(away.status == 200);
  CHECK(json::parse(away.body).at("topology") == "dedicated");
  CHECK(added == std::vector<std::string>{"tenant-a", "tenant-z"});
  not_added = Error(ErrorCode::kFailedPrecondition, "tenant.no_route", "no route yet");
  const auto refused = post(R"({"tenant":"tenant-c"})");
  CHECK(refused.status == 409);
  CHECK(refused.body.find("tenant.no_route") != std::string::npos);
}
