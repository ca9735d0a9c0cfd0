// Which commits happened: what a re-sent unit and resolve() are answered from.

#pragma once

#include "kernel/ledger/plan.h"

namespace berth::ledger {

std::optional<Committed> find_commit(Session& session, const std::string& tenant_id,
                                     const std::string& commit_id);
void insert_commit(Session& session, const std::string& tenant_id, const std::string& commit_id,
                   const Committed& committed);

}  // namespace berth::ledger
