#include "kernel/ledger/purge.h"

#include "kernel/ledger/audit_records.h"

namespace berth::ledger {
namespace {

constexpr std::int64_t kStep = 1000;  // records per transaction

Subject subject_of(const std::string& chain) {
  if (chain == kHostChain) return {SubjectKind::kHost, "host"};
  return {SubjectKind::kTenant, chain};
}

// The deleted text still stands in the log until it is folded into the file.
Result<void> scrub_log(Writer& writer) {
  return writer.run([](Session& session) { session.barrier(); });
}

// The last sequence to purge; 0 when nothing is left to do.
std::int64_t find_through(Session& session, const std::string& chain, UnixMs up_to_ms) {
  static const Statement kAny{
      "select sequence from audit_record where tenant_id = :t and sequence <= :s"
      " and payload is not null and type <> :purged limit 1",
      "i"};
  const std::int64_t through = last_purgeable(session, chain, up_to_ms);
  const bool any = !session.query(kAny, {chain, through, std::string(kPurgedType)}).empty();
  return any ? through : 0;
}

}  // namespace

Result<std::int64_t> purge_chain(Writer& writer, const std::string& chain, UnixMs up_to_ms,
                                 Random& random) {
  std::int64_t through = 0;
  BERTH_TRY_VOID(
      writer.run([&](Session& session) { through = find_through(session, chain, up_to_ms); }));
  if (through == 0) {
    // A purge that broke off may have deleted everything and not come to this.
    BERTH_TRY_VOID(scrub_log(writer));
    return std::int64_t{0};
  }

  Unit unit;
  unit.commit_id = to_hex(random.bytes(16));
  unit.audit = {std::string(kPurgedType), subject_of(chain), purge_payload_json(through)};
  const Outcome announced = writer.commit({std::move(unit)});
  if (std::holds_alternative<Unknown>(announced)) {
    return Error(ErrorCode::kUnavailable, "ledger.in_doubt",
                 "the purge's own record may not have been written; nothing was purged, try again");
  }
  if (std::holds_alternative<Refused>(announced)) {
    return Error(ErrorCode::kUnavailable, "ledger.unavailable",
                 "the purge's own record could not be written; nothing was purged, try again");
  }

  std::int64_t purged = 0;
  std::int64_t step = kStep;
  while (step == kStep) {
    BERTH_TRY_VOID(writer.run([&](Session& session) {
      session.begin_write();
      step = purge_payloads(session, chain, through, kStep);
      session.commit();
    }));
    purged += step;
  }
  BERTH_TRY_VOID(scrub_log(writer));
  return purged;
}

}  // namespace berth::ledger
