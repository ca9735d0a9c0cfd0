// A tenant's bindings of the draft kinds: registrar, rating, BSS. Each is optional, and what is not
// bound is null.

#pragma once

#include <memory>

#include "kernel/plugins/bindings.h"
#include "kernel/plugins/live_drafts.h"
#include "kernel/tenancy/configuration.h"

namespace berth::host {

struct DraftBindings {
  std::unique_ptr<plugins::LiveRegistrar> registrar;
  std::unique_ptr<plugins::LiveRatingModel> rating;
  std::unique_ptr<plugins::LiveBssConnector> bss;

  // So that operators see and exchange what serves them.
  void add_to(plugins::Bindings& bindings) const;
};

// A front for each that the tenant binds, its first instance started under op's deadline. Failures
// as of Binding::swap.
Result<DraftBindings> start_draft_bindings(plugins::Registry& registry,
                                           const tenancy::TenantConfiguration& tenant,
                                           const plugins::Op& op);

}  // namespace berth::host
