#include "kernel/ledger/plan.h"

#include "kernel/ledger/answers.h"
#include "kernel/ledger/attempts.h"
#include "kernel/ledger/audit_chain.h"
#include "kernel/ledger/bindings.h"
#include "kernel/ledger/data_keys.h"
#include "kernel/ledger/events.h"
#include "kernel/ledger/evidence.h"
#include "kernel/ledger/host_records.h"
#include "kernel/ledger/host_rows.h"
#include "kernel/ledger/orders.h"
#include "kernel/ledger/pending_notifications.h"
#include "kernel/ledger/profile_types.h"
#include "kernel/ledger/profiles.h"
#include "kernel/ledger/progress_reports.h"

namespace berth::ledger {

UnitPlan plan_unit(const std::string& tenant_id, const WriteRequest& request, Random& random) {
  const Unit& unit = request.unit;
  UnitPlan plan{.commit_id = unit.commit_id,
                .has_event = unit.event.has_value(),
                .answer_key = std::nullopt,
                .parts = {},
                .audit = unit.audit,
                .seed = {}};
  for (const Change& change : unit.changes) {
    plan.parts.push_back(
        std::visit([&](const auto& one) { return plan_change(tenant_id, one); }, change));
  }
  Steps& story = plan.parts.emplace_back(request.also);
  if (unit.event) story.push_back(plan_event(tenant_id, *unit.event));
  if (unit.usage) story.push_back(plan_usage(tenant_id, *unit.usage));
  if (unit.answer) {
    plan.answer_key = unit.answer->key;
    story.push_back(plan_answer(tenant_id, *unit.answer));
  }
  plan.seed.salt = random.bytes(kSaltSize);
  plan.seed.commitment = to_bytes(commitment_of(plan.seed.salt, unit.audit.payload_json));
  plan.seed.fresh_ref = to_hex(random.bytes(kSubjectRefSize));
  return plan;
}

const std::vector<const Statement*>& all_writes() {
  static const std::vector<const Statement*> kAll = [] {
    std::vector<const Statement*> all;
    for (const auto writes :
         {profile_writes(), order_writes(), attempt_writes(), binding_writes(), evidence_writes(),
          data_key_writes(), profile_type_writes(), pending_notification_writes(),
          progress_report_writes(), event_writes(), answer_writes(), host_writes(),
          host_record_writes()}) {
      for (const Statement& statement : writes) all.push_back(&statement);
    }
    return all;
  }();
  return kAll;
}

}  // namespace berth::ledger
