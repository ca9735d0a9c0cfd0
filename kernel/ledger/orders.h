// The table `profile_order`.

#pragma once

#include "kernel/ledger/context.h"

namespace berth::ledger {

Applied apply_change(Session& session, const ApplyContext& context, const InsertOrder& change);
Applied apply_change(Session& session, const ApplyContext& context, const UpdateOrder& change);

std::optional<OrderRecord> find_order(Session& session, const std::string& tenant_id,
                                      const std::string& order_id);
std::optional<OrderRecord> find_order_by_code(Session& session, const std::string& tenant_id,
                                              const MatchingId& id);
std::optional<OrderRecord> find_default_order(Session& session, const std::string& tenant_id,
                                              const Eid& eid);
std::vector<OrderRecord> orders_expired(Session& session, const std::string& tenant_id, UnixMs now,
                                        std::size_t max);

}  // namespace berth::ledger
