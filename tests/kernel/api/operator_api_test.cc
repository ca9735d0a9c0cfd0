#include "kernel/api/operator_api.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "kernel/saip/package.h"
#include "tests/kernel/api/fakes.h"
#include "tools/sample-profile/identity.h"
#include "tools/sample-profile/sample_profile.h"
#include "tools/sample-profile/seeded_random.h"

using namespace berth;
using namespace berth::api;
using nlohmann::json;

namespace {

const char* const kGoodEid = "89049032123451234512345678901235";
const char* const kGoodIccid = "8944500000000000018";

// The API over doubles; what the services were asked is kept.
struct Desk {
  Desk() {
    Services services;
    services.import_profile = [this](context::TenantContext& tenant, const std::string&,
                                     const smdpplus::ProfileImport& import)
        -> Result<smdpplus::ImportedProfile, smdpplus::Failure> {
      CHECK(tenant.id().text() == "tenant-a");
      imports.push_back(import);
      if (failure) return *failure;
      return smdpplus::ImportedProfile{
          *Iccid::parse(kGoodIccid), "2.3", {{0xA0, "header", {}, 0, 40, true}}};
    };
    services.create_order = [this](context::TenantContext&, const std::string&,
                                   const smdpplus::OrderRequest& order)
        -> Result<smdpplus::OrderAnswer, smdpplus::Failure> {
      orders.push_back(order);
      if (failure) return *failure;
      return smdpplus::OrderAnswer{"order-1", *Iccid::parse(kGoodIccid),
                                   *MatchingId::parse("ABCD-EFGH"),
                                   "1$rsp.tenant-a.example$ABCD-EFGH", host.clock.now_ms()};
    };
    services.find_order = [this](context::TenantContext&, const std::string& requester,
                                 const std::string& identifier)
        -> Result<std::optional<smdpplus::OrderAnswer>, smdpplus::Failure> {
      CHECK(requester == "operator");
      if (identifier != "id-1") return std::optional<smdpplus::OrderAnswer>();
      return std::optional(smdpplus::OrderAnswer{
          "order-1", *Iccid::parse(kGoodIccid), {}, "1$rsp.tenant-a.example$", 5});
    };
    const auto stepped =
        [this](const std::string& step,
               const smdpplus::OrderCall& call) -> Result<smdpplus::OrderState, smdpplus::Failure> {
      steps.push_back(step + "|" + call.requester + "|" + call.identifier + "|" + call.key);
      if (failure) return *failure;
      return smdpplus::OrderState{"order-1", *Iccid::parse(kGoodIccid), "Available"};
    };
    services.cancel_order = [stepped](context::TenantContext&, const smdpplus::OrderCall& call,
                                      bool to_available) {
      return stepped(to_available ? "cancel to stock" : "cancel for good", call);
    };
    services.release_order = [stepped](context::TenantContext&, const smdpplus::OrderCall& call) {
      return stepped("release", call);
    };
    services.reorder = [this](context::TenantContext&, const smdpplus::ReorderRequest& again)
        -> Result<smdpplus::OrderAnswer, smdpplus::Failure> {
      reorders.push_back(again);
      return smdpplus::OrderAnswer{"order-2", *Iccid::parse(kGoodIccid), {}, "1$a.b$", 5};
    };
    services.define_profile_type = [this](context::TenantContext&, std::string_view document,
                                          std::string_view name,
                                          bool dry_run) -> Result<DefinedType, smdpplus::Failure> {
      types.push_back(std::string(name) + "|" + std::string(document) + (dry_run ? "|dry" : ""));
      return DefinedType{std::string(name), true};
    };
    services.retry_report = [this](
                                context::TenantContext&,
                                const std::string& report_id) -> Result<void, smdpplus::Failure> {
      retries.push_back(report_id);
      if (failure) return *failure;
      return {};
    };
    services.tell_story = [this](context::TenantContext&,
                                 std::string_view key) -> Result<smdpplus::Story> {
      stories.emplace_back(key);
      return smdpplus::Story{"894450…0018", "Released", {{5, "order.created", "ordered", "…", 1}}};
    };
    HostHooks hooks;
    hooks.import_key = [this](const std::string& reference, std::string_view pem,
                              const std::string& usage) -> Result<void> {
      keys.push_back(reference + "|" + std::string(pem) + "|" + usage);
      return {};
    };
    hooks.doctor = [] {
      return DoctorReport{
          {{"clock", Grade::kOk, "fine", ""}, {"disk /x", Grade::kRed, "full", "make room"}}};
    };
    api = std::make_unique<OperatorApi>(host.tenants, host.host_ledger, host.clock, host.random,
                                        std::move(services), std::move(hooks),
                                        HostFacts{"1.2.3", 0, "127.0.0.1:1", "", &es9_counters});
  }

