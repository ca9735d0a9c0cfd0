// Recomputes an audit chain record by record.
//
// Not thread-safe; one verifier, one pass.

#pragma once

#include "kernel/ledger/audit_records.h"
#include "kernel/ledger/read_pool.h"

namespace berth::ledger {

class ChainVerifier {
 public:
  explicit ChainVerifier(std::string_view chain);
  // Records in ascending order; false once something is wrong, and then nothing more counts.
  bool add(const StoredAudit& stored);
  // Compares with the head as it stood when the pass began, whose records were all added.
  ChainVerdict finish(const TenantHead& head);

  std::int64_t last_sequence() const { return verdict_.records; }
  bool intact() const { return verdict_.intact; }
  // A payload is missing that no purge record so far accounts for.
  bool lacks_purge() const { return last_missing_ > purged_through_; }

 private:
  void fail(std::int64_t sequence, std::string reason);

  ChainVerdict verdict_;
  Bytes previous_;
  std::int64_t last_missing_ = 0;  // the highest sequence without payload
  std::int64_t purged_through_ = 0;
};

// Verifies the chain that stands in the ledger, page by page, as far as its head when it begins;
// further only while a purge goes on, whose announcement lies beyond.
Result<ChainVerdict> verify_chain(ReadPool& reads, const std::string& chain);

}  // namespace berth::ledger
