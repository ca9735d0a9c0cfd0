#include "kernel/lifecycle/quarantine_release.h"

#include <catch2/catch.hpp>

namespace berth::lifecycle {
namespace {

using S = ProfileState;

}  // namespace

TEST_CASE("two people release a quarantine from three states and no other, wherever it leads",
          "[lifecycle][R63][R106:part]") {
  for (const S state : kAllProfileStates) {
    CAPTURE(to_string(state));
    const bool releasable = state == S::kReleased || state == S::kDownloaded || state == S::kError;
    for (const ReleaseTo to : {ReleaseTo::kAvailable, ReleaseTo::kUnavailable}) {
      CHECK_FALSE(release_quarantine(state, false, to).ok());
      const auto released = release_quarantine(state, true, to);
      REQUIRE(released.ok() == releasable);
      if (!releasable) continue;
      CHECK(released->next == (to == ReleaseTo::kAvailable ? S::kAvailable : S::kUnavailable));
      CHECK_FALSE(released->quarantined);
      CHECK(released->effects.final_for_order);
      CHECK(released->effects.drops_binding);
      CHECK(released->effects.accounts);
      CHECK_FALSE(released->effects.quarantines);
    }
  }
}

TEST_CASE("what cannot be released says what stands in the way", "[lifecycle]") {
  const auto refusal = [](S state, bool quarantined) {
    return release_quarantine(state, quarantined, ReleaseTo::kAvailable).error();
  };
  CHECK(refusal(S::kAvailable, false) == ProfileRefusal::kNotOrdered);
  CHECK(refusal(S::kError, false) == ProfileRefusal::kNotDelivered);
  CHECK(refusal(S::kConfirmed, false) == ProfileRefusal::kNotDelivered);
  CHECK(refusal(S::kInstalled, true) == ProfileRefusal::kAlreadyInstalled);
  CHECK(refusal(S::kUnavailable, true) == ProfileRefusal::kEnded);
}

}  // namespace berth::lifecycle
