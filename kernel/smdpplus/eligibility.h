// May this card take this profile? (SGP.22 Annex F)
//
// Pure. Only what card and package say of themselves is compared; what one of them does not say is
// no reason to refuse.

#pragma once

#include <optional>

#include "kernel/ledger/records.h"
#include "kernel/rsp/rsp_error.h"
#include "kernel/rsp/sgp22/messages.h"
#include "kernel/rsp/sgp22/metadata.h"

namespace berth::smdpplus {

// 8.2.5/4.3 for a package format, a service or a policy rule the card cannot take, then 8.1/4.8 for
// too little memory. The message says which.
std::optional<rsp::RspError> ineligible(const ledger::ProfileRecord& profile,
                                        const rsp::sgp22::PolicyRules& rules, bool has_owner,
                                        const rsp::sgp22::EuiccInfo2& card);

}  // namespace berth::smdpplus
