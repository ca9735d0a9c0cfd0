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

constexpr int kInputs = static_cast<int>(In::kInstallFailedTemporarilyProven);

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
  std::string_view
      effects;  // f rees, o pens attempt, c loses order, q uarantines, d rops binding, a ccounts
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
    {S::kReleased, In::kDelivered, S::kDownloaded, "q"},
    {S::kDownloaded, In::kDelivered, S::kDownloaded, "q"},

    {S::kReleased, In::kInstalled, S::kInstalled, "cad"},
    {S::kDownloaded, In::kInstalled, S::kInstalled, "cad"},
    {S::kError, In::kInstalled, S::kInstalled, "a"},
    {S::kDownloaded, In::kInstallFailedTemporarily, S::kDownloaded, ""},
    {S::kDownloaded, In::kInstallFailedTemporarilyProven, S::kDownloaded, "a"},
    {S::kDownloaded, In::kInstallFailedPermanently, S::kError, "cad"},
    {S::kDownloaded, In::kInstallFailedUnproven, S::kError, "cd"},
    {S::kReleased, In::kAccountedFor, S::kReleased, "a"},
    {S::kDownloaded, In::kAccountedFor, S::kDownloaded, "a"},
    {S::kInstalled, In::kAccountedFor, S::kInstalled, "a"},
    {S::kError, In::kAccountedFor, S::kError, "a"},

    {S::kReleased, In::kSessionCancelled, S::kError, "c"},
    {S::kDownloaded, In::kSessionCancelled, S::kError, "cd"},
    {S::kReleased, In::kSessionPostponed, S::kReleased, ""},
    {S::kDownloaded, In::kSessionPostponed, S::kDownloaded, ""},
    {S::kReleased, In::kAttemptsExceeded, S::kError, "c"},
    {S::kDownloaded, In::kAttemptsExceeded, S::kError, "cd"},
    {S::kReleased, In::kCodeAttemptsExceeded, S::kError, "c"},
    {S::kDownloaded, In::kCodeAttemptsExceeded, S::kError, "cd"},
    {S::kReleased, In::kIneligible, S::kError, "c"},
    {S::kDownloaded, In::kIneligible, S::kError, "cd"},
    {S::kError, In::kReorder, S::kReleased, ""},

    {S::kAllocated, In::kOrderExpired, S::kAvailable, "fc"},
    {S::kLinked, In::kOrderExpired, S::kAvailable, "fc"},
    {S::kConfirmed, In::kOrderExpired, S::kAvailable, "fc"},
    {S::kReleased, In::kOrderExpired, S::kAvailable, "fc"},
    {S::kDownloaded, In::kOrderExpired, S::kError, "cd"},

    {S::kAllocated, In::kOrderCancelledToAvailable, S::kAvailable, "fc"},
    {S::kLinked, In::kOrderCancelledToAvailable, S::kAvailable, "fc"},
    {S::kConfirmed, In::kOrderCancelledToAvailable, S::kAvailable, "fc"},
    {S::kReleased, In::kOrderCancelledToAvailable, S::kAvailable, "fc"},
    {S::kAllocated, In::kOrderCancelledToUnavailable, S::kUnavailable, "c"},
    {S::kLinked, In::kOrderCancelledToUnavailable, S::kUnavailable, "c"},
    {S::kConfirmed, In::kOrderCancelledToUnavailable, S::kUnavailable, "c"},
    {S::kReleased, In::kOrderCancelledToUnavailable, S::kUnavailable, "c"},
    {S::kError, In::kOrderCancelledToAvailable, S::kAvailable, "f"},
    {S::kError, In::kOrderCancelledToUnavailable, S::kUnavailable, ""},

    {S::kInstalled, In::kDeletedFromCard, S::kUnavailable, "a"},
    {S::kDownloaded, In::kDeletedFromCard, S::kUnavailable, "cad"},
    {S::kError, In::kDeletedFromCard, S::kUnavailable, "a"},
    {S::kInstalled, In::kDeletedForReuse, S::kAvailable, "a"},
    {S::kDownloaded, In::kDeletedForReuse, S::kAvailable, "cad"},
    {S::kError, In::kDeletedForReuse, S::kAvailable, "a"},
};

std::string effects_of(const ProfileEffects& effects) {
  std::string letters;
  if (effects.frees_reservation) letters += 'f';
  if (effects.opens_attempt) letters += 'o';
  if (effects.final_for_order) letters += 'c';
  if (effects.quarantines) letters += 'q';
  if (effects.accounts) letters += 'a';
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
  CHECK(refusal_of(S::kReleased, In::kInstallFailedPermanently) == R::kNotDelivered);
  CHECK(refusal_of(S::kLinked, In::kInstalled) == R::kNotDelivered);
  CHECK(refusal_of(S::kDownloaded, In::kReorder) == R::kAlreadyDelivered);
  CHECK(refusal_of(S::kInstalled, In::kInstalled) == R::kAlreadyInstalled);
  CHECK(refusal_of(S::kDownloaded, In::kOrderCancelledToAvailable) == R::kAlreadyDelivered);
  CHECK(refusal_of(S::kDownloaded, In::kOrderCancelledToUnavailable) == R::kAlreadyDelivered);
  CHECK(refusal_of(S::kError, In::kOrderExpired) == R::kEnded);
  CHECK(refusal_of(S::kUnavailable, In::kInstalled) == R::kEnded);
}

