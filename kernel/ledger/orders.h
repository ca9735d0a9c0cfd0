// The table `profile_order`.

#pragma once

#include "kernel/ledger/plan.h"

namespace berth::ledger {

Steps plan_change(const std::string& tenant_id, const InsertOrder& change);
Steps plan_change(const std::string& tenant_id, const UpdateOrder& change);
std::span<const Statement> order_writes();

std::optional<OrderRecord> find_order(Session& session, const std::string& tenant_id,
                                      const std::string& order_id);
std::optional<OrderRecord> find_order_by_code(Session& session, const std::string& tenant_id,
                                              const MatchingId& id);
std::optional<OrderRecord> find_default_order(Session& session, const std::string& tenant_id,
                                              const Eid& eid);
std::vector<OrderRecord> orders_expired(Session& session, const std::string& tenant_id, UnixMs now,
                                        std::size_t max);

}  // namespace berth::ledger
