#include <nlohmann/json.hpp>

#include "kernel/rsp/sgp22/metadata.h"
#include "kernel/smdpplus/commit.h"
#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

using rsp::sgp22::AuthenticateClientRequest;
using rsp::sgp22::AuthenticateResponseOk;

const TransactionId kNoTransaction = *TransactionId::from_octets(Bytes(16));
constexpr const char* kAuthenticated =
    "events: downloadProgress; usage: download.attempted; audit: download.authenticated";
constexpr const char* kRefused = "events: -; usage: -; audit: download.refused";
constexpr const char* kNothing = "events: -; usage: -; audit: -";

AuthenticateResponseOk& ok(AuthenticateClientRequest& request) {
  return std::get<AuthenticateResponseOk>(request.response);
}

// Everything a case of this page begins with: an order, and a card that answered the server.
struct Scene {
  explicit Scene(const SiteOptions& options = {},
                 const std::function<void(OrderRequest&)>& shape = {},
                 std::string_view eid = kAlphaEid)
      : site(options), phone(site, eid), order(site.order(shape)) {
    request = phone.authenticate(phone.initiated(), order.matching_id.text());
    before = site.mark();
  }
  std::string send() { return say(site.es9->authenticate_client(site.tenant(), "test", request)); }

  Site site;
  Phone phone;
  OrderAnswer order;
  AuthenticateClientRequest request{kNoTransaction,
                                    rsp::sgp22::AuthenticateResponseError{kNoTransaction, 0}};
  Mark before;
};

// Faults of the card's answer, in the order the standard checks them.
struct Fault {
  const char* pair;
  bool recorded;  // the card's chain was good: the refusal is a record of its own
  void (*make)(Scene&);
};
const Fault kFaults[] = {
    {"8.11.1/3.9", false,
     [](Scene& scene) {
       auto foreign = must(testpki::TestCi::create(Curve::kP256, "Foreign CI", scene.site.clock,
                                                   scene.site.random));
       ok(scene.request).eum_certificate = must(foreign.issue_eum({})).issued().certificate;
     }},
    {"8.1.2/6.3", false,
     [](Scene& scene) {
       ok(scene.request).eum_certificate =
           must(scene.site.ci->issue_eum({.flaw = testpki::Flaw::kExpired})).issued().certificate;
     }},
    {"8.1.3/6.1", false, [](Scene& scene) { ok(scene.request).euicc_certificate.back() ^= 1; }},
    {"8.1/6.1", true, [](Scene& scene) { ok(scene.request).signature1[7] ^= 1; }},
    {"8.1/6.1", true, [](Scene& scene) { ok(scene.request).server_challenge[0] ^= 1; }},
    {"8.10.1/3.9", true,
     [](Scene& scene) {
       ok(scene.request).transaction_id = *TransactionId::from_octets(Bytes(16, 9));
     }},
    {"8.1/6.1", true, [](Scene& scene) { ok(scene.request).server_address = "rsp.bravo.example"; }},
    {"8.2.6/3.8", true,
     [](Scene& scene) { ok(scene.request).matching_id = *MatchingId::parse("NOT-AN-ORDER"); }},
};

}  // namespace

TEST_CASE("authentication is one commit that counts the attempt", "[smdpplus][R75][R79]") {
  const Curve curve = GENERATE(Curve::kP256, Curve::kBrainpoolP256r1);
  Scene scene({.curve = curve},
              [](OrderRequest& request) { request.correlation_id = "correlate-me"; });
  const auto answer =
      must(scene.site.es9->authenticate_client(scene.site.tenant(), "test", scene.request));
  CHECK(scene.site.told(scene.before) == kAuthenticated);
  CHECK(scene.site.ledger().commits == 3);  // import, order, this
  CHECK(scene.site.order_row(scene.order.order_id).attempts_used == 1);
  CHECK(scene.site.state(scene.order.iccid) == "Released");

  const auto event = nlohmann::json::parse(scene.site.events({scene.before.event, 0}).front().body);
  CHECK(event.at("stage") == "authenticated");
  CHECK(event.at("eid") == kAlphaEid);
  CHECK(event.at("iccid") == scene.order.iccid.text());
  CHECK(event.at("correlationId") == "correlate-me");
  CHECK(event.at("orderId") == scene.order.order_id);
  CHECK(event.at("attempt") == 1);
  CHECK(event.at("tenantId") == "alpha");
  CHECK(event.at("completedAt") == to_rfc3339(kStart));

  const auto metadata = must(rsp::sgp22::parse_metadata(answer.profile_metadata));
  CHECK(metadata.iccid == scene.order.iccid);
  CHECK(metadata.notification_address == "rsp.alpha.example");
  REQUIRE(metadata.owner.has_value());
  CHECK(metadata.owner->mcc_mnc.text() == "00101");
  CHECK(answer.smdp_certificate == scene.site.dp_pb->certificate);
  scene.phone.prepare(answer);  // the card accepts certificate and signature
}

