// The table `attempt`.

#pragma once

#include "kernel/ledger/plan.h"

namespace berth::ledger {

Steps plan_change(const std::string& tenant_id, const InsertAttempt& change);
Steps plan_change(const std::string& tenant_id, const UpdateAttempt& change);
std::span<const Statement> attempt_writes();

std::optional<AttemptRecord> find_attempt(Session& session, const std::string& tenant_id,
                                          const TransactionId& id);
std::vector<AttemptRecord> find_attempts_of(Session& session, const std::string& tenant_id,
                                            const std::string& order_id, std::size_t max);
// `state`: kAuthenticated or kDelivered.
std::vector<AttemptRecord> attempts_overdue(Session& session, const std::string& tenant_id,
                                            AttemptState state, UnixMs before, std::size_t max);
std::vector<AttemptRecord> find_deliveries_of(Session& session, const std::string& tenant_id,
                                              const Iccid& iccid, std::size_t max);

}  // namespace berth::ledger
