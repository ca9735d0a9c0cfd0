#include "kernel/smdpplus/idempotency.h"

#include "tests/kernel/smdpplus/es2_support.h"

namespace berth::smdpplus::testing {
namespace {

const Failure kReused = Error(ErrorCode::kAlreadyExists, "test.reused", "used");

OnlyOnce once_for(Site& site, const std::string& body) {
  return {site.tenant(), {"OP-1", "test", "call-1"}, sha256(as_bytes(body)), kReused};
}

Result<Decision, Failure> decided(Site& site, const std::string& answer) {
  ledger::Unit unit;
  unit.commit_id = to_hex(site.random.bytes(16));
  unit.audit = {"test.done", {ledger::SubjectKind::kTenant, "alpha"}, "{}"};
  return Decision{std::move(unit), answer};
}

std::optional<Failure> anew(const ledger::Refused&) { return std::nullopt; }

}  // namespace

TEST_CASE("a call decides once and has its first answer ever after", "[smdpplus][R68]") {
  Site site;
  int decisions = 0;
  const auto decide = [&] { return decided(site, "answer " + std::to_string(++decisions)); };
  CHECK(must(once_for(site, "a").run(decide, anew)) == "answer 1");
  CHECK(must(once_for(site, "a").run(decide, anew)) == "answer 1");
  CHECK(decisions == 1);
  CHECK(say(once_for(site, "b").run(decide, anew)) == "already_exists test.reused");
  CHECK(decisions == 1);
}

TEST_CASE("a failed decision is not kept, a refusal handed in is", "[smdpplus][R68]") {
  Site site;
  const auto fails = [] {
    return Result<Decision, Failure>(Failure(Error(ErrorCode::kUnavailable, "test.away", "")));
  };
  CHECK(say(once_for(site, "a").run(fails, anew)) == "unavailable test.away");
  const ledger::AuditDraft audit{"test.refused", {ledger::SubjectKind::kTenant, "alpha"}, "{}"};
  CHECK(must(once_for(site, "a").keep_refusal("no", audit)) == "no");
  CHECK(must(once_for(site, "a").run(fails, anew)) == "no");
  // A later equal call that was refused otherwise is told what stands.
  CHECK(must(once_for(site, "a").keep_refusal("never", audit)) == "no");
}

TEST_CASE("a lost race is decided anew, as often as allowed, or means what its owner says",
          "[smdpplus]") {
  Site site;
  const Iccid iccid = site.stock();
  int decisions = 0;
  const auto decide = [&]() -> Result<Decision, Failure> {
    ++decisions;
    auto decision = decided(site, "x");
    auto profile = must(site.ledger().real().profile(iccid));
    profile->revision += 5;
    decision->unit.changes = {ledger::UpdateProfile{*profile, profile->revision - 1}};
    return decision;
  };
  CHECK(say(once_for(site, "a").run(decide, anew, 3)) == "aborted ledger.contention");
  CHECK(decisions == 3);
  const auto meaning = [](const ledger::Refused& refused) {
    CHECK(refused.reason == ledger::RefusalReason::kGuard);
    return std::optional<Failure>(kReused);
  };
  CHECK(say(once_for(site, "a").run(decide, meaning, 3)) == "already_exists test.reused");
  CHECK(decisions == 4);
}

TEST_CASE("no two requests have one digest because their fields slid", "[smdpplus][R69]") {
  const auto digest = [](std::string_view a, std::string_view b) {
    return RequestDigest().add(a).add(b).finish();
  };
  CHECK(digest("ab", "c") == digest("ab", "c"));
  CHECK(digest("ab", "c") != digest("a", "bc"));
  CHECK(digest("", "abc") != digest("abc", ""));
  CHECK(digest("1:a", "") != digest("", "1:a"));
}

}  // namespace berth::smdpplus::testing
