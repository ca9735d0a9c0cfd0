#include "kernel/smdpplus/account_step.h"

#include <algorithm>

#include "kernel/smdpplus/profile_types.h"

namespace berth::smdpplus {

using lifecycle::ProfileInput;
using lifecycle::ProfileState;

bool AccountStep::take(ProfileInput input) {
  const auto applied = lifecycle::apply(profile.state, input, profile.quarantined);
  if (!applied) return false;
  profile.state = applied->next;
  profile.quarantined = applied->quarantined;
  ends_order = ends_order || applied->effects.final_for_order;
  drops_binding = drops_binding || applied->effects.drops_binding;
  return true;
}

bool awaits_words(const ledger::ProfileRecord& profile) {
  return profile.state == ProfileState::kReleased || profile.state == ProfileState::kDownloaded ||
         profile.state == ProfileState::kInstalled || profile.state == ProfileState::kError;
}

Result<void, Failure> settle(context::TenantContext& tenant, const PackageAccount& account,
                             AccountStep& step) {
  const bool installed = step.profile.state == ProfileState::kInstalled;
  const bool quarantined = step.profile.quarantined;
  if (!(installed ? account.ended : quarantined && account.absent_by_deletion)) {
    if (quarantined && (installed ? account.complete : account.absent)) {
      step.take(ProfileInput::kAccountedFor);
    }
    return {};
  }
  auto definition = definition_of(tenant, step.profile);
  if (!definition) return std::move(definition).error();
  const ProfileType& type = definition->type;
  // Whatever results may come later: these were installed, else they could not have been deleted.
  const std::uint32_t installations =
      step.profile.installations + (installed ? account.silent : std::max(account.silent, 1U));
  const bool again = type.reuse != Reuse::kNever && installations < type.downloads_max;
  if (step.profile.state == ProfileState::kReleased) {
    // Armed again over a package that was installed and is deleted: the new order may go on. A
    // profile without a further life stays this card's, which may finish the order.
    if (again && step.take(ProfileInput::kAccountedFor)) step.profile.installations = installations;
    return {};
  }
  if (!step.take(again ? ProfileInput::kDeletedForReuse : ProfileInput::kDeletedFromCard)) {
    return {};  // the evidence is kept all the same
  }
  step.profile.installations = installations;
  step.ended_by_deletion = true;
  step.ends_order = true;
  if (again && type.reuse == Reuse::kAnyEid) step.profile.eid.reset();
  return {};
}

void add_step(const ledger::ProfileRecord& read, const std::optional<ledger::OrderRecord>& order,
              const AccountStep& step, ledger::Unit& unit) {
  ledger::ProfileRecord next = step.profile;
  next.revision = read.revision + 1;
  unit.changes.push_back(ledger::UpdateProfile{std::move(next), read.revision});
  if (step.drops_binding) unit.changes.push_back(ledger::DropBinding{read.iccid});
  if (step.ends_order && order && order->open) {
    ledger::OrderRecord closed = *order;
    closed.open = false;
    closed.revision += 1;
    unit.changes.push_back(ledger::UpdateOrder{std::move(closed), order->revision, false});
  }
}

}  // namespace berth::smdpplus
