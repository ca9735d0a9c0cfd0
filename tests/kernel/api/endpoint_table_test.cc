// Goal: who may do what is what this list says, row by row, and nothing else. Method: the list is
// written down here a second time, as letters; every endpoint is asked with every role through the
// whole API, and whether it was let in must be as written.

#include "kernel/api/endpoint_table.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/kernel/api/fakes.h"

namespace berth::api {
namespace {

// o perator, a pprover, A uditor, t enant; "!": its answer is personal data.
const std::map<std::string, std::string> kWho = {
    {"GET whoami", "oaAt"},
    {"GET explain", "oaAt"},
    {"GET status", "oaA"},
    {"GET doctor", "oaA"},
    {"GET audit", "A!"},
    {"GET audit/verify", "oaA"},
    {"POST pki/keys", "o"},
    {"POST pki/keys/generate", "o"},
    {"POST pki/requests", "o"},
    {"GET plugins", "oaA"},
    {"POST plugins/swap", "o"},
    {"GET tls", "oaA"},
    {"POST tls/reload", "o"},
    {"GET routes", "oaA"},
    {"GET routes/document", "oaA"},
    {"GET routes/history", "oaA"},
    {"GET routes/diff", "oaA"},
    {"POST routes/apply", "o"},
    {"POST routes/rollback", "o"},
    {"GET routes/explain", "oaA!"},
    {"GET routes/proof", "oaA"},
    {"GET routes/key", "oaA"},
    {"GET routes/report", "oaA"},
    {"GET exits/{name}", "oaA"},
    {"POST exits/{name}/export", "o!"},
    {"GET exits/{name}/file", "o!"},
    {"POST exits/{name}/end", "o"},
    {"GET exits/{name}/certificate", "oaA"},
    {"GET moves/{name}", "oaA"},
    {"POST moves/{name}/start", "o"},
    {"POST moves/{name}/hand-over", "o"},
    {"POST moves/{name}/abort", "o"},
    {"POST moves/{name}/take-back", "o"},
    {"GET approvals", "oaA!"},
    {"GET approvals/{name}", "oaA!"},
    {"POST approvals/{name}/approve", "a!"},
    {"POST approvals/{name}/reject", "oa!"},
    {"GET break-glass", "oaA"},
    {"POST break-glass", "o"},
    {"POST break-glass/{name}/acknowledge", "oaA"},
    {"GET tenants", "oaAt"},
    {"POST tenants", "o"},
    {"GET tenants/{tenant}", "oaAt"},
    {"GET tenants/{tenant}/life", "oaAt"},
    {"POST tenants/{tenant}/activate", "o"},
    {"POST tenants/{tenant}/suspend", "o"},
    {"POST tenants/{tenant}/resume", "o"},
    {"GET tenants/{tenant}/limits", "oaAt"},
    {"POST tenants/{tenant}/limits", "o"},
    {"GET tenants/{tenant}/profiles", "oAt!"},
    {"POST tenants/{tenant}/profiles", "o!"},
    {"POST tenants/{tenant}/profiles/{name}/release-quarantine", "o!"},
    {"GET tenants/{tenant}/orders", "oAt!"},
    {"POST tenants/{tenant}/orders", "o!"},
    {"POST tenants/{tenant}/orders/{name}/cancel", "o!"},
    {"POST tenants/{tenant}/orders/{name}/release", "o!"},
    {"POST tenants/{tenant}/orders/{name}/reorder", "o!"},
    {"GET tenants/{tenant}/profile-types", "oAt"},
    {"GET tenants/{tenant}/profile-types/{name}", "oAt"},
    {"PUT tenants/{tenant}/profile-types/{name}", "o"},
    {"GET tenants/{tenant}/reports", "oAt!"},
    {"POST tenants/{tenant}/reports/{name}/retry", "o"},
    {"GET tenants/{tenant}/events", "oAt!"},
    {"GET tenants/{tenant}/story", "oaAt!"},
    {"GET tenants/{tenant}/audit/verify", "oaAt"},
    {"POST tenants/{tenant}/plugins/rating/try", "o"},
    {"POST tenants/{tenant}/plugins/bss/try", "o"},
    {"POST tenants/{tenant}/plugins/registrar/try", "o"},
    {"GET tenants/{tenant}/data-keys", "oA"},
    {"POST tenants/{tenant}/data-keys/rewrap", "o"},
};

struct Person {
  char letter;
  OperatorRole role;
  std::uint32_t uid;
};
constexpr Person kPeople[] = {{'o', OperatorRole::kOperator, 1},
                              {'a', OperatorRole::kApprover, 2},
                              {'A', OperatorRole::kAuditor, 3},
                              {'t', OperatorRole::kTenant, 4}};

std::string name_of(const Endpoint& endpoint) {
  return std::string(endpoint.method) + " " + std::string(endpoint.path);
}

std::string with(std::string path, const std::string& mark, const std::string& text) {
  const std::size_t at = path.find(mark);
  return at == std::string::npos ? path : path.replace(at, mark.size(), text);
}

// The API over doubles whose services are not there: who is let in gets some refusal of theirs.
struct Desk {
  explicit Desk(std::vector<tenancy::OperatorAccount> accounts)
      : api(host.tenants, host.host_ledger, host.clock, host.random, services(), hooks(),
            HostFacts{}, Governance{Access(std::move(accounts), true), true}) {}

