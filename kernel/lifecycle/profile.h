// The life of a profile in the SM-DP+ as a pure table (SGP.22 §3.1.6): (state, input) → (state,
// effects), or a refusal. No I/O, no clock.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "kernel/base/result.h"

namespace berth::lifecycle {

enum class ProfileState : std::uint8_t {
  kAvailable = 1,
  kAllocated,
  kLinked,
  kConfirmed,
  kReleased,
  kDownloaded,
  kInstalled,
  kError,
  kUnavailable,
};

enum class ProfileInput : std::uint8_t {
  kOrder = 1,    // reserved, no EID
  kOrderForEid,  // reserved for one EID
  kConfirm,      // MatchingID set, not released
  kConfirmAndRelease,
  kRelease,
  kAuthenticated,             // AuthenticateClient succeeded: an attempt begins
  kDelivered,                 // GetBoundProfilePackage answered: quarantined until the card speaks
  kInstalled,                 // signed success
  kInstallFailedTemporarily,  // and an earlier package may be there all the same
  kInstallFailedPermanently,
  kSessionCancelled,  // reason other than postponed, timeout
  kSessionPostponed,
  kAttemptsExceeded,
  kCodeAttemptsExceeded,
  kOrderExpired,
  kOrderCancelledToAvailable,
  kOrderCancelledToUnavailable,
  kDeletedFromCard,  // signed delete notification; the profile is spent
  kDeletedForReuse,  // signed delete notification; its reuse policy gives it back
  kReorder,          // armed again after an error
  kIneligible,       // the card or device cannot take it, and the tenant ends orders then
  // Signed failure that does not prove the card is without the profile: an earlier package may have
  // been installed (ICCID already there, or the card failed before it looked).
  kInstallFailedUnproven,
  kAccountedFor,                    // what the card signed now accounts for every package that left
  kInstallFailedTemporarilyProven,  // temporary, and no package is there
};

// What the transition means beyond the new state; the service turns these into one commit.
struct ProfileEffects {
  bool frees_reservation = false;  // profile and licence go back to stock
  bool opens_attempt = false;
  bool final_for_order = false;  // the order is closed
  bool quarantines = false;      // a package leaves and is unaccounted for
  bool accounts = false;         // signed evidence says where every delivered package is
  bool drops_binding = false;    // retry material is destroyed
};

struct ProfileTransition {
  ProfileState next;
  ProfileEffects effects;
  bool quarantined = false;  // after the transition
};

enum class ProfileRefusal : std::uint8_t {
  kNotOrdered = 1,  // still Available
  kNotReleased,     // ordered, but not released
  kAlreadyTaken,    // order of a profile that is not Available
  kAlreadyDelivered,
  kAlreadyInstalled,
  kEnded,         // Error or Unavailable
  kNotDelivered,  // an install result before any package was sent
};

// A quarantined profile serves the card its package went to, or nobody: what would give it back to
// stock does not (R106).
Result<ProfileTransition, ProfileRefusal> apply(ProfileState state, ProfileInput input,
                                                bool quarantined = false);

std::string_view to_string(ProfileState state);  // "Released"
std::string_view to_string(ProfileInput input);
std::string_view to_string(ProfileRefusal refusal);
// From the stored text; kDataLoss "lifecycle.unknown_state".
Result<ProfileState> profile_state_from(std::string_view text);

inline constexpr std::array kAllProfileStates = {
    ProfileState::kAvailable, ProfileState::kAllocated, ProfileState::kLinked,
    ProfileState::kConfirmed, ProfileState::kReleased,  ProfileState::kDownloaded,
    ProfileState::kInstalled, ProfileState::kError,     ProfileState::kUnavailable};

}  // namespace berth::lifecycle
