// A tenant's bindings of the draft kinds: registrar, rating, BSS. Each is optional, and what is not
// bound is null.

#pragma once

#include <memory>

#include "kernel/plugins/bss.h"
#include "kernel/plugins/rating.h"
#include "kernel/plugins/registrar.h"
#include "kernel/plugins/registry.h"
#include "kernel/tenancy/configuration.h"

namespace berth::host {

struct DraftBindings {
  std::unique_ptr<plugins::Registrar> registrar;
  std::unique_ptr<plugins::RatingModel> rating;
  std::unique_ptr<plugins::BssConnector> bss;
};

// An instance for each that the tenant binds, started under op's deadline. Failures as of
// Registry::instance and of the kind's adapter.
Result<DraftBindings> start_draft_bindings(plugins::Registry& registry,
                                           const tenancy::TenantConfiguration& tenant,
                                           const plugins::Op& op);

}  // namespace berth::host
