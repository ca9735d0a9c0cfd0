#include <nlohmann/json.hpp>

#include "kernel/smdpplus/commit.h"
#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

using rsp::sgp22::CancelSessionOk;
using rsp::sgp22::CancelSessionRequest;

constexpr const char* kNothing = "events: -; usage: -; audit: -";
constexpr const char* kCancelled =
    "events: profileDownloadResult; usage: download.cancelled; audit: download.cancelled";
constexpr std::uint8_t kEndUserRejection = 0;
constexpr std::uint8_t kPostponed = 1;

CancelSessionOk& ok(CancelSessionRequest& request) {
  return std::get<CancelSessionOk>(request.response);
}

struct Scene {
  explicit Scene(std::uint8_t reason = kEndUserRejection, bool delivered = false)
      : phone(site), order(site.order()) {
    if (delivered) {
      transaction = phone.bound(order.matching_id.text()).transaction_id;
    } else {
      transaction = phone.authenticated(order.matching_id.text()).transaction_id;
    }
    request = phone.cancel(*transaction, reason);
    before = site.mark();
  }
  std::string send(CancelSessionRequest& wanted) {
    return say(site.es9->cancel_session(site.tenant(), "test", wanted));
  }
  std::string send() { return send(*request); }

  Site site;
  Phone phone;
  OrderAnswer order;
  std::optional<TransactionId> transaction;
  std::optional<CancelSessionRequest> request;
  Mark before;
};

}  // namespace

TEST_CASE("a user's rejection ends order and session in one commit", "[smdpplus][R71:part]") {
  Scene scene;
  CHECK(scene.send() == "ok");
  CHECK(scene.site.told(scene.before) == kCancelled);
  CHECK(scene.site.state(scene.order.iccid) == "Error");
  CHECK_FALSE(scene.site.order_row(scene.order.order_id).open);
  const auto event = nlohmann::json::parse(scene.site.events({scene.before.event, 0}).front().body);
  CHECK(event.at("result") == "CANCELLED");
  CHECK(event.at("resultCode") == "RSP-4200");
  CHECK(scene.send() == "8.10.1/3.9");
}

TEST_CASE("postponed and timeout end the session and keep the order", "[smdpplus]") {
  const auto reason = GENERATE(std::uint8_t{1}, std::uint8_t{2});
  Scene scene(reason);
  CHECK(scene.send() == "ok");
  CHECK(scene.site.told(scene.before) == "events: -; usage: -; audit: download.postponed");
  CHECK(scene.site.state(scene.order.iccid) == "Released");
  CHECK(scene.site.order_row(scene.order.order_id).open);
  CHECK(scene.send() == "8.10.1/3.9");
  scene.phone.install(scene.phone.bound(scene.order.matching_id.text()));
}

TEST_CASE("a session cancelled after delivery ends attempt, order and retry material",
          "[smdpplus][R106:part]") {
  Scene scene(5, true);
  CHECK(scene.send() == "ok");
  CHECK(scene.site.told(scene.before) == kCancelled);
  CHECK(scene.site.events({scene.before.event, 0}).front().body.find("RSP-4205") !=
        std::string::npos);
  CHECK(scene.site.state(scene.order.iccid) == "Error");
  CHECK(must(scene.site.ledger().attempt(*scene.transaction))->state ==
        ledger::AttemptState::kCancelled);
  CHECK_FALSE(must(scene.site.ledger().binding(scene.order.iccid)).has_value());
}

TEST_CASE("a cancellation after the attempt was given up corrects that end and is no second one",
          "[smdpplus][R72]") {
  SiteOptions options;
  options.configure = [](tenancy::TenantConfiguration& tenant) {
    tenant.attempt_timeout_ms = 60'000;
  };
  Site site(options);
  Phone phone(site);
  const OrderAnswer order = site.order();
  const auto package = phone.bound(order.matching_id.text());
  site.clock.advance(std::chrono::minutes(2));
  site.es9->housekeeping(site.tenant(), false);
  const auto unknown = nlohmann::json::parse(site.events().back().body);
  REQUIRE(unknown.at("result") == "UNKNOWN");
  const Mark before = site.mark();
  CHECK(say(site.es9->cancel_session(site.tenant(), "test",
                                     phone.cancel(package.transaction_id, 5))) == "ok");
  CHECK(site.told(before) ==
        "events: profileDownloadReconciled; usage: download.cancelled; audit: download.cancelled");
  const auto corrected = nlohmann::json::parse(site.events().back().body);
  CHECK(corrected.at("supersedes") == unknown.at("eventId"));
  CHECK(corrected.at("result") == "CANCELLED");
  CHECK(must(site.ledger().profile(order.iccid))->quarantined);
}