TEST_CASE("each thing wrong with the card's answer has its pair and changes nothing",
          "[smdpplus]") {
  for (const Fault& fault : kFaults) {
    Scene scene;
    fault.make(scene);
    INFO(fault.pair);
    CHECK(scene.send() == fault.pair);
    CHECK(scene.site.told(scene.before) == (fault.recorded ? kRefused : kNothing));
    CHECK(scene.site.order_row(scene.order.order_id).attempts_used == 0);
    // The session ended with the refusal.
    CHECK(scene.send() == "8.10.1/3.9");
  }
}

TEST_CASE("of two things wrong with the card's answer the first in order is answered",
          "[smdpplus]") {
  for (std::size_t first = 0; first < std::size(kFaults); ++first) {
    for (std::size_t second = first + 1; second < std::size(kFaults); ++second) {
      Scene scene;
      kFaults[second].make(scene);
      kFaults[first].make(scene);
      INFO(first << " before " << second);
      CHECK(scene.send() == kFaults[first].pair);
    }
  }
}

TEST_CASE("an unknown, foreign, used or expired transaction is refused alike",
          "[smdpplus][R6:part]") {
  Scene scene({.limits = {.session_lifetime_ms = 60'000}});
  AuthenticateClientRequest unknown = scene.request;
  unknown.transaction_id = *TransactionId::from_octets(Bytes(16, 3));
  CHECK(say(scene.site.es9->authenticate_client(scene.site.tenant(), "test", unknown)) ==
        "8.10.1/3.9");
  // Of the other tenant's realm; alpha's session is untouched by it.
  CHECK(say(scene.site.es9->authenticate_client(*scene.site.bravo.context, "test",
                                                scene.request)) == "8.10.1/3.9");
  SECTION("used") {
    CHECK(scene.send() == "ok");
    CHECK(scene.send() == "8.10.1/3.9");
  }
  SECTION("expired") {
    scene.site.clock.advance(std::chrono::minutes(1));
    CHECK(scene.send() == "8.10.1/3.9");
  }
}

TEST_CASE("a card that refused the server ends the session", "[smdpplus]") {
  Scene scene;
  const auto good = scene.request;
  scene.request.response = rsp::sgp22::AuthenticateResponseError{scene.request.transaction_id, 2};
  CHECK(scene.send() == "8.1/6.1");
  scene.request = good;
  CHECK(scene.send() == "8.10.1/3.9");
}

TEST_CASE("the route comes before the code: a foreign card learns nothing about codes",
          "[smdpplus][R6:part][R7:part][R47]") {
  Scene scene({}, {}, kBravoEid);
  CHECK(scene.send() == "8.1.1/3.8");
  CHECK(scene.site.told(scene.before) == kRefused);
  const auto record = scene.site.audit(scene.before).front();
  const auto payload = nlohmann::json::parse(*record.payload);
  CHECK(payload.at("stage") == "EID");
  // The tenant's own route; whose card it was is nothing this tenant's records may tell.
  CHECK(payload.at("route").get<std::string>().find("89049032") != std::string::npos);
  CHECK(record.payload->find("bravo") == std::string::npos);
  CHECK_FALSE(payload.at("remedy").get<std::string>().empty());
  // Told in the order's own story, since the code was right.
  const ledger::Subject subject{ledger::SubjectKind::kProfile, scene.order.iccid.text()};
  CHECK(must(scene.site.ledger().history({&subject, 1})).back().type == "download.refused");

  Scene wrong_code({}, {}, kBravoEid);
  ok(wrong_code.request).matching_id = *MatchingId::parse("NOT-AN-ORDER");
  CHECK(wrong_code.send() == "8.1.1/3.8");
}

TEST_CASE("an order for one EID is refused to another card of the tenant", "[smdpplus][R102]") {
  Scene scene({}, [](OrderRequest& request) { request.eid = *Eid::parse(kOtherAlphaEid); });
  CHECK(scene.send() == "8.1.1/3.8");
  CHECK(scene.site.told(scene.before) == kRefused);
}

TEST_CASE("without a code only an order waiting for that card is found", "[smdpplus]") {
  Scene scene;
  ok(scene.request).matching_id.reset();
  CHECK(scene.send() == "8.1.1/3.8");
}

TEST_CASE("a card that cannot take the profile is told why and keeps its order", "[smdpplus]") {
  const bool ends = GENERATE(false, true);
  SiteOptions options;
  options.configure = [ends](tenancy::TenantConfiguration& tenant) {
    tenant.ineligible_ends_order = ends;
  };
  Scene scene(options);
  ok(scene.request).euicc_info2.free_nvm_bytes = 100;
  CHECK(scene.send() == "8.1/4.8");
  CHECK(scene.site.told(scene.before) ==
        (ends ? "events: profileDownloadResult; usage: download.ineligible; audit: "
                "order.ineligible download.refused"
              : kRefused));
  CHECK(scene.site.state(scene.order.iccid) == (ends ? "Error" : "Released"));
  CHECK(scene.site.order_row(scene.order.order_id).open == !ends);
}

TEST_CASE("the first and the second reason a card cannot take a profile are told apart",
          "[smdpplus]") {
  Scene scene;
  ok(scene.request).euicc_info2.uicc_capability = {0x00, 0x00};
  ok(scene.request).euicc_info2.free_nvm_bytes = 100;
  CHECK(scene.send() == "8.2.5/4.3");
}

TEST_CASE("an order can be used up to and including its last millisecond", "[smdpplus]") {
  Scene scene({.order_lifetime_ms = 60'000});
  const auto late = GENERATE(false, true);
  scene.site.clock.advance(std::chrono::milliseconds(60'000 + (late ? 1 : 0)));
  CHECK(scene.send() == (late ? "8.8.5/4.10" : "ok"));
  CHECK(scene.site.told(scene.before) == (late ? kRefused : kAuthenticated));
}

TEST_CASE("an expired order is answered by the commit when the clock passed it meanwhile",
          "[smdpplus]") {
  Scene scene;
  scene.site.ledger().on_commit = [](const ledger::Unit&) {
    return ledger::Refused{ledger::RefusalReason::kExpired};
  };
  CHECK(scene.send() == "8.8.5/4.10");
  CHECK(scene.site.told(scene.before) == kRefused);
}

TEST_CASE("the attempt over the limit ends the order in one commit", "[smdpplus][R107]") {
  Scene scene({.attempts_max = 2});
  CHECK(scene.send() == "ok");
  scene.phone.authenticated(scene.order.matching_id.text());
  scene.request = scene.phone.authenticate(scene.phone.initiated(), scene.order.matching_id.text());
  const Mark before = scene.site.mark();
  CHECK(scene.send() == "8.8.5/6.4");
  CHECK(scene.site.told(before) ==
        "events: profileDownloadResult; usage: download.attempts_exceeded; audit: "
        "order.attempts_exceeded download.refused");
  CHECK(scene.site.events({before.event, 0}).front().body.find("RSP-4300") != std::string::npos);
  CHECK(scene.site.state(scene.order.iccid) == "Error");
  CHECK_FALSE(scene.site.order_row(scene.order.order_id).open);
  // The code goes on saying why it ended.
  scene.request = scene.phone.authenticate(scene.phone.initiated(), scene.order.matching_id.text());
  CHECK(scene.send() == "8.8.5/6.4");
}

TEST_CASE("an order that ends after a package was out destroys the retry material", "[smdpplus]") {
  Scene scene({.attempts_max = 1});
  const auto answer =
      must(scene.site.es9->authenticate_client(scene.site.tenant(), "test", scene.request));
  must(scene.site.es9->get_bound_profile_package(scene.site.tenant(), "test",
                                                 scene.phone.prepare(answer)));
  CHECK(must(scene.site.ledger().binding(scene.order.iccid)).has_value());
  scene.request = scene.phone.authenticate(scene.phone.initiated(), scene.order.matching_id.text());
  CHECK(scene.send() == "8.8.5/6.4");
  CHECK(scene.site.state(scene.order.iccid) == "Error");
  CHECK_FALSE(must(scene.site.ledger().binding(scene.order.iccid)).has_value());
}

TEST_CASE("a decision whose ground moved is taken anew, at most four times", "[smdpplus][R79]") {
  Scene scene;
  int refusals = GENERATE(1, kMaxDecisions - 1, kMaxDecisions);
  const bool gives_up = refusals == kMaxDecisions;
  scene.site.ledger().commits = 0;
  scene.site.ledger().on_commit = [&](const ledger::Unit&) -> std::optional<ledger::Outcome> {
    if (refusals-- <= 0) return std::nullopt;
    return ledger::Refused{ledger::RefusalReason::kGuard};
  };
  const int expected_commits = std::min(refusals + 1, kMaxDecisions);
  CHECK(scene.send() == (gives_up ? "aborted ledger.contention" : "ok"));
  CHECK(scene.site.ledger().commits == expected_commits);
  CHECK(scene.site.told(scene.before) == (gives_up ? kNothing : kAuthenticated));
}

TEST_CASE("an HSM that fails is 503, and nothing was committed", "[smdpplus]") {
  Scene scene;
  scene.site.hsm.failures.emplace("sign", Error(ErrorCode::kUnavailable, "hsm.gone", "test"));
  CHECK(scene.send() == "unavailable hsm.gone");
  CHECK(scene.site.told(scene.before) == kNothing);
}

TEST_CASE("a ledger that cannot be read is 503, not a refusal", "[smdpplus]") {
  Scene scene;
  scene.site.ledger().read_failure = Error(ErrorCode::kUnavailable, "ledger.unavailable", "test");
  CHECK(scene.send() == "unavailable ledger.unavailable");
  scene.site.ledger().read_failure.reset();
  CHECK(scene.site.told(scene.before) == kNothing);
}

}  // namespace berth::smdpplus::testing