  ingress::HttpResponse ask(const std::string& method, const std::string& target,
                            const std::string& body = "") {
    ingress::HttpRequest request;
    request.request_id = "r-1";
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    if (request.path.size() < target.size()) request.query = target.substr(request.path.size() + 1);
    request.body = body;
    return api->handle(request);
  }
  json get(const std::string& target) {
    const auto response = ask("GET", target);
    INFO(response.body);
    CHECK(response.status == 200);
    CHECK(response.content_type == "application/json");
    return json::parse(response.body);
  }
  ingress::HttpResponse post(const std::string& target, const json& body) {
    return ask("POST", target, body.dump());
  }

  ingress::IngressCounters es9_counters;
  test::FakeHost host;
  std::optional<smdpplus::Failure> failure;
  std::vector<smdpplus::ProfileImport> imports;
  std::vector<smdpplus::OrderRequest> orders;
  std::vector<smdpplus::ReorderRequest> reorders;
  std::vector<std::string> stories, keys, steps, types, retries;
  std::unique_ptr<OperatorApi> api;
};

std::string reason_of(const ingress::HttpResponse& response) {
  return json::parse(response.body).at("error").at("reason");
}

}  // namespace

TEST_CASE("status, tenants and one tenant are shown", "[api]") {
  Desk desk;
  CHECK(desk.get("/v1/status").at("version") == "1.2.3");
  CHECK(desk.get("/v1/status").at("tenants") == 1);
  CHECK_FALSE(desk.get("/v1/status").contains("es2"));  // no such door
  CHECK_FALSE(desk.get("/v1/status").contains("es2Door"));
  desk.es9_counters.requests = 7;
  desk.es9_counters.no_client_certificate = 2;
  CHECK(desk.get("/v1/status").at("es9Door").at("requests") == 7);
  CHECK(desk.get("/v1/status").at("es9Door").at("noClientCertificate") == 2);
  const json tenants = desk.get("/v1/tenants").at("tenants");
  REQUIRE(tenants.size() == 1);
  CHECK(tenants[0].at("realm") == "rsp.tenant-a.example");
  CHECK(tenants[0].at("eidPolicy") == "managed");
  CHECK(desk.get("/v1/tenants/tenant-a").at("ledger").at("lastAuditHash") == "ABCD");
}

TEST_CASE("addresses that are none of ours are 404, with the reason", "[api]") {
  Desk desk;
  for (const char* target :
       {"/", "/v1", "/v2/status", "/v1/statuses", "/v1/status/x", "/v1/tenants/",
        "/v1/tenants/tenant-a/keys", "/v1/tenants/tenant-a/profiles/x",
        "/v1/tenants/tenant-a/orders/x", "/v1/tenants/tenant-a/orders/x/y",
        "/v1/tenants/tenant-a/orders/x/cancel/z", "/v1/tenants/tenant-a/orders//cancel",
        "/v1/tenants/tenant-a/reports/x"}) {
    CAPTURE(target);
    CHECK(desk.ask("GET", target).status == 404);
  }
  CHECK(reason_of(desk.ask("DELETE", "/v1/status")) == "api.unknown_address");
  CHECK(reason_of(desk.ask("GET", "/v1/tenants/tenant-b")) == "api.unknown_tenant");
  CHECK(reason_of(desk.ask("GET", "/v1/tenants/..%2f")) == "api.unknown_tenant");
}

TEST_CASE("a profile import hands the package on and tells its elements", "[api]") {
  Desk desk;
  const json body{
      {"package", "AAECAw=="}, {"profileType", "gold"}, {"serviceProviderName", "Berth"},
      {"profileName", "Plan"}, {"mccMnc", "23450"},     {"gid1", "0a"}};
  const auto response = desk.post("/v1/tenants/tenant-a/profiles", body);
  INFO(response.body);
  REQUIRE(response.status == 201);
  CHECK(json::parse(response.body).at("elements")[0].at("name") == "header");
  REQUIRE(desk.imports.size() == 1);
  CHECK(desk.imports[0].package == Bytes{0, 1, 2, 3});
  CHECK(desk.imports[0].owner->gid1_hex == "0A");
}

