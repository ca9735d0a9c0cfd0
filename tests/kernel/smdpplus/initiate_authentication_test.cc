#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

using rsp::sgp22::InitiateAuthenticationRequest;

// Each breaks the request in one way; in the order the standard checks them.
struct Fault {
  const char* pair;
  void (*make)(InitiateAuthenticationRequest&);
};
const Fault kFaults[] = {
    {"8.8.1/3.8", [](auto& request) { request.smdp_address = "rsp.bravo.example"; }},
    {"8.8.3/3.1",
     [](auto& request) {
       request.euicc_info1.svn = {3, 0, 0};
     }},
    {"8.8.2/3.1", [](auto& request) { request.euicc_info1.ci_ids_for_signing = {Bytes(20, 7)}; }},
    {"8.8.4/3.7",
     [](auto& request) { request.euicc_info1.ci_ids_for_verification = {Bytes(20, 7)}; }},
};

}  // namespace

TEST_CASE("a card that fits is answered with a signed challenge the card accepts",
          "[smdpplus][R22]") {
  const Curve curve = GENERATE(Curve::kP256, Curve::kBrainpoolP256r1);
  Site site({.curve = curve});
  Phone phone(site);
  const auto request = phone.initiate();
  const auto answer = must(site.es9->initiate_authentication(site.tenant(), "test", request));
  CHECK(answer.transaction_id.octets().size() == 16);
  CHECK(answer.euicc_ci_pk_id_to_be_used == site.ci->subject_key_id());
  CHECK(answer.server_certificate == site.dp_auth->certificate);
  const auto certificate = must(rsp::pki::Certificate::parse(answer.server_certificate));
  CHECK(certificate.public_key().verify({answer.server_signed1}, answer.server_signature1));
  // The fixture's card REQUIREs that it accepts signature, challenge and certificate.
  phone.authenticate(answer, "");
}

TEST_CASE("each thing wrong with InitiateAuthentication has its pair and costs no signature",
          "[smdpplus][R126]") {
  Site site;
  Phone phone(site);
  const Mark before = site.mark();
  const int signatures = site.hsm.signatures;
  for (const Fault& fault : kFaults) {
    auto request = phone.initiate();
    fault.make(request);
    CHECK(say(site.es9->initiate_authentication(site.tenant(), "test", request)) == fault.pair);
  }
  CHECK(site.hsm.signatures == signatures);
  CHECK(site.told(before) == "events: -; usage: -; audit: -");
  const auto totals = site.es9->refusal_totals(site.tenant().id());
  for (const Fault& fault : kFaults) {
    CHECK(totals.at("InitiateAuthentication " + std::string(fault.pair)) == 1);
  }
}

TEST_CASE("of two things wrong with InitiateAuthentication the first in order is answered",
          "[smdpplus]") {
  Site site;
  Phone phone(site);
  for (std::size_t first = 0; first < std::size(kFaults); ++first) {
    for (std::size_t second = first + 1; second < std::size(kFaults); ++second) {
      auto request = phone.initiate();
      kFaults[second].make(request);
      kFaults[first].make(request);
      INFO(kFaults[second].pair);
      CHECK(say(site.es9->initiate_authentication(site.tenant(), "test", request)) ==
            kFaults[first].pair);
    }
  }
}

TEST_CASE("the address may be spelt as SGP.22 allows and is signed as it was sent",
          "[smdpplus][R48]") {
  Site site;
  Phone phone(site);
  for (const char* spelling :
       {"RSP.Alpha.Example", "rsp.alpha.example.", "rsp.alpha.example:443"}) {
    const auto answer =
        must(site.es9->initiate_authentication(site.tenant(), "test", phone.initiate(spelling)));
    CHECK(as_text(answer.server_signed1).find(spelling) != std::string_view::npos);
  }
  for (const char* other : {"", "rsp.alpha.example.org", "alpha.example", "rsp alpha example"}) {
    CHECK(say(site.es9->initiate_authentication(site.tenant(), "test", phone.initiate(other))) ==
          "8.8.1/3.8");
  }
}

TEST_CASE("no two sessions share a transaction id or a challenge", "[smdpplus]") {
  Site site;
  Phone phone(site);
  const auto one = phone.initiated();
  const auto two = phone.initiated();
  CHECK(one.transaction_id != two.transaction_id);
  CHECK(one.server_signed1 != two.server_signed1);
}

TEST_CASE("a flood of beginnings pushes itself out and nobody else", "[smdpplus]") {
  Site site({.limits = {.max_sessions_per_tenant = 2}});
  Phone phone(site);
  const auto order = site.order();
  phone.authenticated(order.matching_id.text());
  for (int begun = 0; begun < 10; ++begun) {
    CHECK(say(site.es9->initiate_authentication(site.tenant(), "test", phone.initiate())) == "ok");
  }
  // The other tenant's table is its own.
  CHECK(say(site.es9->initiate_authentication(*site.bravo.context, "test",
                                              phone.initiate("rsp.bravo.example"))) == "ok");
}

TEST_CASE("a table full of authenticated sessions answers 503 before any signature",
          "[smdpplus][R126]") {
  Site site({.limits = {.session_lifetime_ms = 1000, .max_sessions_per_tenant = 1}});
  Phone phone(site);
  const auto order = site.order();
  phone.authenticated(order.matching_id.text());
  const int signatures = site.hsm.signatures;
  const auto full = site.es9->initiate_authentication(site.tenant(), "test", phone.initiate());
  CHECK(say(full) == "resource_exhausted es9.sessions_exhausted");
  CHECK(std::get<Error>(full.error()).retry_after() == std::chrono::seconds(30));
  CHECK(site.hsm.signatures == signatures);
  site.clock.advance(std::chrono::seconds(1));
  CHECK(say(site.es9->initiate_authentication(site.tenant(), "test", phone.initiate())) == "ok");
}

TEST_CASE("beyond its concurrent downloads a tenant's beginnings are 503 before any signature",
          "[smdpplus][R125][R126]") {
  Site site({.configure = [](tenancy::TenantConfiguration& tenant) {
    tenant.limits.set(tenancy::Limit::kConcurrentDownloads, 1);
  }});
  Phone phone(site);
  const auto order = site.order();
  phone.authenticated(order.matching_id.text());
  const int signatures = site.hsm.signatures;
  CHECK(say(site.es9->initiate_authentication(site.tenant(), "test", phone.initiate())) ==
        "resource_exhausted es9.sessions_exhausted");
  CHECK(site.hsm.signatures == signatures);
  const auto use = site.tenant().limits().use(tenancy::Limit::kConcurrentDownloads);
  CHECK(use.allowed == 1);
  CHECK(use.refused == 1);
}

TEST_CASE("an HSM that fails to sign is 503 and leaves no session", "[smdpplus]") {
  Site site({.limits = {.max_sessions_per_tenant = 1}});
  Phone phone(site);
  site.hsm.failures.emplace("sign", Error(ErrorCode::kUnavailable, "hsm.gone", "test"));
  CHECK(say(site.es9->initiate_authentication(site.tenant(), "test", phone.initiate())) ==
        "unavailable hsm.gone");
  site.hsm.failures.clear();
  CHECK(say(site.es9->initiate_authentication(site.tenant(), "test", phone.initiate())) == "ok");
}

}  // namespace berth::smdpplus::testing
