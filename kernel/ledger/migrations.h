// Schema versions. Every change comes in three releases: expand (add what the next needs), migrate
// (write both, fill in), contract (drop what nobody reads), so that N and N−1 run side by side.

#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "kernel/base/clock.h"
#include "kernel/base/result.h"
#include "kernel/ledger/session.h"

namespace berth::ledger {

struct Migration {
  std::int64_t version;
  // The oldest program versions (by their own newest migration) that may still read and write.
  std::int64_t min_reader;
  std::int64_t min_writer;
  std::vector<std::string_view> scripts;
};

std::span<const Migration> host_migrations();
std::span<const Migration> tenant_migrations();
// Host and tenants in one database: what the two above have come to, and what nodes share.
std::span<const Migration> postgres_migrations();

// The schema's version, 0 on first use; the errors of migrate(). The table of versions must exist.
Result<std::int64_t> check_version(Session& session, std::string_view component,
                                   std::span<const Migration> migrations);

// Brings the schema up to this program's version, each migration in a transaction of its own.
// "ledger.too_new": this program may not even read it. "ledger.too_old": it may read, but a
// program this old may not write any more. Throws DatabaseError.
Result<void> migrate(Session& session, std::string_view component,
                     std::span<const Migration> migrations, UnixMs now_ms);

}  // namespace berth::ledger
