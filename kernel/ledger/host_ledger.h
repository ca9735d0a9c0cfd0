// The host's own ledger (host.db) and the door to the tenants' ledgers.
//
// Thread-safe.

#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "kernel/base/clock.h"
#include "kernel/base/random.h"
#include "kernel/ledger/tenant_ledger.h"
#include "kernel/ledger/tenant_transaction.h"

namespace berth::ledger {

// Rows in one PostgreSQL database, which several nodes may share.
struct PostgresOptions {
  // libpq's words for the role the service runs as: no superuser, no owner of the tables, subject
  // to row level security ("ledger.role" otherwise).
  std::string connection;
  // For the tables' owner; empty: the schema must be up to date ("ledger.schema" otherwise).
  std::string owner_connection;
  std::size_t max_connections = 16;  // of this process
  // Expiry is decided by the database's clock, which all nodes share; false: by this process's.
  bool database_time = true;
};

struct LedgerOptions {
  std::filesystem::path folder;                  // SQLite: created with mode 0700
  std::optional<PostgresOptions> postgres = {};  // none: SQLite
  std::chrono::microseconds batch_window{2000};  // longest wait for company
  std::size_t max_batch = 256;
  std::size_t max_queue = 4096;  // beyond it commit() answers Refused kOverloaded at once
  // After a COMMIT of unknown outcome: between two attempts to find out, while nobody writes.
  std::chrono::milliseconds settle_interval{1000};
  // Longest a commit() waits for its answer; later is Unknown, or refused when not yet begun.
  std::chrono::milliseconds answer_within{10'000};
};

struct TenantEntry {
  TenantId id;
  UnixMs created_ms = 0;
};

// A document of the host's own, of a kind: an approval, a tenant's standing. What its body means is
// its writer's affair.
struct HostRecord {
  std::string kind;           // 1..32 octets
  std::string record_id;      // unique within the kind, 1..128 octets
  std::int64_t revision = 1;  // rises with every change; guards
  std::string state;          // by which it is looked for
  std::string body;           // JSON
  UnixMs created_ms = 0;
  UnixMs changed_ms = 0;
};

class HostLedger {
 public:
  virtual ~HostLedger() = default;
  // Opens, creating on first use, with its migrations; refuses a schema newer than this program
  // ("ledger.too_new") or a writer that is too old ("ledger.too_old").
  static Result<std::unique_ptr<HostLedger>> open(const LedgerOptions& options, const Clock& clock,
                                                  Random& random);

  // Registers the tenant on first use (host audit: "tenant.created") and opens its ledger. A
  // registered tenant's file that is missing, empty or another's is "ledger.tenant_file_lost".
  virtual Result<std::unique_ptr<TenantLedger>> open_tenant(const TenantId& tenant) = 0;
  virtual Result<std::vector<TenantEntry>> tenants() = 0;
  // Host audit chain. What is read of the host may answer "ledger.in_doubt", as a tenant's does.
  virtual Result<void> audit(AuditDraft draft) = 0;
  virtual Result<std::vector<AuditRecord>> audit_records(std::int64_t after, std::size_t max) = 0;
  virtual Result<ChainVerdict> verify_audit() = 0;
  // Writes `next` as the revision after `from_revision` (0: the first), with its audit record in
  // one commit; kind and id say which row, revision and times are the ledger's. False: the row is
  // not as it was read (or, for the first, is there), and nothing was written.
  virtual Result<bool> put_record(HostRecord next, std::int64_t from_revision,
                                  AuditDraft draft) = 0;
  virtual Result<std::optional<HostRecord>> record(const std::string& kind,
                                                   const std::string& record_id) = 0;
  // Ascending ids after `after`, at most 1000; of every state when `state` is empty.
  virtual Result<std::vector<HostRecord>> records(const std::string& kind, const std::string& state,
                                                  const std::string& after, std::size_t max) = 0;
  // Rows every node reads and writes past the tenants' stories; empty on SQLite, where the one
  // process has no others beside it. May outlive the host ledger.
  virtual TenantTransaction common_rows() = 0;
  // Milliseconds the disk needs to confirm one page, best of a few; for `doctor`.
  virtual Result<double> measure_commit_ms() = 0;
};

}  // namespace berth::ledger
