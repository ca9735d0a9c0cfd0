#include "kernel/host/data_keys.h"

#include "kernel/smdpplus/drafts.h"

namespace berth::host {
namespace {

using ledger::DataKeyRecord;

vault::WrappedDataKey wrapped_of(const DataKeyRecord& record) {
  return {record.key_id, record.wrapped, record.next_wrapped};
}

Result<void> commit(ledger::TenantLedger& ledger, Random& random, const DataKeyRecord& from,
                    Bytes wrapped, Bytes next_wrapped, const char* type) {
  DataKeyRecord next = from;
  next.wrapped = std::move(wrapped);
  next.next_wrapped = std::move(next_wrapped);
  next.revision = from.revision + 1;
  ledger::Unit unit;
  unit.commit_id = to_hex(random.bytes(16));
  unit.changes = {ledger::UpdateDataKey{std::move(next), from.revision}};
  unit.audit = {type,
                {ledger::SubjectKind::kTenant, ledger.tenant().text()},
                smdpplus::details_json({{"keyId", std::to_string(from.key_id)}})};
  const ledger::Outcome outcome = ledger.commit(std::move(unit));
  if (std::holds_alternative<ledger::Committed>(outcome)) return {};
  return Error(ErrorCode::kUnavailable, "data_key.not_recorded",
               "data key " + std::to_string(from.key_id) +
                   ": its new wrapping could not be recorded, or somebody else changed it; say the "
                   "same command again");
}

// The later wrapping opens by the present key: the configuration was switched.
Result<bool> switched(const DataKeyPlace& place, const plugins::Op& op,
                      const DataKeyRecord& record) {
  return vault::opens(place.wrapping.now(), op, place.ledger.tenant(), record.key_id,
                      record.next_wrapped);
}

Result<bool> ready(const DataKeyPlace& place, const plugins::Op& op, const DataKeyRecord& record) {
  if (place.wrapping.next_hsm == nullptr) return false;
  return vault::opens(place.wrapping.next(), op, place.ledger.tenant(), record.key_id,
                      record.next_wrapped);
}

}  // namespace

Result<std::vector<vault::WrappedDataKey>> wrapped_data_keys(ledger::TenantLedger& ledger) {
  BERTH_TRY(records, ledger.data_keys());
  std::vector<vault::WrappedDataKey> keys;
  for (const DataKeyRecord& record : records) keys.push_back(wrapped_of(record));
  return keys;
}

Result<std::vector<api::DataKeyFacts>> show_data_keys(const DataKeyPlace& place,
                                                      const plugins::Op& op) {
  BERTH_TRY(records, place.ledger.data_keys());
  std::vector<api::DataKeyFacts> facts;
  for (const DataKeyRecord& record : records) {
    api::DataKeyFacts one{record.key_id, record.created_ms};
    BERTH_TRY(first, vault::opens(place.wrapping.now(), op, place.ledger.tenant(), record.key_id,
                                  record.wrapped));
    BERTH_TRY(second, switched(place, op, record));
    BERTH_TRY(next, ready(place, op, record));
    one.opens = first || second;
    one.ready_for_next = next;
    one.switched = second;
    facts.push_back(one);
  }
  return facts;
}

Result<std::vector<api::DataKeyFacts>> rewrap_data_keys(const DataKeyPlace& place,
                                                        const plugins::Op& op) {
  if (place.wrapping.next_hsm == nullptr) {
    return Error(ErrorCode::kFailedPrecondition, "data_key.no_next",
                 "neither hsmNext nor keyEncryptionKeyNext is configured, so there is nothing to "
                 "wrap the data keys for; add one of them and restart");
  }
  BERTH_TRY(records, place.ledger.data_keys());
  for (const DataKeyRecord& record : records) {
    BERTH_TRY(done, ready(place, op, record));
    if (done) continue;
    BERTH_TRY(moved, switched(place, op, record));
    if (moved) {
      return Error(ErrorCode::kFailedPrecondition, "data_key.change_not_ended",
                   "data key " + std::to_string(record.key_id) +
                       " still has its wrapping from before the last change; end that one first: "
                       "berthctl tenant rewrap-keys --finish");
    }
    BERTH_TRY(next, vault::rewrap_data_key(place.wrapping.now(), place.wrapping.next(), op,
                                           place.ledger.tenant(), wrapped_of(record)));
    BERTH_TRY_VOID(commit(place.ledger, place.random, record, record.wrapped, std::move(next),
                          "vault.data_key_rewrapped"));
  }
  return show_data_keys(place, op);
}

Result<std::vector<api::DataKeyFacts>> end_rewrap(const DataKeyPlace& place,
                                                  const plugins::Op& op) {
  BERTH_TRY(records, place.ledger.data_keys());
  for (const DataKeyRecord& record : records) {
    if (record.next_wrapped.empty()) continue;
    BERTH_TRY(moved, switched(place, op, record));
    if (moved) continue;
    return Error(ErrorCode::kFailedPrecondition, "data_key.not_switched",
                 "data key " + std::to_string(record.key_id) +
                     " does not open by its later wrapping here: the host still runs on the HSM or "
                     "key from before; switch hsm or keyEncryptionKey first, nothing was dropped");
  }
  for (const DataKeyRecord& record : records) {
    if (record.next_wrapped.empty()) continue;
    BERTH_TRY_VOID(commit(place.ledger, place.random, record, record.next_wrapped, Bytes(),
                          "vault.data_key_former_dropped"));
  }
  return show_data_keys(place, op);
}

Result<void> destroy_data_keys(ledger::TenantLedger& ledger, Random& random) {
  BERTH_TRY(records, ledger.data_keys());
  for (const DataKeyRecord& record : records) {
    if (record.wrapped.empty() && record.next_wrapped.empty()) continue;
    BERTH_TRY_VOID(commit(ledger, random, record, Bytes(), Bytes(), "vault.data_key_destroyed"));
  }
  return {};
}

}  // namespace berth::host