TEST_CASE("a template and a subscriber's values become that subscriber's package", "[api]") {
  Desk desk;
  sample_profile::SeededRandom random("template");
  const auto package_template = sample_profile::build({.iccid = sample_profile::numbered_iccid(1),
                                                       .imsi = sample_profile::numbered_imsi(1),
                                                       .mnc_digits = 2,
                                                       .name = "Template"},
                                                      random);
  REQUIRE(package_template);
  json body{{"package", to_base64(*package_template)},
            {"profileType", "gold"},
            {"personalisation",
             {{"iccid", "8931440000000000014"}, {"imsi", "001010123456789"}, {"pin1", "7391"}}}};
  const auto checked = desk.post("/v1/tenants/tenant-a/profiles?dryRun=true", body);
  INFO(checked.body);
  REQUIRE(checked.status == 200);
  CHECK(json::parse(checked.body).at("iccid") == "8931440000000000014");
  REQUIRE(desk.post("/v1/tenants/tenant-a/profiles", body).status == 201);
  REQUIRE(desk.imports.size() == 1);
  const auto package = saip::validate(desk.imports[0].package);
  REQUIRE(package);
  CHECK(package->iccid.text() == "8931440000000000014");
  CHECK(package->imsi == "001010123456789");

  body["personalisation"]["pin1"] = "73";
  const auto refused = desk.post("/v1/tenants/tenant-a/profiles", body);
  CHECK(refused.status == 400);
  CHECK(reason_of(refused) == "saip.personalise_value");
  CHECK(desk.imports.size() == 1);
}

TEST_CASE("a malformed profile import never reaches the service", "[api][R112]") {
  Desk desk;
  const json good{{"package", "AAECAw=="},
                  {"profileType", "gold"},
                  {"serviceProviderName", "Berth"},
                  {"profileName", "Plan"}};
  const auto with = [&good](const char* name, const json& value) {
    json body = good;
    body[name] = value;
    return body;
  };
  const std::string target = "/v1/tenants/tenant-a/profiles";
  for (const json& body :
       {with("package", "%%%"), with("package", ""), with("package", 5), with("profileType", ""),
        with("profileType", std::string(65, 'a')), with("extra", 1), with("mccMnc", "1"),
        with("gid1", "0A"), json::array(), json("text"), json(nullptr)}) {
    CAPTURE(body.dump());
    CHECK(desk.post(target, body).status == 400);
  }
  for (const char* name : {"package", "profileType"}) {
    json body = good;
    body.erase(name);
    CHECK(desk.post(target, body).status == 400);
  }
  for (const char* body : {"", "{", "{\"a\":", "\xFF\xFE", "[1,2"}) {
    CHECK(desk.ask("POST", target, body).status == 400);
  }
  CHECK(desk.imports.empty());
}

TEST_CASE("the stock is listed in pages", "[api]") {
  Desk desk;
  for (const char* iccid : {"8944500000000000018", "8944500000000000026"}) {
    ledger::ProfileRecord profile{*Iccid::parse(iccid)};
    profile.state = lifecycle::ProfileState::kReleased;
    desk.host.ledger.stock.push_back(profile);
  }
  const std::string target = "/v1/tenants/tenant-a/profiles";
  const json first = desk.get(target + "?max=1");
  CHECK(first.at("profiles")[0].at("state") == "Released");
  const json second = desk.get(target + "?max=1&after=" + first.at("next").get<std::string>());
  CHECK(second.at("profiles")[0].at("iccid") == "8944500000000000026");
  CHECK(desk.ask("GET", target + "?max=1001").status == 400);
  desk.host.ledger.failure = Error(ErrorCode::kUnavailable, "ledger.busy", "later")
                                 .with_retry_after(std::chrono::milliseconds(1500));
  const auto refused = desk.ask("GET", target);
  CHECK(refused.status == 503);
  CHECK(refused.headers == decltype(refused.headers){{"Retry-After", "2"}});
}

