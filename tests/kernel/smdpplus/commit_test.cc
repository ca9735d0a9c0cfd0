#include "kernel/smdpplus/commit.h"

#include "kernel/smdpplus/drafts.h"
#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

using ledger::Committed;
using ledger::Outcome;
using ledger::RefusalReason;
using ledger::Refused;
using ledger::Unit;
using ledger::Unknown;

// An order about to be authenticated, so that a whole service call stands behind each outcome.
struct Scene {
  Scene() : phone(site), order(site.order()) {
    request = phone.authenticate(phone.initiated(), order.matching_id.text());
    before = site.mark();
  }
  auto call() { return site.es9->authenticate_client(site.tenant(), "test", *request); }
  bool counted() { return site.order_row(order.order_id).attempts_used == 1; }

  Site site;
  Phone phone;
  OrderAnswer order;
  std::optional<rsp::sgp22::AuthenticateClientRequest> request;
  Mark before;
};

std::optional<std::chrono::milliseconds> retry_after(const Failure& failure) {
  return std::get<Error>(failure).retry_after();
}

}  // namespace

TEST_CASE("a full queue and a ledger that cannot write are 503 with a time to come back",
          "[smdpplus]") {
  const auto reason = GENERATE(RefusalReason::kOverloaded, RefusalReason::kUnavailable);
  Scene scene;
  scene.site.ledger().on_commit = [&](const Unit&) { return Refused{reason}; };
  const auto answer = scene.call();
  CHECK(say(answer) == (reason == RefusalReason::kOverloaded ? "unavailable ledger.overloaded"
                                                             : "unavailable ledger.unavailable"));
  CHECK(retry_after(answer.error()) == std::chrono::seconds(5));
  CHECK(scene.site.ledger().resolves == 0);
  CHECK(scene.site.told(scene.before) == "events: -; usage: -; audit: -");
}

TEST_CASE("an unknown outcome that did happen is answered as success",
          "[smdpplus][R142:part][R70:part]") {
  Scene scene;
  std::string commit_id;
  scene.site.ledger().on_commit = [&](const Unit& unit) -> std::optional<Outcome> {
    commit_id = unit.commit_id;
    CHECK(std::holds_alternative<Committed>(scene.site.ledger().real().commit(unit)));
    return Unknown{"the connection broke during COMMIT"};
  };
  scene.site.ledger().on_resolve = [&](const std::string& asked) -> std::optional<Outcome> {
    CHECK(asked == commit_id);
    return std::nullopt;  // the real ledger knows
  };
  CHECK(say(scene.call()) == "ok");
  CHECK(scene.site.ledger().resolves == 1);
  CHECK(scene.counted());
  CHECK(scene.site.told(scene.before) ==
        "events: downloadProgress; usage: download.attempted; audit: download.authenticated");
}

TEST_CASE("an unknown outcome that did not happen is 503, and nothing was counted",
          "[smdpplus][R142:part][R70:part]") {
  Scene scene;
  scene.site.ledger().on_commit = [](const Unit&) { return Unknown{"lost"}; };
  const auto answer = scene.call();
  CHECK(say(answer) == "unavailable ledger.unavailable");
  CHECK(retry_after(answer.error()).has_value());
  CHECK(scene.site.ledger().resolves == 1);
  CHECK_FALSE(scene.counted());
  CHECK(scene.site.told(scene.before) == "events: -; usage: -; audit: -");
}

TEST_CASE("while an outcome stays unknown nothing leaves", "[smdpplus][R142:part]") {
  Scene scene;
  scene.site.ledger().on_commit = [&](const Unit&) { return Unknown{"lost"}; };
  scene.site.ledger().on_resolve = [&](const std::string&) { return Unknown{"still lost"}; };
  const auto answer = scene.call();
  CHECK(say(answer) == "unavailable ledger.outcome_unknown");
  CHECK(retry_after(answer.error()).has_value());
  CHECK(scene.site.ledger().resolves == 1);
}

TEST_CASE("guards, duplicates, expiry and answered keys go back to the service", "[smdpplus]") {
  Site site;
  for (const auto reason : {RefusalReason::kGuard, RefusalReason::kDuplicate,
                            RefusalReason::kExpired, RefusalReason::kAnswered}) {
    site.ledger().on_commit = [&](const Unit&) { return Refused{reason, 0}; };
    Unit unit;
    unit.commit_id = to_hex(site.random.bytes(16));
    unit.changes = {ledger::DropBinding{*Iccid::parse("8900000000000000007")}};
    const auto done = commit(site.ledger(), std::move(unit));
    REQUIRE(done.ok());
    REQUIRE(std::holds_alternative<Refused>(*done));
    CHECK(std::get<Refused>(*done).reason == reason);
  }
}

TEST_CASE("contention asks to come back in a second", "[smdpplus]") {
  const Error error = contention_error();
  CHECK(error.code() == ErrorCode::kAborted);
  CHECK(error.retry_after() == std::chrono::seconds(1));
}

}  // namespace berth::smdpplus::testing
