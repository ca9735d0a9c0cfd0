#include "kernel/lifecycle/profile.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <vector>

namespace berth::lifecycle {
namespace {

using In = ProfileInput;
using S = ProfileState;

constexpr int kInputs = static_cast<int>(In::kDeletedFromCard);

std::vector<In> all_inputs() {
  std::vector<In> inputs;
  for (int i = 1; i <= kInputs; ++i) inputs.push_back(static_cast<In>(i));
  return inputs;
}

// Every legal transition, written down from SGP.22 §3.1.6 and Berth's own rules on expiry and
// quarantine, independently of the code. What is not here is illegal.
struct Legal {
  S from;
  In input;
  S to;
  std::string_view effects;  // f rees, o pens attempt, c loses order, q uarantines, d rops binding
};

const std::vector<Legal> kLegal = {
    {S::kAvailable, In::kOrder, S::kAllocated, ""},
    {S::kAvailable, In::kOrderForEid, S::kLinked, ""},

    {S::kAllocated, In::kConfirm, S::kConfirmed, ""},
    {S::kLinked, In::kConfirm, S::kConfirmed, ""},
    {S::kAllocated, In::kConfirmAndRelease, S::kReleased, ""},
    {S::kLinked, In::kConfirmAndRelease, S::kReleased, ""},
    {S::kConfirmed, In::kRelease, S::kReleased, ""},

    {S::kReleased, In::kAuthenticated, S::kReleased, "o"},
    {S::kDownloaded, In::kAuthenticated, S::kDownloaded, "o"},
    {S::kReleased, In::kDelivered, S::kDownloaded, ""},
    {S::kDownloaded, In::kDelivered, S::kDownloaded, ""},

    {S::kDownloaded, In::kInstalled, S::kInstalled, "cd"},
    {S::kError, In::kInstalled, S::kInstalled, ""},
    {S::kDownloaded, In::kInstallFailedTemporarily, S::kDownloaded, ""},
    {S::kDownloaded, In::kInstallFailedPermanently, S::kError, "cd"},

    {S::kReleased, In::kSessionCancelled, S::kError, "c"},
    {S::kDownloaded, In::kSessionCancelled, S::kError, "cqd"},
    {S::kReleased, In::kSessionPostponed, S::kReleased, ""},
    {S::kDownloaded, In::kSessionPostponed, S::kDownloaded, ""},
    {S::kReleased, In::kAttemptsExceeded, S::kError, "c"},
    {S::kDownloaded, In::kAttemptsExceeded, S::kError, "cqd"},
    {S::kReleased, In::kCodeAttemptsExceeded, S::kError, "c"},
    {S::kDownloaded, In::kCodeAttemptsExceeded, S::kError, "cqd"},

    {S::kAllocated, In::kOrderExpired, S::kAvailable, "fc"},
    {S::kLinked, In::kOrderExpired, S::kAvailable, "fc"},
    {S::kConfirmed, In::kOrderExpired, S::kAvailable, "fc"},
    {S::kReleased, In::kOrderExpired, S::kAvailable, "fc"},
    {S::kDownloaded, In::kOrderExpired, S::kError, "cqd"},

    {S::kAllocated, In::kOrderCancelledToAvailable, S::kAvailable, "fc"},
    {S::kLinked, In::kOrderCancelledToAvailable, S::kAvailable, "fc"},
    {S::kConfirmed, In::kOrderCancelledToAvailable, S::kAvailable, "fc"},
    {S::kReleased, In::kOrderCancelledToAvailable, S::kAvailable, "fc"},
    {S::kAllocated, In::kOrderCancelledToUnavailable, S::kUnavailable, "c"},
    {S::kLinked, In::kOrderCancelledToUnavailable, S::kUnavailable, "c"},
    {S::kConfirmed, In::kOrderCancelledToUnavailable, S::kUnavailable, "c"},
    {S::kReleased, In::kOrderCancelledToUnavailable, S::kUnavailable, "c"},
    {S::kError, In::kOrderCancelledToUnavailable, S::kUnavailable, ""},

    {S::kInstalled, In::kDeletedFromCard, S::kUnavailable, ""},
    {S::kDownloaded, In::kDeletedFromCard, S::kUnavailable, "cd"},
    {S::kError, In::kDeletedFromCard, S::kUnavailable, ""},
};

std::string effects_of(const ProfileEffects& effects) {
  std::string letters;
  if (effects.frees_reservation) letters += 'f';
  if (effects.opens_attempt) letters += 'o';
  if (effects.final_for_order) letters += 'c';
  if (effects.quarantines) letters += 'q';
  if (effects.drops_binding) letters += 'd';
  return letters;
}

ProfileRefusal refusal_of(S state, In input) {
  const auto result = apply(state, input);
  REQUIRE_FALSE(result.ok());
  return result.error();
}

}  // namespace

TEST_CASE("exactly the listed transitions happen in the whole state space", "[lifecycle][R63]") {
  std::size_t legal = 0;
  for (const S state : kAllProfileStates) {
    for (const In input : all_inputs()) {
      CAPTURE(to_string(state), to_string(input));
      const auto listed = std::find_if(kLegal.begin(), kLegal.end(), [&](const Legal& one) {
        return one.from == state && one.input == input;
      });
      const auto result = apply(state, input);
      REQUIRE(result.ok() == (listed != kLegal.end()));
      if (!result.ok()) continue;
      CHECK(result->next == listed->to);
      CHECK(effects_of(result->effects) == listed->effects);
      ++legal;
    }
  }
  CHECK(legal == kLegal.size());
}

TEST_CASE("a refusal names what stands in the way", "[lifecycle][R63]") {
  using R = ProfileRefusal;
  CHECK(refusal_of(S::kAllocated, In::kOrder) == R::kAlreadyTaken);
  CHECK(refusal_of(S::kUnavailable, In::kOrderForEid) == R::kAlreadyTaken);
  CHECK(refusal_of(S::kAvailable, In::kConfirm) == R::kNotOrdered);
  CHECK(refusal_of(S::kReleased, In::kConfirmAndRelease) == R::kAlreadyTaken);
  CHECK(refusal_of(S::kReleased, In::kRelease) == R::kAlreadyTaken);
  CHECK(refusal_of(S::kLinked, In::kRelease) == R::kNotReleased);
  CHECK(refusal_of(S::kConfirmed, In::kAuthenticated) == R::kNotReleased);
  CHECK(refusal_of(S::kInstalled, In::kAuthenticated) == R::kAlreadyInstalled);
  CHECK(refusal_of(S::kReleased, In::kInstalled) == R::kNotDelivered);
  CHECK(refusal_of(S::kInstalled, In::kInstalled) == R::kAlreadyInstalled);
  CHECK(refusal_of(S::kDownloaded, In::kOrderCancelledToAvailable) == R::kAlreadyDelivered);
  CHECK(refusal_of(S::kDownloaded, In::kOrderCancelledToUnavailable) == R::kAlreadyDelivered);
  CHECK(refusal_of(S::kError, In::kOrderExpired) == R::kEnded);
  CHECK(refusal_of(S::kUnavailable, In::kInstalled) == R::kEnded);
}

TEST_CASE("nothing brings a delivered profile back to stock", "[lifecycle][R63][R106:part]") {
  // Everything reachable from Downloaded, by any inputs at all.
  std::set<S> reached = {S::kDownloaded};
  std::vector<S> open = {S::kDownloaded};
  while (!open.empty()) {
    const S state = open.back();
    open.pop_back();
    for (const In input : all_inputs()) {
      const auto result = apply(state, input);
      if (!result.ok()) continue;
      CHECK_FALSE(result->effects.frees_reservation);
      if (reached.insert(result->next).second) open.push_back(result->next);
    }
  }
  CHECK(reached == std::set<S>{S::kDownloaded, S::kInstalled, S::kError, S::kUnavailable});
}

TEST_CASE("random lives keep the rules of orders, attempts and bindings", "[lifecycle][R63]") {
  const auto seed = static_cast<std::uint32_t>(GENERATE(1, 2, 3, 20261123));
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::vector<In> inputs = all_inputs();
  S state = S::kAvailable;
  bool ordered = false;
  bool delivered = false;  // since the order was made
  for (int step = 0; step < 20000; ++step) {
    const In input = inputs[random() % inputs.size()];
    CAPTURE(step, to_string(state), to_string(input));
    const auto result = apply(state, input);
    if (!result.ok()) continue;
    const ProfileEffects& effects = result->effects;
    if (input == In::kOrder || input == In::kOrderForEid) {
      REQUIRE_FALSE(ordered);
      ordered = true;
      delivered = false;
    }
    if (input == In::kDelivered) delivered = true;
    if (effects.opens_attempt) REQUIRE(ordered);
    if (effects.frees_reservation) REQUIRE_FALSE(delivered);
    if (effects.quarantines) REQUIRE(delivered);
    if (effects.final_for_order) {
      REQUIRE(ordered);
      REQUIRE(effects.drops_binding == delivered);
      ordered = false;
    }
    state = result->next;
    // An order is open in exactly the states between reservation and end.
    const bool open_state = state >= S::kAllocated && state <= S::kDownloaded;
    REQUIRE(open_state == ordered);
    if (state == S::kUnavailable) {
      state = S::kAvailable;  // a new profile
      delivered = false;
    }
  }
}

TEST_CASE("states are stored by name and a foreign name is data loss", "[lifecycle]") {
  std::set<std::string_view> names;
  for (const S state : kAllProfileStates) {
    names.insert(to_string(state));
    const auto read = profile_state_from(to_string(state));
    REQUIRE(read.ok());
    CHECK(*read == state);
  }
  CHECK(names.size() == kAllProfileStates.size());
  for (const std::string_view bad : {"", "released", "Released ", "Enabled"}) {
    const auto read = profile_state_from(bad);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code() == ErrorCode::kDataLoss);
    CHECK(read.error().reason() == "lifecycle.unknown_state");
  }
}

TEST_CASE("every input and refusal has a name of its own", "[lifecycle]") {
  std::set<std::string_view> names;
  for (const In input : all_inputs()) names.insert(to_string(input));
  CHECK(names.size() == static_cast<std::size_t>(kInputs));
  std::set<std::string_view> refusals;
  for (int i = 1; i <= static_cast<int>(ProfileRefusal::kNotDelivered); ++i) {
    refusals.insert(to_string(static_cast<ProfileRefusal>(i)));
  }
  CHECK(refusals.size() == static_cast<std::size_t>(ProfileRefusal::kNotDelivered));
}

}  // namespace berth::lifecycle