TEST_CASE("an order is placed as operator and answers with the code", "[api]") {
  Desk desk;
  const auto response = desk.post("/v1/tenants/tenant-a/orders", {{"identifier", "id-1"},
                                                                  {"profileType", "gold"},
                                                                  {"eid", kGoodEid},
                                                                  {"confirmationCode", "1234"}});
  INFO(response.body);
  REQUIRE(response.status == 201);
  CHECK(json::parse(response.body).at("activationCode") == "1$rsp.tenant-a.example$ABCD-EFGH");
  REQUIRE(desk.orders.size() == 1);
  CHECK(desk.orders[0].requester == "operator");
  CHECK(desk.orders[0].eid->text() == kGoodEid);
  CHECK(desk.orders[0].confirmation_code == "1234");
}

TEST_CASE("an order's further terms reach the service as they were meant", "[api]") {
  Desk desk;
  const std::string target = "/v1/tenants/tenant-a/orders";
  const json body{{"identifier", "id-1"},
                  {"profileType", "gold"},
                  {"eid", kGoodEid},
                  {"defaultUse", true},
                  {"release", false},
                  {"expiresAt", "2027-01-15T08:00:00Z"},
                  {"preset", {{"expired", true}, {"attemptsUsedUp", true}}}};
  const auto placed = desk.post(target, body);
  INFO(placed.body);
  REQUIRE(placed.status == 201);
  const smdpplus::OrderRequest& order = desk.orders.at(0);
  CHECK(order.default_use);
  CHECK_FALSE(order.release);
  CHECK(order.expires_ms == 1'800'000'000'000);
  CHECK(order.preset->expired);
  CHECK(order.preset->attempts_used_up);
  CHECK_FALSE(order.preset->code_attempts_used_up);
  REQUIRE(desk.post(target, {{"identifier", "x"}, {"profileType", "g"}, {"lifetimeMs", 60000}})
              .status == 201);
  CHECK(desk.orders.at(1).lifetime_ms == 60'000);
  CHECK(desk.orders.at(1).release);
  CHECK_FALSE(desk.orders.at(1).preset.has_value());
  for (const json& wrong :
       {json{{"release", "yes"}}, json{{"lifetimeMs", -1}}, json{{"lifetimeMs", 1.5}},
        json{{"expiresAt", "tomorrow"}}, json{{"expiresAt", "2027-02-30T00:00:00Z"}},
        json{{"preset", true}}, json{{"preset", {{"expiered", true}}}},
        json{{"defaultUse", nullptr}}}) {
    CAPTURE(wrong.dump());
    json bad{{"identifier", "id-2"}, {"profileType", "gold"}};
    bad.update(wrong);
    CHECK(desk.post(target, bad).status == 400);
  }
  CHECK(desk.orders.size() == 2);
}

TEST_CASE("an order placed before is found by its identifier", "[api]") {
  Desk desk;
  CHECK(desk.get("/v1/tenants/tenant-a/orders?identifier=id-1").at("matchingId") == "");
  CHECK(reason_of(desk.ask("GET", "/v1/tenants/tenant-a/orders?identifier=x")) == "order.unknown");
  CHECK(desk.ask("GET", "/v1/tenants/tenant-a/orders").status == 400);
}

TEST_CASE("an order is cancelled, released and placed again by its id or ICCID", "[api]") {
  Desk desk;
  const std::string orders = "/v1/tenants/tenant-a/orders/";
  CHECK(
      desk.post(orders + "o%2F1/cancel", {{"identifier", "i"}, {"profile", "Available"}}).status ==
      200);
  CHECK(desk.post(orders + "o1/cancel", {{"identifier", "i"}, {"profile", "Unavailable"}}).status ==
        200);
  CHECK(desk.post(orders + "o1/release", {{"identifier", "i"}}).status == 200);
  CHECK(desk.steps == std::vector<std::string>{"cancel to stock|operator|i|o/1",
                                               "cancel for good|operator|i|o1",
                                               "release|operator|i|o1"});
  CHECK(desk.post(orders + "o1/reorder",
                  {{"identifier", "i"}, {"keepConfirmationCode", true}, {"matchingId", "AGAIN"}})
            .status == 201);
  REQUIRE(desk.reorders.size() == 1);
  CHECK(desk.reorders[0].call.key == "o1");
  CHECK(desk.reorders[0].keep_confirmation_code);
  CHECK(desk.reorders[0].matching_id->text() == "AGAIN");
  CHECK(desk.post(orders + "o1/cancel", {{"identifier", "i"}}).status == 400);
  CHECK(desk.post(orders + "o1/cancel", {{"identifier", "i"}, {"profile", "Gone"}}).status == 400);
  CHECK(desk.post(orders + "o1/release", {{"identifier", ""}}).status == 400);
  CHECK(desk.post(orders + "o1/release", json::object()).status == 400);
  CHECK(desk.post(orders + "o1/reorder",
                  {{"identifier", "i"}, {"defaultUse", true}, {"matchingId", "AGAIN"}})
            .status == 400);
  desk.failure = rsp::RspError{"8.2.1", "3.5", "the profile is Available"};
  const auto refused = desk.post(orders + "o1/release", {{"identifier", "j"}});
  CHECK(refused.status == 409);
  CHECK(reason_of(refused) == "8.2.1/3.5");
}

TEST_CASE("profile types are defined under their names, tried first, listed and shown", "[api]") {
  Desk desk;
  const std::string types = "/v1/tenants/tenant-a/profile-types";
  CHECK(desk.ask("PUT", types + "/gold%20card", "{}").status == 200);
  CHECK(desk.ask("PUT", types + "/gold?dryRun=true", "{}").status == 200);
  CHECK(desk.ask("PUT", types + "/gold?dryRun=yes", "{}").status == 400);
  CHECK(desk.types == std::vector<std::string>{"gold card|{}", "gold|{}|dry"});
  desk.host.ledger.types.push_back({"gold", 3, R"({"name":"gold","profileName":"G"})", 5});
  const json list = desk.get(types);
  CHECK(list.at("profileTypes")[0].at("profileName") == "G");
  CHECK(list.at("next") == "gold");
  CHECK(desk.get(types + "/gold").at("revision") == 3);
  CHECK(reason_of(desk.ask("GET", types + "/silver")) == "profile_type.unknown");
  CHECK(desk.ask("GET", types + "?max=0x1").status == 400);
}

TEST_CASE("reports are listed by state, and a dead one is sent again", "[api][R86:part]") {
  Desk desk;
  const std::string reports = "/v1/tenants/tenant-a/reports";
  desk.host.ledger.reports.push_back({.report_id = "r-1",
                                      .iccid = *Iccid::parse(kGoodIccid),
                                      .point = 4,
                                      .body = "{}",
                                      .state = ledger::ReportState::kDead,
                                      .tries = 84,
                                      .problem = "egress.timeout"});
  const json dead = desk.get(reports + "?state=dead").at("reports");
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].at("problem") == "egress.timeout");
  CHECK(desk.get(reports + "?state=pending").at("reports").empty());
  CHECK(desk.ask("GET", reports).status == 400);
  CHECK(desk.ask("GET", reports + "?state=lost").status == 400);
  CHECK(desk.post(reports + "/r-1/retry", json::object()).status == 200);
  CHECK(desk.retries == std::vector<std::string>{"r-1"});
  desk.failure = smdpplus::Failure(Error(ErrorCode::kNotFound, "report.unknown", "no"));
  CHECK(desk.post(reports + "/r-2/retry", json::object()).status == 404);
}

