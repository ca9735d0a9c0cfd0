#include "kernel/api/approvals.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "kernel/api/break_glass.h"
#include "tests/kernel/api/fakes.h"

namespace berth::api {
namespace {

const Identity kAnna{"anna", {OperatorRole::kOperator}, std::nullopt};
const Identity kBert{"bert", {OperatorRole::kApprover}, std::nullopt};
const Identity kCarl{"carl", {OperatorRole::kApprover}, std::nullopt};
const Action kWish{"test.action", "tenant-a", "thing", R"({"do":"it"})"};

// Two people, and a kind of action that keeps what was done.
struct Office {
  explicit Office(bool two_people = true)
      : access({{"anna", {OperatorRole::kOperator}, 1, {}, {}}}, two_people) {
    approvals.add_kind("test.action",
                       {"a test's action",
                        [this](const Action&) -> Result<void> {
                          if (obstacle) return *obstacle;
                          return {};
                        },
                        [this](const std::string& id, const Action&) -> Result<std::string> {
                          done.push_back(id);
                          if (failure) return *failure;
                          return std::string("it was done");
                        }});
  }
  Approval asked() { return approvals.request(kAnna, kWish, "because").value(); }
  Result<Approval> approved(const Approval& one, const Identity& who = kBert) {
    return approvals.approve(who, one.id, to_hex(action_digest(kWish)));
  }
  ApprovalState state_of(const std::string& id) { return approvals.find(id)->state; }
  std::string audited() const {
    std::string types;
    for (const auto& draft : ledger.audited) types += draft.type + " ";
    return types;
  }

