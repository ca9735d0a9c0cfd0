#include "kernel/lifecycle/profile.h"

#include <string>

namespace berth::lifecycle {
namespace {

using In = ProfileInput;
using No = ProfileRefusal;
using State = ProfileState;

constexpr ProfileEffects kNothing{};
constexpr ProfileEffects kAttempt{.opens_attempt = true};
// Nothing has left the house: profile and licence return to stock (R106).
constexpr ProfileEffects kBackToStock{.frees_reservation = true, .final_for_order = true};
constexpr ProfileEffects kStock{.frees_reservation = true};
constexpr ProfileEffects kClosed{.final_for_order = true};
constexpr ProfileEffects kAccounted{.accounts = true};
constexpr ProfileEffects kClosedAndAccounted{
    .final_for_order = true, .accounts = true, .drops_binding = true};
constexpr ProfileEffects kClosedAndDropped{.final_for_order = true, .drops_binding = true};
// A package leaves, and from now on only the card can tell what became of it: until then the ICCID
// may serve nobody else.
constexpr ProfileEffects kQuarantined{.quarantines = true};

// One cell: where it leads, or why it does not. Exactly one of the two is set.
struct Cell {
  std::optional<ProfileTransition> transition;
  std::optional<ProfileRefusal> refusal;
};

constexpr Cell to(State next, ProfileEffects effects = kNothing) {
  return {.transition = ProfileTransition{next, effects, false}, .refusal = std::nullopt};
}
constexpr Cell no(No refusal) { return {.transition = std::nullopt, .refusal = refusal}; }

// One row: what an input does in each state, in the order of kAllProfileStates.
using Row = std::array<Cell, kAllProfileStates.size()>;

constexpr Row order_row(State next) {
  constexpr Cell kTaken = no(No::kAlreadyTaken);
  return {to(next), kTaken, kTaken, kTaken, kTaken, kTaken, kTaken, kTaken, kTaken};
}

constexpr Row confirm_row(State next) {
  return {no(No::kNotOrdered),
          to(next),
          to(next),
          no(No::kAlreadyTaken),
          no(No::kAlreadyTaken),
          no(No::kAlreadyDelivered),
          no(No::kAlreadyInstalled),
          no(No::kEnded),
          no(No::kEnded)};
}

constexpr Row release_row() {
  return {no(No::kNotOrdered),       no(No::kNotReleased),  no(No::kNotReleased),
          to(State::kReleased),      no(No::kAlreadyTaken), no(No::kAlreadyDelivered),
          no(No::kAlreadyInstalled), no(No::kEnded),        no(No::kEnded)};
}

// What a device does while it downloads: possible in Released and, as a retry, in Downloaded.
constexpr Row device_row(Cell released, Cell downloaded) {
  return {no(No::kNotOrdered),
          no(No::kNotReleased),
          no(No::kNotReleased),
          no(No::kNotReleased),
          released,
          downloaded,
          no(No::kAlreadyInstalled),
          no(No::kEnded),
          no(No::kEnded)};
}

// What a card signs after a package was sent. Released: the order was armed again, and the result
// is of a package sent before.
constexpr Row card_row(Cell released, Cell downloaded, Cell installed, Cell error) {
  return {no(No::kNotOrdered),
          no(No::kNotDelivered),
          no(No::kNotDelivered),
          no(No::kNotDelivered),
          released,
          downloaded,
          installed,
          error,
          no(No::kEnded)};
}

constexpr Row delete_row(State next) {
  return card_row(no(No::kNotDelivered), to(next, kClosedAndAccounted), to(next, kAccounted),
                  to(next, kAccounted));
}

constexpr Row reorder_row() {
  constexpr Cell kTaken = no(No::kAlreadyTaken);
  return {no(No::kNotOrdered),
          kTaken,
          kTaken,
          kTaken,
          kTaken,
          no(No::kAlreadyDelivered),
          no(No::kAlreadyInstalled),
          to(State::kReleased),
          no(No::kEnded)};
}

// What ends an order from the operator's side.
constexpr Row end_row(Cell reserved, Cell downloaded, Cell error) {
  return {no(No::kNotOrdered),       reserved, reserved,      reserved, reserved, downloaded,
          no(No::kAlreadyInstalled), error,    no(No::kEnded)};
}

constexpr Row row_of(ProfileInput input) {
  constexpr Cell kEnded = no(No::kEnded);
  constexpr Cell kInstalledBefore = no(No::kAlreadyInstalled);
  switch (input) {
    case In::kOrder:
      return order_row(State::kAllocated);
    case In::kOrderForEid:
      return order_row(State::kLinked);
    case In::kConfirm:
      return confirm_row(State::kConfirmed);
    case In::kConfirmAndRelease:
      return confirm_row(State::kReleased);
    case In::kRelease:
      return release_row();
    case In::kAuthenticated:
      return device_row(to(State::kReleased, kAttempt), to(State::kDownloaded, kAttempt));
    case In::kDelivered:
      return device_row(to(State::kDownloaded, kQuarantined), to(State::kDownloaded, kQuarantined));
    case In::kSessionPostponed:
      return device_row(to(State::kReleased), to(State::kDownloaded));
    case In::kSessionCancelled:
    case In::kAttemptsExceeded:
    case In::kCodeAttemptsExceeded:
    case In::kIneligible:
      return device_row(to(State::kError, kClosed), to(State::kError, kClosedAndDropped));
    case In::kInstalled:
      // From Error and Released too: the order ended, or was armed again, while a package was out,
      // and the card now proves what became of it. The card's signature is the fact; refusing it
      // would not undo it.
      return card_row(to(State::kInstalled, kClosedAndAccounted),
                      to(State::kInstalled, kClosedAndAccounted), kInstalledBefore,
                      to(State::kInstalled, kAccounted));
    case In::kInstallFailedTemporarily:
      return card_row(no(No::kNotDelivered), to(State::kDownloaded), kInstalledBefore, kEnded);
    case In::kInstallFailedTemporarilyProven:
      return card_row(no(No::kNotDelivered), to(State::kDownloaded, kAccounted), kInstalledBefore,
                      kEnded);
    case In::kInstallFailedPermanently:
      // Signed proof that it is not installed, so there is nothing to quarantine.
      return card_row(no(No::kNotDelivered), to(State::kError, kClosedAndAccounted),
                      kInstalledBefore, kEnded);
    case In::kInstallFailedUnproven:
      return card_row(no(No::kNotDelivered), to(State::kError, kClosedAndDropped), kInstalledBefore,
                      kEnded);
    case In::kAccountedFor:
      return card_row(to(State::kReleased, kAccounted), to(State::kDownloaded, kAccounted),
                      to(State::kInstalled, kAccounted), to(State::kError, kAccounted));
    case In::kDeletedFromCard:
      // Deletion proves an installation whose own result was lost on the way.
      return delete_row(State::kUnavailable);
    case In::kDeletedForReuse:
      return delete_row(State::kAvailable);
    case In::kReorder:
      return reorder_row();
    case In::kOrderExpired:
      return end_row(to(State::kAvailable, kBackToStock), to(State::kError, kClosedAndDropped),
                     kEnded);
    case In::kOrderCancelledToAvailable:
      return end_row(to(State::kAvailable, kBackToStock), no(No::kAlreadyDelivered),
                     to(State::kAvailable, kStock));
    case In::kOrderCancelledToUnavailable:
      return end_row(to(State::kUnavailable, kClosed), no(No::kAlreadyDelivered),
                     to(State::kUnavailable));
  }
  BERTH_ASSERT(false);
}

constexpr std::string_view kStateNames[] = {"Available", "Allocated", "Linked",
                                            "Confirmed", "Released",  "Downloaded",
                                            "Installed", "Error",     "Unavailable"};
static_assert(std::size(kStateNames) == kAllProfileStates.size());

}  // namespace

Result<ProfileTransition, ProfileRefusal> apply(ProfileState state, ProfileInput input,
                                                bool quarantined) {
  const auto column = static_cast<std::size_t>(state) - 1;
  BERTH_ASSERT(column < kAllProfileStates.size());
  const Cell cell = row_of(input)[column];
  if (cell.refusal) return *cell.refusal;
  ProfileTransition transition = *cell.transition;
  if (quarantined && transition.effects.frees_reservation) {
    // Its package may be on a card: an expiry ends the order without freeing it, and a wish to have
    // it back is refused.
    if (input != In::kOrderExpired) return No::kAlreadyDelivered;
    transition = {State::kError, kClosed, true};
  }
  transition.quarantined =
      !transition.effects.accounts && (quarantined || transition.effects.quarantines);
  return transition;
}

std::string_view to_string(ProfileState state) {
  const auto index = static_cast<std::size_t>(state) - 1;
  BERTH_ASSERT(index < std::size(kStateNames));
  return kStateNames[index];
}

std::string_view to_string(ProfileInput input) {
  static constexpr std::string_view kNames[] = {"Order",
                                                "OrderForEid",
                                                "Confirm",
                                                "ConfirmAndRelease",
                                                "Release",
                                                "Authenticated",
                                                "Delivered",
                                                "Installed",
                                                "InstallFailedTemporarily",
                                                "InstallFailedPermanently",
                                                "SessionCancelled",
                                                "SessionPostponed",
                                                "AttemptsExceeded",
                                                "CodeAttemptsExceeded",
                                                "OrderExpired",
                                                "OrderCancelledToAvailable",
                                                "OrderCancelledToUnavailable",
                                                "DeletedFromCard",
                                                "DeletedForReuse",
                                                "Reorder",
                                                "Ineligible",
                                                "InstallFailedUnproven",
                                                "AccountedFor",
                                                "InstallFailedTemporarilyProven"};
  const auto index = static_cast<std::size_t>(input) - 1;
  BERTH_ASSERT(index < std::size(kNames));
  return kNames[index];
}

std::string_view to_string(ProfileRefusal refusal) {
  static constexpr std::string_view kNames[] = {
      "NotOrdered",       "NotReleased", "AlreadyTaken", "AlreadyDelivered",
      "AlreadyInstalled", "Ended",       "NotDelivered"};
  const auto index = static_cast<std::size_t>(refusal) - 1;
  BERTH_ASSERT(index < std::size(kNames));
  return kNames[index];
}

Result<ProfileState> profile_state_from(std::string_view text) {
  for (const ProfileState state : kAllProfileStates) {
    if (to_string(state) == text) return state;
  }
  return Error(ErrorCode::kDataLoss, "lifecycle.unknown_state",
               "'" + std::string(text.substr(0, 32)) +
                   "' is no profile state; the ledger was written by a newer program or damaged");
}

}  // namespace berth::lifecycle