TEST_CASE("no package that is unaccounted for lets its profile back to stock",
          "[lifecycle][R63][R106:part]") {
  // Everything reachable from Downloaded without a word signed by the card.
  const auto signed_by_card = [](In input) {
    return input == In::kInstalled || input == In::kInstallFailedTemporarily ||
           input == In::kInstallFailedPermanently || input == In::kInstallFailedUnproven ||
           input == In::kInstallFailedTemporarilyProven || input == In::kAccountedFor ||
           input == In::kDeletedFromCard || input == In::kDeletedForReuse;
  };
  using Standing = std::pair<S, bool>;
  const auto delivered = apply(S::kReleased, In::kDelivered);
  REQUIRE(delivered.ok());
  std::set<Standing> reached = {{delivered->next, delivered->quarantined}};
  std::vector<Standing> open(reached.begin(), reached.end());
  while (!open.empty()) {
    const auto [state, quarantined] = open.back();
    open.pop_back();
    for (const In input : all_inputs()) {
      if (signed_by_card(input)) continue;
      const auto result = apply(state, input, quarantined);
      if (!result.ok()) continue;
      CAPTURE(to_string(state), quarantined, to_string(input));
      CHECK(result->next != S::kAvailable);
      const Standing next{result->next, result->quarantined};
      if (reached.insert(next).second) open.push_back(next);
    }
  }
  const std::set<Standing> expected = {
      {S::kError, true}, {S::kReleased, true}, {S::kDownloaded, true}, {S::kUnavailable, true}};
  CHECK(reached == expected);
}

TEST_CASE("a quarantined profile keeps its quarantine until the card accounts for the package",
          "[lifecycle][R106:part]") {
  using R = ProfileRefusal;
  for (const S state : {S::kReleased, S::kError}) {
    const auto wish = apply(state, In::kOrderCancelledToAvailable, true);
    REQUIRE_FALSE(wish.ok());
    CHECK(wish.error() == R::kAlreadyDelivered);
  }
  const auto expired = apply(S::kReleased, In::kOrderExpired, true);
  REQUIRE(expired.ok());
  CHECK(expired->next == S::kError);
  CHECK(expired->quarantined);
  CHECK(expired->effects.final_for_order);
  CHECK_FALSE(expired->effects.frees_reservation);
  CHECK(apply(S::kError, In::kReorder, true)->quarantined);
  CHECK_FALSE(apply(S::kError, In::kAccountedFor, true)->quarantined);
  CHECK_FALSE(apply(S::kError, In::kInstalled, true)->quarantined);
}

TEST_CASE("random lives keep the rules of orders, attempts and bindings", "[lifecycle][R63]") {
  const auto seed = static_cast<std::uint32_t>(GENERATE(1, 2, 3, 20261123));
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::vector<In> inputs = all_inputs();
  S state = S::kAvailable;
  bool quarantined = false;
  bool ordered = false;
  bool delivered = false;  // since the order was made
  for (int step = 0; step < 20000; ++step) {
    const In input = inputs[random() % inputs.size()];
    CAPTURE(step, to_string(state), quarantined, to_string(input));
    const auto result = apply(state, input, quarantined);
    if (!result.ok()) continue;
    const ProfileEffects& effects = result->effects;
    if (input == In::kOrder || input == In::kOrderForEid || input == In::kReorder) {
      REQUIRE_FALSE(ordered);
      ordered = true;
      delivered = false;
    }
    if (input == In::kDelivered) delivered = true;
    if (effects.opens_attempt) REQUIRE(ordered);
    if (effects.frees_reservation) {
      REQUIRE_FALSE((delivered && ordered));
      REQUIRE_FALSE(quarantined);
    }
    if (effects.quarantines) REQUIRE(input == In::kDelivered);
    if (effects.final_for_order) {
      REQUIRE(ordered);
      if (delivered) REQUIRE(effects.drops_binding);
      ordered = false;
    }
    state = result->next;
    quarantined = result->quarantined;
    // An order is open in exactly the states between reservation and end.
    const bool open_state = state >= S::kAllocated && state <= S::kDownloaded;
    REQUIRE(open_state == ordered);
    if (state == S::kAvailable || state == S::kInstalled) REQUIRE_FALSE(quarantined);
    if (state == S::kUnavailable) {
      state = S::kAvailable;  // a new profile
      quarantined = false;
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