TEST_CASE("each thing wrong with a cancellation has its pair, the first in order is answered",
          "[smdpplus]") {
  const struct {
    const char* pair;
    void (*make)(CancelSessionRequest&);
  } kFaults[] = {
      {"8.10.1/3.9",
       [](auto& request) { request.transaction_id = *TransactionId::from_octets(Bytes(16, 4)); }},
      {"8.1/6.1", [](auto& request) { ok(request).signature.front() ^= 1; }},
      {"8.8/3.10", [](auto& request) { ok(request).smdp_oid = "2.999.11"; }},
      {"8.10.1/3.9",
       [](auto& request) {
         ok(request).transaction_id = *TransactionId::from_octets(Bytes(16, 4));
       }},
  };
  Scene scene;
  for (std::size_t first = 0; first < std::size(kFaults); ++first) {
    for (std::size_t second = first; second < std::size(kFaults); ++second) {
      CancelSessionRequest request = *scene.request;
      kFaults[second].make(request);
      if (second != first) kFaults[first].make(request);
      INFO(first << " before " << second);
      CHECK(scene.send(request) == kFaults[first].pair);
    }
  }
  CHECK(scene.site.told(scene.before) == kNothing);
  CHECK(scene.send() == "ok");  // the session outlives what others say about it
}

TEST_CASE("a session that is not authenticated yet has nothing to cancel", "[smdpplus]") {
  Scene scene;
  CancelSessionRequest request = *scene.request;
  request.transaction_id = scene.phone.initiated().transaction_id;
  CHECK(scene.send(request) == "8.10.1/3.9");
  CHECK(say(scene.site.es9->cancel_session(*scene.site.bravo.context, "test", *scene.request)) ==
        "8.10.1/3.9");
}

TEST_CASE("a card that cannot sign a reason ends the session and keeps the order", "[smdpplus]") {
  Scene scene;
  CancelSessionRequest request{*scene.transaction, rsp::sgp22::CancelSessionError{127}};
  CHECK(scene.send(request) == "ok");
  CHECK(scene.site.told(scene.before) == kNothing);
  CHECK(scene.send() == "8.10.1/3.9");
  CHECK(scene.site.order_row(scene.order.order_id).open);
}

TEST_CASE("a cancellation of an order that has ended is acknowledged", "[smdpplus]") {
  Scene scene;
  Phone twin(scene.site);
  const auto other = twin.authenticated(scene.order.matching_id.text());
  CancelSessionRequest ends = twin.cancel(other.transaction_id, kEndUserRejection);
  CHECK(scene.send(ends) == "ok");
  CHECK_FALSE(scene.site.order_row(scene.order.order_id).open);
  const Mark after = scene.site.mark();
  CHECK(scene.send() == "ok");
  CHECK(scene.site.told(after) == kNothing);
}

TEST_CASE("a session that was overtaken by a later one cannot end the order", "[smdpplus]") {
  Scene scene;
  Phone later(scene.site);
  later.authenticated(scene.order.matching_id.text());
  const Mark after = scene.site.mark();
  CHECK(scene.send() == "ok");
  CHECK(scene.site.told(after) == kNothing);
  CHECK(scene.site.order_row(scene.order.order_id).open);
}

TEST_CASE("a cancellation is decided anew when its ground moved, at most four times",
          "[smdpplus]") {
  int refusals = GENERATE(1, kMaxDecisions);
  const bool gives_up = refusals == kMaxDecisions;
  Scene scene;
  scene.site.ledger().on_commit = [&](const ledger::Unit&) -> std::optional<ledger::Outcome> {
    if (refusals-- <= 0) return std::nullopt;
    return ledger::Refused{ledger::RefusalReason::kGuard};
  };
  CHECK(scene.send() == (gives_up ? "aborted ledger.contention" : "ok"));
  CHECK(scene.site.told(scene.before) == (gives_up ? kNothing : kCancelled));
}

}  // namespace berth::smdpplus::testing
