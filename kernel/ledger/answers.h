// Final answers by idempotency key.

#pragma once

#include "kernel/ledger/plan.h"

namespace berth::ledger {

std::optional<StoredAnswer> find_answer(Session& session, const std::string& tenant_id,
                                        const IdempotencyKey& key);
Step plan_answer(const std::string& tenant_id, const StoredAnswer& answer);
std::span<const Statement> answer_writes();

}  // namespace berth::ledger
