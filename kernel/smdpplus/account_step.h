// What a card's word makes of a profile's rows beyond the word itself. Private to this folder.

#pragma once

#include "kernel/ledger/unit.h"
#include "kernel/lifecycle/profile.h"
#include "kernel/smdpplus/package_account.h"
#include "kernel/smdpplus/profile_step.h"

namespace berth::smdpplus {

// A profile on its way through the transitions of one commit.
struct AccountStep {
  ledger::ProfileRecord profile;  // as it will be; its revision is still the one that was read
  bool ends_order = false;
  bool drops_binding = false;
  bool ended_by_deletion = false;

  // False, and nothing changed: not in this state.
  bool take(lifecycle::ProfileInput input);
};

// Is a package of the profile out, or was one, so that words of its card may change it?
bool awaits_words(const ledger::ProfileRecord& profile);

// The effect of what is accounted for by now: a deletion gives the profile back as its type allows,
// also one that was told of before; and quarantine ends where everything is accounted for.
Result<void, Failure> settle(context::TenantContext& tenant, const PackageAccount& account,
                             AccountStep& step);

// The step as changes guarded by what was read; `order` is the profile's own. A word that changes
// nothing raises the revision all the same: whoever decides on the words at the same time must see
// it.
void add_step(const ledger::ProfileRecord& read, const std::optional<ledger::OrderRecord>& order,
              const AccountStep& step, ledger::Unit& unit);

}  // namespace berth::smdpplus
