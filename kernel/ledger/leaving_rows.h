// The SQL of a tenant's exit. Internal to this room.

#pragma once

#include "kernel/ledger/leaving.h"
#include "kernel/ledger/session.h"

namespace berth::ledger {

// `name` is one of returned_rows() or kCodeRows. CorruptRow when `from` is none of its cursors.
RowsPage rows_from(Session& session, const std::string& tenant_id, std::string_view name,
                   const std::string& from);
// One bounded step of Leaving::erase_secrets, in a transaction of the caller's; false: all is done.
// `at` is where it stands, empty at first.
bool erase_step(Session& session, const std::string& tenant_id, std::string& at);

}  // namespace berth::ledger
