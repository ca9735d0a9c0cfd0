// The table `binding`: retry material, gone as soon as it is of no more use.

#pragma once

#include "kernel/ledger/context.h"

namespace berth::ledger {

Applied apply_change(Session& session, const ApplyContext& context, const PutBinding& change);
Applied apply_change(Session& session, const ApplyContext& context, const DropBinding& change);

std::optional<BindingRecord> find_binding(Session& session, const std::string& tenant_id,
                                          const Iccid& iccid);

}  // namespace berth::ledger
