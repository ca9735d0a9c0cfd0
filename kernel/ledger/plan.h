// A unit as the guarded statements that will write it, before any of them runs.
//
// Planning needs no database: what only the commit knows (its time, its numbers) stands as an
// InCommit in place of a value. SQLite runs the steps one by one (apply.h); PostgreSQL is handed a
// whole batch of plans in one statement (postgres_batch.h). So both write the same rows.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "kernel/base/random.h"
#include "kernel/ledger/session.h"
#include "kernel/ledger/unit.h"

namespace berth::ledger {

// The host's rows stand under this id; no TenantId can be spelled like it.
inline constexpr std::string_view kHostChain = "@host";

enum class InCommit : std::uint8_t {
  kTime = 1,  // the ledger's, milliseconds
  kIncarnation,
  kAuditSequence,  // of this unit's audit record
  kEventSequence,  // of its event
};
using Cell = std::variant<Value, InCommit>;

struct Step {
  // One of all_writes(), with its `parameters`. A text that begins with "select" only looks: what
  // counts is the rows it finds.
  const Statement* statement;
  std::vector<Cell> cells;
  // Refuse the unit when not exactly one row was written (or found). A taken key always refuses
  // with kDuplicate, a row that refers to nothing with kGuard.
  std::optional<RefusalReason> unless_one = {};
};
using Steps = std::vector<Step>;

// The given moment, or the commit's when there is none.
inline Cell moment_or_now(UnixMs given) {
  if (given != 0) return Value(given);
  return InCommit::kTime;
}

// What the audit chain needs besides the draft, made before the commit.
struct AuditSeed {
  Bytes salt;
  Bytes commitment;       // over the payload, under the salt
  std::string fresh_ref;  // for a subject the ledger has not met
};

struct UnitPlan {
  std::string commit_id;
  bool has_event = false;
  std::optional<IdempotencyKey> answer_key;
  // One entry for each change of the unit, one more for what it says about itself (event, usage,
  // answer): the index a refusal names.
  std::vector<Steps> parts;
  AuditDraft audit;
  AuditSeed seed;
};

// What the writer is handed. `also` is written after the unit's changes; the host ledger registers
// tenants with it.
struct WriteRequest {
  Unit unit;
  Steps also = {};
};

UnitPlan plan_unit(const std::string& tenant_id, const WriteRequest& request, Random& random);

// Every statement a plan can hold, in an order that is the same in every run.
const std::vector<const Statement*>& all_writes();

}  // namespace berth::ledger