  test::FakeHostLedger ledger;
  ManualClock clock{1'800'000'000'000};
  SystemRandom random;
  Access access;
  BreakGlass glass{ledger, clock, random};
  Approvals approvals{ledger, clock, random, access, glass};
  std::optional<Error> obstacle, failure;
  std::vector<std::string> done;
};

std::string reason_of(const Result<Approval>& result) {
  return result.ok() ? "ok" : std::string(result.error().reason());
}

}  // namespace

TEST_CASE("one asks, another approves, and then it is done once", "[api][R106:part][R53:part]") {
  Office office;
  const Approval asked = office.asked();
  CHECK(asked.state == ApprovalState::kPending);
  CHECK(office.done.empty());
  const auto done = office.approved(asked);
  REQUIRE(done.ok());
  CHECK(done->state == ApprovalState::kDone);
  CHECK(done->outcome == "it was done");
  CHECK(done->decided_by == "bert");
  CHECK(office.done == std::vector<std::string>{asked.id});
  CHECK(office.audited() == "approval.requested approval.approved approval.executed ");
  for (const Identity& again : {kBert, kCarl}) {
    CHECK(reason_of(office.approved(asked, again)) == "approval.decided");
    CHECK(reason_of(office.approvals.reject(again, asked.id, "no")) == "approval.decided");
  }
  CHECK(office.done.size() == 1);
  const auto last = nlohmann::json::parse(office.ledger.audited.back().payload_json);
  CHECK(last.at("operator") == "bert");
  CHECK(last.at("requester") == "anna");
}

TEST_CASE("who asked can never approve, whatever roles it has", "[api][R106:part]") {
  Office office;
  const Identity both{"anna", {OperatorRole::kOperator, OperatorRole::kApprover}, std::nullopt};
  const Approval asked = office.asked();
  CHECK(reason_of(office.approved(asked, both)) == "approval.own_request");
  CHECK(office.done.empty());
  CHECK(office.state_of(asked.id) == ApprovalState::kPending);
  // But it may take it back.
  const auto back = office.approvals.reject(both, asked.id, "a mistake");
  REQUIRE(back.ok());
  CHECK(back->state == ApprovalState::kRejected);
  CHECK(reason_of(office.approved(asked)) == "approval.decided");
}

TEST_CASE("an approver approves the action that was looked at, or nothing", "[api]") {
  Office office;
  const Approval asked = office.asked();
  for (const char* digest : {"", "00", "not it"}) {
    CHECK(reason_of(office.approvals.approve(kBert, asked.id, digest)) == "approval.other_action");
  }
  CHECK(office.done.empty());
  CHECK(reason_of(office.approvals.approve(kBert, "nothing", "")) == "approval.unknown");
  // Each part of an action changes its digest.
  const std::set<std::string> digests{
      to_hex(action_digest(kWish)), to_hex(action_digest({"k", "tenant-a", "thing", kWish.body})),
      to_hex(action_digest({kWish.kind, "tenant-b", "thing", kWish.body})),
      to_hex(action_digest({kWish.kind, "tenant-at", "hing", kWish.body})),
      to_hex(action_digest({kWish.kind, "tenant-a", "thing", R"({"do":"that"})"}))};
  CHECK(digests.size() == 5);
}

TEST_CASE("a record that was tampered with is refused, not done", "[api]") {
  Office office;
  const Approval asked = office.asked();
  auto& kept = office.ledger.kept.begin()->second;
  kept.body.replace(kept.body.find("thing"), 5, "other");
  CHECK(reason_of(office.approved(asked)) == "approval.damaged");
  CHECK(office.done.empty());
}

TEST_CASE("what nobody decides in time expires", "[api]") {
  Office office;
  const Approval asked = office.asked();
  office.clock.advance(kApprovalLifetime - std::chrono::seconds(1));
  office.approvals.housekeeping();
  CHECK(office.state_of(asked.id) == ApprovalState::kPending);
  office.clock.advance(std::chrono::seconds(1));
  CHECK(reason_of(office.approved(asked)) == "approval.decided");
  office.approvals.housekeeping();
  CHECK(office.state_of(asked.id) == ApprovalState::kExpired);
  CHECK(office.asked().state == ApprovalState::kPending);  // and can be asked for anew
  CHECK(office.done.empty());
}

TEST_CASE("what is asked for is checked before it is stored and before it is done", "[api]") {
  Office office;
  office.obstacle = Error(ErrorCode::kFailedPrecondition, "test.obstacle", "not now");
  CHECK(reason_of(office.approvals.request(kAnna, kWish, "because")) == "test.obstacle");
  CHECK(office.ledger.kept.empty());
  office.obstacle.reset();
  const Approval asked = office.asked();
  office.obstacle = Error(ErrorCode::kFailedPrecondition, "test.obstacle", "not any more");
  CHECK(reason_of(office.approved(asked)) == "test.obstacle");
  CHECK(office.state_of(asked.id) == ApprovalState::kPending);
  CHECK(office.done.empty());
}

TEST_CASE("a malformed wish is refused and leaves nothing", "[api]") {
  Office office;
  const auto ask = [&](const Action& action, const std::string& reason) {
    return reason_of(office.approvals.request(kAnna, action, reason));
  };
  CHECK(ask({"nobody.added", "", "x", "{}"}, "why") == "approval.invalid");
  CHECK(ask({"test.action", "", "", "{}"}, "why") == "approval.invalid");
  CHECK(ask({"test.action", "", std::string(129, 'x'), "{}"}, "why") == "approval.invalid");
  CHECK(ask({"test.action", "", "x", std::string(kMaxActionBody + 1, 'x')}, "why") ==
        "approval.invalid");
  CHECK(ask(kWish, "") == "approval.invalid");
  CHECK(ask(kWish, std::string(kMaxReason + 1, 'x')) == "approval.invalid");
  CHECK(office.ledger.kept.empty());
  const Approval asked = office.asked();
  CHECK(ask(kWish, "again") == "approval.pending");
  CHECK(reason_of(office.approvals.reject(kBert, asked.id, "")) == "approval.invalid");
}

TEST_CASE("an action that cannot be done ends as failed, a passing trouble is tried again",
          "[api]") {
  Office office;
  office.failure = Error(ErrorCode::kFailedPrecondition, "test.no", "it cannot be done");
  const auto failed = office.approved(office.asked());
  REQUIRE(failed.ok());
  CHECK(failed->state == ApprovalState::kFailed);
  CHECK(failed->outcome == "it cannot be done [test.no]");

  office.failure = Error(ErrorCode::kUnavailable, "test.later", "not now");
  const auto waits = office.approved(office.asked());
  REQUIRE(waits.ok());
  CHECK(waits->state == ApprovalState::kApproved);
  office.failure.reset();
  office.approvals.housekeeping();
  CHECK(office.done.size() == 2);  // not at once: whoever approved may still be at it
  office.clock.advance(kResumeAfter + std::chrono::seconds(1));
  office.approvals.housekeeping();
  CHECK(office.state_of(waits->id) == ApprovalState::kDone);
  REQUIRE(office.done.size() == 3);
  CHECK(office.done[1] == office.done[2]);  // the same doing, which can tell
}

TEST_CASE("where one person is enough it is done at once, and the audit says why", "[api]") {
  Office office(false);
  const Approval done = office.asked();
  CHECK(done.state == ApprovalState::kDone);
  CHECK(done.alone == "development");
  CHECK(office.audited() == "approval.alone approval.executed ");
}

TEST_CASE("who broke the glass acts alone, for a while, and nobody else does", "[api]") {
  Office office;
  const auto grant = office.glass.open(kAnna, "the approver cannot be reached");
  REQUIRE(grant.ok());
  CHECK(office.approvals.request(kBert, kWish, "mine")->state == ApprovalState::kPending);
  const Action other{"test.action", "tenant-a", "another", "{}"};
  const auto alone = office.approvals.request(kAnna, other, "urgent");
  REQUIRE(alone.ok());
  CHECK(alone->state == ApprovalState::kDone);
  CHECK(alone->alone == "break-glass " + grant->id);
  office.clock.advance(kBreakGlassLifetime);
  const Action third{"test.action", "tenant-a", "third", "{}"};
  CHECK(office.approvals.request(kAnna, third, "late")->state == ApprovalState::kPending);
}

TEST_CASE("whatever three people do in whatever order, nothing is done twice or by one alone",
          "[api][R106:part]") {
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  Office office;
  const Identity people[] = {
      {"anna", {OperatorRole::kOperator, OperatorRole::kApprover}, std::nullopt}, kBert, kCarl};
  std::map<std::string, std::string> requester;
  std::vector<std::string> ids;
  for (int step = 0; step < 1500; ++step) {
    const Identity& who = people[random() % 3];
    const Action action{"test.action", "tenant-a", std::to_string(random() % 4), "{}"};
    const std::string id = ids.empty() ? "none" : ids[random() % ids.size()];
    const auto found = office.approvals.find(id);
    const std::string digest = found ? to_hex(action_digest(found->action)) : "";
    switch (random() % 5) {
      case 0:
        if (const auto asked = office.approvals.request(who, action, "r"); asked) {
          ids.push_back(asked->id);
          requester[asked->id] = who.name;
        }
        break;
      case 1:
        (void)office.approvals.reject(who, id, "no");
        break;
      case 2:
        office.clock.advance(std::chrono::hours(random() % 30));
        office.approvals.housekeeping();
        break;
      default:
        if (const auto done = office.approvals.approve(who, id, digest); done) {
          CHECK(requester.at(id) != who.name);
          CHECK(found->state == ApprovalState::kPending);
        }
    }
  }
  const std::set<std::string> distinct(office.done.begin(), office.done.end());
  CHECK(distinct.size() == office.done.size());
  CHECK(office.done.size() > 10);
  for (const std::string& id : office.done) CHECK(office.state_of(id) == ApprovalState::kDone);
}

}  // namespace berth::api