  static HostHooks hooks() {
    const Error no(ErrorCode::kUnsupported, "test.unsupported", "not in this test");
    HostHooks hooks;
    hooks.doctor = [] { return DoctorReport{}; };
    hooks.bindings = [] { return std::vector<PluginInstanceFacts>(); };
    hooks.add_tenant = [no](const TenantId&) { return Result<TenantAddition>(no); };
    hooks.swap_plugin = [no](const PluginSwap&) { return Result<PluginSwapped>(no); };
    hooks.generate_key = [no](const KeyWish&) { return Result<Bytes>(no); };
    hooks.import_key = [no](const std::string&, std::string_view, const std::string&) {
      return Result<void>(no);
    };
    hooks.served_certificates = [] { return std::vector<ingress::ServedCertificate>(); };
    hooks.reload_certificates = [no] {
      return Result<std::vector<ingress::ServedCertificate>>(no);
    };
    hooks.change_limits = [no](context::TenantContext&, const tenancy::LimitSettings&) {
      return Result<void>(no);
    };
    hooks.request_certificate = [no](const CertificateWish&) { return Result<std::string>(no); };
    hooks.data_keys = [no](const TenantId&) { return Result<std::vector<DataKeyFacts>>(no); };
    hooks.rewrap_data_keys = [no](const TenantId&, bool) {
      return Result<std::vector<DataKeyFacts>>(no);
    };
    return hooks;
  }
  static Services services() {
    const Error no(ErrorCode::kUnsupported, "test.unsupported", "not in this test");
    Services services;
    services.tell_story = [no](context::TenantContext&, std::string_view) {
      return Result<smdpplus::Story>(no);
    };
    services.retry_report = [no](context::TenantContext&, const std::string&) {
      return Result<void, smdpplus::Failure>(smdpplus::Failure(no));
    };
    services.define_profile_type = [no](context::TenantContext&, std::string_view, std::string_view,
                                        bool) {
      return Result<DefinedType, smdpplus::Failure>(smdpplus::Failure(no));
    };
    return services;
  }

  ingress::HttpResponse ask(std::uint32_t uid, const Endpoint& endpoint,
                            const std::string& tenant = "tenant-a") {
    ingress::HttpRequest request;
    request.request_id = "r-1";
    request.peer_uid = uid;
    request.method = endpoint.method;
    request.path =
        "/v1/" + with(with(std::string(endpoint.path), "{tenant}", tenant), "{name}", "x");
    if (endpoint.path.ends_with("story")) request.query = "key=ABC";
    if (endpoint.acts()) request.body = "{}";
    return api.handle(request);
  }

