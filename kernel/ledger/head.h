// tenant_head: the one serialisation point of a ledger, written once per batch, last.

#pragma once

#include <string>

#include "kernel/ledger/session.h"
#include "kernel/ledger/tenant_ledger.h"

namespace berth::ledger {

bool has_head(Session& session, const std::string& tenant_id);
// Throws CorruptRow when the row is missing.
TenantHead load_head(Session& session, const std::string& tenant_id);
// False when another writer raised the epoch since `head` was loaded.
bool store_head(Session& session, const std::string& tenant_id, const TenantHead& head);
// Creates the head on first use and raises its epoch, so that an older writer's next batch fails.
// Returns the head with the new epoch. Throws CorruptRow when the file is another tenant's.
TenantHead take_over_head(Session& session, const std::string& tenant_id);

// Creates the head on first use; other nodes write the same ledger.
TenantHead join_head(Session& session, const std::string& tenant_id);

}  // namespace berth::ledger
