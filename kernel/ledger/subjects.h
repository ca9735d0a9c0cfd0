// The one table that ties a name to the history about it. Erasing the name here leaves the history
// whole and anonymous.

#pragma once

#include <optional>
#include <string>

#include "kernel/base/random.h"
#include "kernel/ledger/plan.h"

namespace berth::ledger {

// An unknown subject gets the fresh reference, which is random.
std::string subject_ref_for(Session& session, const std::string& tenant_id, UnixMs time_ms,
                            const Subject& subject, const std::string& fresh_ref);
std::optional<std::string> find_subject_ref(Session& session, const std::string& tenant_id,
                                            const Subject& subject);

}  // namespace berth::ledger