  test::FakeHost host;
  OperatorApi api;
};

Desk desk_of_everybody() {
  std::vector<tenancy::OperatorAccount> accounts;
  for (const Person& person : kPeople) {
    accounts.push_back({std::string(1, person.letter), {person.role}, person.uid, {}, {}});
  }
  accounts.back().tenant = *TenantId::parse("tenant-a");
  return Desk(std::move(accounts));
}

std::string reason_of(const ingress::HttpResponse& response) {
  const auto body = nlohmann::json::parse(response.body, nullptr, false);
  return body.contains("error") ? body.at("error").at("reason").get<std::string>() : "";
}

}  // namespace

TEST_CASE("every endpoint lets in exactly the roles that are written down, and audits them",
          "[api][R9:part]") {
  std::set<std::string> seen;
  for (const Endpoint& endpoint : endpoints()) {
    CAPTURE(name_of(endpoint));
    REQUIRE(kWho.contains(name_of(endpoint)));
    CHECK(seen.insert(name_of(endpoint)).second);
    const std::string& who = kWho.at(name_of(endpoint));
    const bool personal = who.back() == '!';
    CHECK((endpoint.data == Data::kPersonal) == personal);
    for (const Person& person : kPeople) {
      CAPTURE(person.letter);
      Desk desk = desk_of_everybody();
      const auto response = desk.ask(person.uid, endpoint);
      const bool let_in = who.find(person.letter) != std::string::npos;
      CHECK((response.status != 403) == let_in);
      if (!let_in) CHECK(reason_of(response) == "access.role");
      const auto& audited = desk.host.host_ledger.audited;
      if (!let_in) {
        REQUIRE(audited.size() == 1);
        CHECK(audited[0].type == "operator.denied");
      } else if (endpoint.acts()) {
        REQUIRE_FALSE(audited.empty());
        CHECK(audited[0].type == "operator.action");
        CHECK(audited[0].payload_json.find(name_of(endpoint)) != std::string::npos);
      } else {
        CHECK((audited.empty() ? "" : audited[0].type) == (personal ? "operator.read" : ""));
      }
    }
  }
  CHECK(seen.size() == kWho.size());
}

TEST_CASE("a tenant's identity sees its own tenant, and cannot tell whether there are others",
          "[api][R6:part][R7:part]") {
  std::vector<tenancy::OperatorAccount> accounts(1);
  accounts[0] = {"t", {OperatorRole::kTenant}, 4, {}, *TenantId::parse("tenant-b")};
  Desk desk(std::move(accounts));
  for (const Endpoint& endpoint : endpoints()) {
    if (endpoint.path.find("{tenant}") == std::string_view::npos) continue;
    if (!endpoint.roles.has(OperatorRole::kTenant)) continue;
    CAPTURE(name_of(endpoint));
    const auto foreign = desk.ask(4, endpoint, "tenant-a");
    const auto unknown = desk.ask(4, endpoint, "tenant-zzz");
    CHECK(foreign.status == 404);
    CHECK(reason_of(foreign) == "api.unknown_tenant");
    CHECK(foreign.body == unknown.body);
  }
  const auto list = desk.ask(4, *match("GET", "/v1/tenants")->endpoint);
  CHECK(list.body.find("tenant-a") == std::string::npos);
}

TEST_CASE("nobody is let in anywhere without being known", "[api][R9:part]") {
  Desk desk = desk_of_everybody();
  for (const Endpoint& endpoint : endpoints()) {
    CAPTURE(name_of(endpoint));
    const auto response = desk.ask(99, endpoint);
    CHECK(response.status == 401);
    CHECK(reason_of(response) == "access.unknown");
  }
  // A flood of them is counted, not written one by one.
  CHECK(desk.host.host_ledger.audited.size() <= 3);
}

TEST_CASE("what cannot be audited is neither done nor shown", "[api]") {
  Desk desk = desk_of_everybody();
  desk.host.host_ledger.failure = Error(ErrorCode::kUnavailable, "ledger.unavailable", "test");
  for (const Endpoint& endpoint : endpoints()) {
    if (!endpoint.acts() && endpoint.data != Data::kPersonal) continue;
    CAPTURE(name_of(endpoint));
    for (const Person& person : kPeople) {
      if (!endpoint.roles.has(person.role)) continue;
      const auto response = desk.ask(person.uid, endpoint);
      CHECK(response.status == 503);
      CHECK(response.body.find("not audited") != std::string::npos);
    }
  }
}

TEST_CASE("an address is matched whole, with its method", "[api]") {
  CHECK(match("GET", "/v1/tenants/a/orders")->tenant == "a");
  const auto cancel = match("POST", "/v1/tenants/a/orders/o%2F1/cancel");
  REQUIRE(cancel);
  CHECK(cancel->name == "o%2F1");
  for (const char* path :
       {"", "/", "/v1", "/v1/", "/v2/status", "/v1/status/", "/v1//status", "/v1/tenants//orders",
        "/v1/tenants/a/orders/", "v1/status", "/v1/tenants/a/orders/o/1/cancel", "/v1/STATUS"}) {
    CAPTURE(path);
    CHECK_FALSE(match("GET", path).has_value());
  }
  CHECK_FALSE(match("DELETE", "/v1/status").has_value());
  CHECK_FALSE(match("get", "/v1/status").has_value());
}

}  // namespace berth::api
