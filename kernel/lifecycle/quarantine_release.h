// What two people may do that otherwise only a card's signature does: say that a package which left
// is on no card that will ever use it (R106). Pure, like profile.h, and apart from it: no input of
// a device or of a single operator leads here.

#pragma once

#include "kernel/lifecycle/profile.h"

namespace berth::lifecycle {

enum class ReleaseTo : std::uint8_t {
  kAvailable = 1,  // back to stock, for anybody
  kUnavailable,    // spent
};

// Ends quarantine, and with it whatever order was open. Refused: kNotOrdered or kNotDelivered
// without a quarantine to end, kAlreadyInstalled where the card has proven that the profile is
// there, kEnded when it is Unavailable.
Result<ProfileTransition, ProfileRefusal> release_quarantine(ProfileState state, bool quarantined,
                                                             ReleaseTo to);

}  // namespace berth::lifecycle
