// The text of kernel/ledger/schema/*.sql, compiled in.

#pragma once

#include <string_view>

namespace berth::ledger {

extern const std::string_view kChainSchema1;    // every ledger: head, commits, audit
extern const std::string_view kHostSchema1;     // host.db besides
extern const std::string_view kHostSchema2;     // after version 1
extern const std::string_view kTenantSchema1;   // tenants/<id>.db besides
extern const std::string_view kTenantSchema2;   // after version 1: see its first lines
extern const std::string_view kTenantSchema3;   // after version 2
extern const std::string_view kTenantSchema4;   // after version 3
extern const std::string_view kTenantSchema5;   // after version 4
extern const std::string_view kTenantSchema6;   // after version 5; SQLite alone
extern const std::string_view kEs9Session;      // PostgreSQL: what nodes share
extern const std::string_view kWorkerLease;     // the same
extern const std::string_view kPostgresOwner;   // PostgreSQL: the owner sees all, for a migration
extern const std::string_view kPostgresRows;    // PostgreSQL: who may see which rows
extern const std::string_view kPostgresCommit;  // PostgreSQL: a batch as one function

}  // namespace berth::ledger
