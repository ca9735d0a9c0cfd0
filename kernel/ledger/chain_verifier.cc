#include "kernel/ledger/chain_verifier.h"

#include "kernel/ledger/audit_chain.h"
#include "kernel/ledger/head.h"

namespace berth::ledger {
namespace {

constexpr std::size_t kPage = 500;

struct Page {
  TenantHead head;  // of the same moment as the records
  std::vector<StoredAudit> records;
};

}  // namespace

ChainVerifier::ChainVerifier(std::string_view chain) : previous_(to_bytes(genesis_hash(chain))) {}

void ChainVerifier::fail(std::int64_t sequence, std::string reason) {
  if (!verdict_.intact) return;
  verdict_.intact = false;
  verdict_.first_bad_sequence = sequence;
  verdict_.reason = std::move(reason);
}

bool ChainVerifier::add(const StoredAudit& stored) {
  if (!verdict_.intact) return false;
  const AuditRecord& record = stored.record;
  const std::int64_t expected = verdict_.records + 1;
  if (record.sequence != expected) {
    fail(expected, "a record is missing");
  } else if (stored.format != kAuditFormat) {
    fail(expected, "a record has a format this program does not know");
  } else if (!equal(record.hash, record_hash(previous_, stored.format, record))) {
    fail(expected, "a record's hash does not follow from its contents and the record before");
  } else if (record.payload.has_value() != record.salt.has_value()) {
    fail(expected, "a record has only one of payload and salt");
  } else if (record.payload &&
             !equal(record.commitment, commitment_of(*record.salt, *record.payload))) {
    fail(expected, "a record's payload is not the one it was written with");
  }
  if (!verdict_.intact) return false;
  if (!record.payload) {
    ++verdict_.purged;
    last_missing_ = record.sequence;
  } else if (record.type == kPurgedType) {
    purged_through_ = std::max(purged_through_, purged_through(*record.payload));
  }
  previous_ = record.hash;
  ++verdict_.records;
  return true;
}

ChainVerdict ChainVerifier::finish(const TenantHead& head) {
  if (verdict_.intact && verdict_.records < head.last_audit_sequence) {
    fail(verdict_.records + 1, "the newest records are missing");
  } else if (verdict_.records > head.last_audit_sequence) {
    fail(head.last_audit_sequence + 1, "there are records after the head");
  } else if (!equal(previous_, head.last_audit_hash)) {
    fail(std::max<std::int64_t>(verdict_.records, 1), "the head's hash is not the last record's");
  } else if (lacks_purge()) {
    fail(last_missing_, "a payload is missing that no purge accounts for");
  }
  return verdict_;
}

Result<ChainVerdict> verify_chain(ReadPool& reads, const std::string& chain) {
  ChainVerifier verifier(chain);
  std::optional<TenantHead> head;
  while (true) {
    BERTH_TRY(page, reads.read_consistent([&](Session& session) {
      return Page{load_head(session, chain),
                  audit_after(session, chain, verifier.last_sequence(), kPage)};
    }));
    // Records that were added while we read belong to the next pass; at the first look there are
    // none, so whatever lies beyond the head then is wrong.
    if (!head) head = page.head;
    const bool grown = page.head.last_audit_sequence > head->last_audit_sequence;
    const std::int64_t before = verifier.last_sequence();
    for (const StoredAudit& stored : page.records) {
      if (grown && stored.record.sequence > head->last_audit_sequence) break;
      if (!verifier.add(stored)) return verifier.finish(*head);
    }
    const std::int64_t added = verifier.last_sequence() - before;
    if (added == static_cast<std::int64_t>(kPage)) continue;
    // A purge announces itself before it deletes, so who sees a payload missing also sees the new
    // head: the chain is followed as far as that.
    if (!grown || !verifier.lacks_purge() || verifier.last_sequence() < head->last_audit_sequence) {
      return verifier.finish(*head);
    }
    head = page.head;
  }
}

}  // namespace berth::ledger
