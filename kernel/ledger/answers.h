// Final answers by idempotency key.

#pragma once

#include "kernel/ledger/context.h"

namespace berth::ledger {

std::optional<StoredAnswer> find_answer(Session& session, const std::string& tenant_id,
                                        const IdempotencyKey& key);
void insert_answer(Session& session, const ApplyContext& context, const StoredAnswer& answer);

}  // namespace berth::ledger
