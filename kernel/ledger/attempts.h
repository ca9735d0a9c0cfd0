// The table `attempt`.

#pragma once

#include "kernel/ledger/context.h"

namespace berth::ledger {

Applied apply_change(Session& session, const ApplyContext& context, const InsertAttempt& change);
Applied apply_change(Session& session, const ApplyContext& context, const UpdateAttempt& change);

std::optional<AttemptRecord> find_attempt(Session& session, const std::string& tenant_id,
                                          const TransactionId& id);

}  // namespace berth::ledger
