#include "kernel/lifecycle/quarantine_release.h"

namespace berth::lifecycle {
namespace {

// The order ends, its retry material goes, and nothing is unaccounted for any more.
constexpr ProfileEffects kReleased{
    .final_for_order = true, .accounts = true, .drops_binding = true};

}  // namespace

Result<ProfileTransition, ProfileRefusal> release_quarantine(ProfileState state, bool quarantined,
                                                             ReleaseTo to) {
  switch (state) {
    case ProfileState::kAvailable:
      return ProfileRefusal::kNotOrdered;
    case ProfileState::kAllocated:
    case ProfileState::kLinked:
    case ProfileState::kConfirmed:
      return ProfileRefusal::kNotDelivered;
    case ProfileState::kReleased:
    case ProfileState::kDownloaded:
    case ProfileState::kError:
      break;
    case ProfileState::kInstalled:
      return ProfileRefusal::kAlreadyInstalled;
    case ProfileState::kUnavailable:
      return ProfileRefusal::kEnded;
  }
  if (!quarantined) return ProfileRefusal::kNotDelivered;
  const bool again = to == ReleaseTo::kAvailable;
  return ProfileTransition{again ? ProfileState::kAvailable : ProfileState::kUnavailable, kReleased,
                           false};
}

}  // namespace berth::lifecycle
