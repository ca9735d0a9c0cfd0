#include "kernel/ledger/events.h"

#include "kernel/ledger/sql.h"

namespace berth::ledger {

namespace {
enum : std::size_t { kEvent, kUsage };
}

std::span<const Statement> event_writes() {
  static const Statement kWrites[] = {
      {"insert into event (tenant_id, sequence, incarnation, event_id, type, body, committed_ms)"
       " values (:t, :s, :i, :e, :y, :open || ',\"sequence\":' || :s2 || ',\"incarnation\":' || :i2"
       " || '}', :c)",
       "", "tiitttiii"},
      {"insert into usage_fact (tenant_id, sequence, kind, quantity_milli, subject,"
       " attributes_json, occurred_ms) values (:t, :s, :k, :q, :u, :a, :o)",
       "", "tititti"}};
  return kWrites;
}

Step plan_event(const std::string& tenant_id, const EventDraft& draft) {
  BERTH_ASSERT(draft.body_open.size() > 2 && draft.body_open.front() == '{' &&
               draft.body_open.back() == '}');
  return {
      &event_writes()[kEvent],
      {Value(tenant_id), InCommit::kEventSequence, InCommit::kIncarnation, Value(draft.event_id),
       Value(draft.type), Value(draft.body_open.substr(0, draft.body_open.size() - 1)),
       InCommit::kEventSequence, InCommit::kIncarnation, InCommit::kTime}};
}

Step plan_usage(const std::string& tenant_id, const UsageDraft& draft) {
  return {
      &event_writes()[kUsage],
      {Value(tenant_id), InCommit::kEventSequence, Value(draft.kind), Value(draft.quantity_milli),
       Value(draft.subject), Value(draft.attributes_json), InCommit::kTime}};
}

std::vector<EventRecord> events_after(Session& session, const std::string& tenant_id,
                                      std::int64_t after, std::size_t max) {
  static const Statement kSelect{
      "select sequence, incarnation, event_id, type, body, committed_ms from event"
      " where tenant_id = :t and sequence > :after order by sequence limit :max",
      "iittti"};
  std::vector<EventRecord> events;
  for (const Row& row :
       session.query(kSelect, {tenant_id, after, static_cast<std::int64_t>(max)})) {
    events.push_back({value_number(row[0]), value_number(row[1]), value_text(row[2]),
                      value_text(row[3]), value_text(row[4]), value_number(row[5])});
  }
  return events;
}

std::vector<UsageRecord> usage_after(Session& session, const std::string& tenant_id,
                                     std::int64_t after, std::size_t max) {
  static const Statement kSelect{
      "select sequence, kind, quantity_milli, subject, attributes_json, occurred_ms"
      " from usage_fact where tenant_id = :t and sequence > :after order by sequence limit :max",
      "ititti"};
  std::vector<UsageRecord> facts;
  for (const Row& row :
       session.query(kSelect, {tenant_id, after, static_cast<std::int64_t>(max)})) {
    facts.push_back({value_number(row[0]), value_text(row[1]), value_number(row[2]),
                     value_text(row[3]), value_text(row[4]), value_number(row[5])});
  }
  return facts;
}

}  // namespace berth::ledger
