// The one table that ties a name to the history about it. Erasing the name here leaves the history
// whole and anonymous.

#pragma once

#include <optional>
#include <string>

#include "kernel/base/random.h"
#include "kernel/ledger/context.h"

namespace berth::ledger {

// Any unknown subject gets a fresh random reference.
std::string subject_ref_for(Session& session, const ApplyContext& context, const Subject& subject,
                            Random& random);
std::optional<std::string> find_subject_ref(Session& session, const std::string& tenant_id,
                                            const Subject& subject);

}  // namespace berth::ledger