TEST_CASE("typing errors in EID and ICCID are told precisely", "[api][R95:part]") {
  Desk desk;
  const auto order = [&desk](const json& more) {
    json body{{"identifier", "id-1"}, {"profileType", "gold"}};
    body.update(more);
    return desk.post("/v1/tenants/tenant-a/orders", body);
  };
  CHECK(reason_of(order({{"eid", "89049032123451234512345678901236"}})) == "api.eid");
  CHECK(reason_of(order({{"eid", "8904"}})) == "api.eid");
  CHECK(reason_of(order({{"iccid", "8944500000000000019"}})) == "api.iccid");
  CHECK(order({{"eid", "8904"}}).status == 400);
  CHECK(order({{"matchingId", "A$B"}}).status == 400);
  CHECK(desk.post("/v1/tenants/tenant-a/orders", {{"identifier", "id-1"}}).status == 400);
  CHECK(desk.post("/v1/tenants/tenant-a/orders", {{"profileType", "gold"}}).status == 400);
  CHECK(desk.orders.empty());
}

TEST_CASE("a refusal of the standard is 409 with its code pair", "[api]") {
  Desk desk;
  desk.failure = rsp::RspError{"8.2.5", "3.7", "no profile of this type is left"};
  const auto response =
      desk.post("/v1/tenants/tenant-a/orders", {{"identifier", "i"}, {"profileType", "gold"}});
  CHECK(response.status == 409);
  const json error = json::parse(response.body).at("error");
  CHECK(error.at("subjectCode") == "8.2.5");
  CHECK(error.at("reasonCode") == "3.7");
  CHECK(error.at("code") == "refused");
}

