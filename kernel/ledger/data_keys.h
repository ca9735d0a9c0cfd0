// The table `data_key`: the vault's keys, wrapped.

#pragma once

#include "kernel/ledger/plan.h"

namespace berth::ledger {

Steps plan_change(const std::string& tenant_id, const InsertDataKey& change);
Steps plan_change(const std::string& tenant_id, const UpdateDataKey& change);
std::span<const Statement> data_key_writes();

// Ascending key id.
std::vector<DataKeyRecord> all_data_keys(Session& session, const std::string& tenant_id);

}  // namespace berth::ledger
