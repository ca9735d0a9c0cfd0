#include "kernel/ledger/events.h"

#include "kernel/ledger/sql.h"

namespace berth::ledger {

std::string close_event_body(std::string_view open, std::int64_t sequence,
                             std::int64_t incarnation) {
  BERTH_ASSERT(open.size() > 2 && open.front() == '{' && open.back() == '}');
  std::string body(open.substr(0, open.size() - 1));
  body += ",\"sequence\":" + std::to_string(sequence);
  body += ",\"incarnation\":" + std::to_string(incarnation) + "}";
  return body;
}

void insert_event(Session& session, const ApplyContext& context, const EventDraft& draft,
                  std::int64_t sequence) {
  static const Statement kInsert{
      "insert into event (tenant_id, sequence, incarnation, event_id, type, body, committed_ms)"
      " values (:t, :s, :i, :e, :y, :b, :c)"};
  session.execute(
      kInsert, {context.tenant_id, sequence, context.incarnation, draft.event_id, draft.type,
                close_event_body(draft.body_open, sequence, context.incarnation), context.time_ms});
}

void insert_usage(Session& session, const ApplyContext& context, const UsageDraft& draft,
                  std::int64_t sequence) {
  static const Statement kInsert{
      "insert into usage_fact (tenant_id, sequence, kind, quantity_milli, subject,"
      " attributes_json, occurred_ms) values (:t, :s, :k, :q, :u, :a, :o)"};
  session.execute(kInsert, {context.tenant_id, sequence, draft.kind, draft.quantity_milli,
                            draft.subject, draft.attributes_json, context.time_ms});
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
