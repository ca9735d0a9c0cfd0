// The table `binding`: retry material, gone as soon as it is of no more use.

#pragma once

#include "kernel/ledger/plan.h"

namespace berth::ledger {

Steps plan_change(const std::string& tenant_id, const PutBinding& change);
Steps plan_change(const std::string& tenant_id, const DropBinding& change);
std::span<const Statement> binding_writes();

std::optional<BindingRecord> find_binding(Session& session, const std::string& tenant_id,
                                          const Iccid& iccid);

}  // namespace berth::ledger
