// A batch of planned units on its way to a database that applies it by itself, in one statement
// that is one durable transaction.

#pragma once

#include <optional>
#include <span>
#include <vector>

#include "kernel/ledger/apply.h"

namespace berth::ledger {

struct BatchCall {
  const std::string& tenant_id;
  std::int64_t epoch = 0;         // the head must stand at it
  std::optional<UnixMs> time_ms;  // none: the database's own clock
  std::span<const UnitPlan* const> plans;
};
// One result for each plan, in order.
using BatchReply = std::vector<UnitResult>;

// Nothing was written: another node raised the epoch. Load the head's and try again.
class EpochMoved : public DatabaseError {
 public:
  using DatabaseError::DatabaseError;
};

class BatchWriter {
 public:
  virtual ~BatchWriter() = default;
  // Throws OutcomeUnknown; any other DatabaseError means that nothing of it happened.
  virtual BatchReply write_batch(const BatchCall& call) = 0;
};

}  // namespace berth::ledger
