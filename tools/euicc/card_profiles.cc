// ES10c: enable, disable and delete profiles (SGP.22 §5.7.16 to §5.7.18) and what they notify.

#include <algorithm>

#include "tools/euicc/card.h"

namespace berth::euicc {
namespace {

Error unknown_profile(const Iccid& iccid) {
  return Error(ErrorCode::kNotFound, "card.profile_unknown",
               "the card has no profile " + iccid.text() + " (iccidOrAidNotFound)");
}
Error wrong_state(std::string message) {
  return Error(ErrorCode::kFailedPrecondition, "card.profile_state", std::move(message));
}

// What the profile's own rules say (SGP.22 §2.9.1).
Result<void> check_rule(const Profile& profile, PolicyRule rule) {
  BERTH_TRY(metadata, read_metadata(profile.metadata));
  if (!metadata.has(rule)) return {};
  return Error(ErrorCode::kFailedPrecondition, "card.policy_rule",
               "a policy rule of the enabled or wanted profile forbids it (disallowedByPolicy)");
}

Profile* find_profile(CardState& state, const Iccid& iccid) {
  const auto found = std::find_if(state.profiles.begin(), state.profiles.end(),
                                  [&](const Profile& profile) { return profile.iccid == iccid; });
  return found == state.profiles.end() ? nullptr : &*found;
}

}  // namespace

Result<void> Card::notify(CardState& next, const Profile& profile, NotificationEvent event) const {
  BERTH_TRY(metadata, read_metadata(profile.metadata));
  // The chain of highest priority signs: there is no session to choose another.
  const Credential& own = next.credentials.front();
  for (const NotificationTarget& target : metadata.notification_targets) {
    if ((target.events & static_cast<std::uint8_t>(event)) == 0) continue;
    const Bytes fields = encode_notification_metadata(next.next_sequence_number, event,
                                                      target.address, profile.iccid);
    BERTH_TRY(signature, own.key.sign({fields}));
    BERTH_TRY_VOID(
        push_notification(next, {next.next_sequence_number, event, target.address, profile.iccid,
                                 encode_other_notification(fields, signature, own.euicc_certificate,
                                                           own.eum_certificate)}));
  }
  return {};
}

Result<void> Card::enable_profile(const Iccid& iccid) {
  CardState next = state_;
  Profile* wanted = find_profile(next, iccid);
  if (wanted == nullptr) return unknown_profile(iccid);
  if (wanted->state != ProfileState::kDisabled) {
    return wrong_state("the profile is enabled already (profileNotInDisabledState)");
  }
  for (Profile& other : next.profiles) {
    if (other.state != ProfileState::kEnabled) continue;
    BERTH_TRY_VOID(check_rule(other, PolicyRule::kNoDisabling));
    other.state = ProfileState::kDisabled;
    BERTH_TRY_VOID(notify(next, other, NotificationEvent::kDisable));
  }
  wanted->state = ProfileState::kEnabled;
  BERTH_TRY_VOID(notify(next, *wanted, NotificationEvent::kEnable));
  return commit(std::move(next));
}

Result<void> Card::disable_profile(const Iccid& iccid) {
  CardState next = state_;
  Profile* wanted = find_profile(next, iccid);
  if (wanted == nullptr) return unknown_profile(iccid);
  if (wanted->state != ProfileState::kEnabled) {
    return wrong_state("the profile is disabled already (profileNotInEnabledState)");
  }
  BERTH_TRY_VOID(check_rule(*wanted, PolicyRule::kNoDisabling));
  wanted->state = ProfileState::kDisabled;
  BERTH_TRY_VOID(notify(next, *wanted, NotificationEvent::kDisable));
  return commit(std::move(next));
}

Result<void> Card::delete_profile(const Iccid& iccid) {
  CardState next = state_;
  const Profile* wanted = find_profile(next, iccid);
  if (wanted == nullptr) return unknown_profile(iccid);
  if (wanted->state != ProfileState::kDisabled) {
    return wrong_state(
        "an enabled profile is not deleted; disable it first "
        "(profileNotInDisabledState)");
  }
  BERTH_TRY_VOID(check_rule(*wanted, PolicyRule::kNoDeleting));
  BERTH_TRY_VOID(notify(next, *wanted, NotificationEvent::kDelete));
  std::erase_if(next.profiles, [&](const Profile& profile) { return profile.iccid == iccid; });
  return commit(std::move(next));
}

}  // namespace berth::euicc
