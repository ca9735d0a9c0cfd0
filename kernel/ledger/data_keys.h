// The table `data_key`: the vault's keys, wrapped.

#pragma once

#include "kernel/ledger/context.h"

namespace berth::ledger {

Applied apply_change(Session& session, const ApplyContext& context, const InsertDataKey& change);

// Ascending key id.
std::vector<DataKeyRecord> all_data_keys(Session& session, const std::string& tenant_id);

}  // namespace berth::ledger
