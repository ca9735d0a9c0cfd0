// What the steps of an order share: finding it, moving its profile, and the story of a step.
//
// Private to this folder. Thread-safe.

#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/context/tenant_context.h"
#include "kernel/smdpplus/drafts.h"
#include "kernel/smdpplus/failure.h"

namespace berth::smdpplus {

// Who asks, by which call of its own; for the order's row and the audit.
struct Caller {
  std::string requester;
  std::string identifier;
};

// A profile with its open order or, when it has none, its last.
struct OrderedProfile {
  ledger::ProfileRecord profile;
  std::optional<ledger::OrderRecord> order;
};
// 8.2.1/3.9 when this tenant has no such profile.
Result<OrderedProfile, Failure> find_ordered(context::TenantContext& tenant, const Iccid& iccid);
// By order id or ICCID, as a person has them. kNotFound "order.unknown"; kFailedPrecondition
// "order.superseded" for an order the profile has left behind.
Result<OrderedProfile, Failure> find_ordered(context::TenantContext& tenant, std::string_view key);

// The profile after these inputs, one after the other, as one change of its row.
Result<ledger::ProfileRecord, lifecycle::ProfileRefusal> advance(
    const ledger::ProfileRecord& from, std::initializer_list<lifecycle::ProfileInput> inputs);

// An open order with the tenant's limits and lifetime; nothing confirmed yet.
ledger::OrderRecord new_order(const context::TenantContext& tenant, const Iccid& iccid,
                              const Caller& caller, std::string_view correlation_id);
// When an order made or confirmed now ends.
UnixMs order_end(const context::TenantContext& tenant);

enum class OrderStep : std::uint8_t {
  kOrdered = 1,        // reserved, confirmed and released at once
  kOrderedUnreleased,  // the same without the release
  kReserved,           // the rest is still to come
  kConfirmed,
  kReleased,
  kCancelled,
  kReordered,
};

// The commit of a step: its changes, and the event, usage fact and audit record that tell of it.
// `stage` is the event's, when the step went further or less far than its name says; `extra` stands
// in the audit record.
ledger::Unit step_unit(const context::TenantContext& tenant, OrderStep step, const Caller& caller,
                       const ledger::OrderRecord& order, std::vector<ledger::Change> changes,
                       std::string_view stage = {}, const Detail& extra = {});

// What a step has decided.
struct StepDecision {
  ledger::Unit unit;
  ledger::ProfileRecord profile;
  ledger::OrderRecord order;
};

// The activation code of an order, without "LPA:"; Error when it would be too long.
Result<std::string> activation_code_of(const context::TenantContext& tenant,
                                       const ledger::OrderRecord& order);

// A token nobody can guess; never one of the reserved "ACR-" form.
MatchingId new_matching_id(Random& random);

// ES2+ gives orders for cards of other tenants, or of nobody, no pair of their own. 8.1.1/3.10 is
// the one it has for an EID that may not be had; it is the same for both, so that the answer tells
// nothing about other tenants (R7).
Result<void, Failure> check_eid(const context::TenantContext& tenant,
                                const std::optional<Eid>& eid);

}  // namespace berth::smdpplus