TEST_CASE("events carry their octets verbatim as text", "[api][R76]") {
  Desk desk;
  const std::string body = "{\"b\":1 , \"a\":\"\\u00fc\xC3\xBC\"}";
  desk.host.ledger.sent.push_back({4, 1, "e-4", "profileDownloadResult", body, 5});
  const json answer = desk.get("/v1/tenants/tenant-a/events?after=3&max=10");
  CHECK(answer.at("events")[0].at("body") == body);
  CHECK(answer.at("next") == 4);
  CHECK(desk.get("/v1/tenants/tenant-a/events?after=4").at("next") == 4);
  CHECK(desk.ask("GET", "/v1/tenants/tenant-a/events?after=-1").status == 400);
}

TEST_CASE("a story is asked with the code as typed, LPA: or not", "[api]") {
  Desk desk;
  const json story = desk.get("/v1/tenants/tenant-a/story?key=LPA%3A1%24rsp.example%24ABCD");
  CHECK(desk.stories == std::vector<std::string>{"1$rsp.example$ABCD"});
  CHECK(story.at("steps")[0].at("title") == "ordered");
  CHECK(desk.ask("GET", "/v1/tenants/tenant-a/story").status == 400);
}

TEST_CASE("both audit chains can be verified", "[api]") {
  Desk desk;
  CHECK(desk.get("/v1/audit/verify").at("records") == 3);
  desk.host.ledger.verdict = {false, 10, 0, 6, "hash does not fit"};
  const json verdict = desk.get("/v1/tenants/tenant-a/audit/verify");
  CHECK(verdict.at("intact") == false);
  CHECK(verdict.at("firstBadSequence") == 6);
}

TEST_CASE("status code pairs are explained", "[api]") {
  Desk desk;
  const json meaning = desk.get("/v1/explain?pair=8.2.6/3.8");
  CHECK_FALSE(meaning.at("meaning").get<std::string>().empty());
  CHECK_FALSE(meaning.at("nextStep").get<std::string>().empty());
  CHECK(reason_of(desk.ask("GET", "/v1/explain?pair=99.9/99.9")) == "api.unknown_pair");
  CHECK(desk.ask("GET", "/v1/explain").status == 400);
}

TEST_CASE("the doctor's report and a key import pass through the host", "[api]") {
  Desk desk;
  const json report = desk.get("/v1/doctor");
  CHECK(report.at("red") == true);
  CHECK(report.at("findings")[1].at("remedy") == "make room");
  CHECK(desk.post("/v1/pki/keys", {{"reference", "dpauth"}, {"pem", "PEM"}, {"usage", "sign"}})
            .status == 201);
  CHECK(desk.keys == std::vector<std::string>{"dpauth|PEM|sign"});
  const auto bad =
      desk.post("/v1/pki/keys", {{"reference", "x"}, {"pem", "SECRET"}, {"usage", "y"}});
  CHECK(bad.status == 400);
  CHECK(bad.body.find("SECRET") == std::string::npos);
}

TEST_CASE("no address or body makes the API throw", "[api]") {
  Desk desk;
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::string alphabet = "/v1tenants?key=%24&\"{}[]:,\\\xC3\xFF";
  for (int round = 0; round < 3000; ++round) {
    std::string target = "/v1/tenants/tenant-a/";
    target += std::vector<std::string>{"orders",  "profiles",      "story",   "events",
                                       "reports", "profile-types", "orders/x"}[random() % 7];
    std::string body;
    for (auto i = random() % 20; i > 0; --i) target += alphabet[random() % alphabet.size()];
    for (auto i = random() % 20; i > 0; --i) body += alphabet[random() % alphabet.size()];
    const int status = desk.ask(random() % 2 == 0 ? "GET" : "POST", target, body).status;
    CHECK((status == 200 || status == 400 || status == 404));
  }
}
