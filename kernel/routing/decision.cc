#include "kernel/routing/decision.h"

namespace berth::routing {
namespace {

using tenancy::Digits;
using tenancy::OperatorIdentity;
using tenancy::Ownership;
using tenancy::ProfileFacts;
using tenancy::Route;
using tenancy::RouteRefusal;
using tenancy::RouteTable;
using Stage = RouteRefusal::Stage;

ProfileFacts profile_facts(const Facts& facts) {
  ProfileFacts known;
  if (facts.imsi) known.imsi = Digits::of(*facts.imsi);
  if (facts.iccid) known.iccid = Digits::of(*facts.iccid);
  return known;
}

bool knows_operator(const Facts& facts) { return facts.mcc_mnc || facts.imsi; }

Result<void, RouteRefusal> confirm_operator(const RouteTable& table, const TenantId& tenant,
                                            const Facts& facts) {
  if (facts.mcc_mnc) {
    const OperatorIdentity identity{*facts.mcc_mnc, facts.gid1_hex, facts.gid2_hex};
    if (facts.imsi && !facts.imsi->starts_with(facts.mcc_mnc->text())) {
      return RouteRefusal{Stage::kOperator, "the IMSI is not of " + facts.mcc_mnc->text(),
                          "the IMSI must begin with the owner's mccMnc; correct one of the two"};
    }
    return table.confirm_operator(tenant, identity, profile_facts(facts));
  }
  return table.confirm_imsi(tenant, *facts.imsi, 0, facts.gid1_hex, facts.gid2_hex, facts.iccid);
}

// Whose the fact of one stage is, whoever asks.
std::optional<Ownership> owner_of(const RouteTable& table, const Facts& facts, Stage stage) {
  if (stage == Stage::kEid) return facts.eid ? table.owner_of(*facts.eid) : std::nullopt;
  if (stage == Stage::kIccid) return facts.iccid ? table.owner_of(*facts.iccid) : std::nullopt;
  if (facts.mcc_mnc) {
    return table.owner_of({*facts.mcc_mnc, facts.gid1_hex, facts.gid2_hex}, profile_facts(facts));
  }
  if (!facts.imsi) return std::nullopt;
  constexpr std::size_t kMccMncSizes[] = {5, 6};
  for (const std::size_t size : kMccMncSizes) {
    const auto mcc_mnc = MccMnc::parse(facts.imsi->substr(0, size));
    if (!mcc_mnc) continue;
    auto owner = table.owner_of({*mcc_mnc, facts.gid1_hex, facts.gid2_hex}, profile_facts(facts));
    if (owner) return owner;
  }
  return std::nullopt;
}

const char* name_of(Stage stage) {
  switch (stage) {
    case Stage::kEid:
      return "EID";
    case Stage::kOperator:
      return "operator";
    case Stage::kRealm:
      return "realm";
    case Stage::kIccid:
      return "ICCID";
  }
  return "";
}

// SGP.22 §5.6: what the device is told when the stage refuses.
const char* status_of(Stage stage) {
  if (stage == Stage::kRealm) return "closed";
  return stage == Stage::kEid ? "8.1.1/3.8" : "8.2.6/3.8";
}

std::string rule_of(const Route& route, const std::optional<Ownership>& owner, Stage stage) {
  if (owner) return owner->route->tenant.text() + ": " + owner->rule;
  if (stage == Stage::kEid) return route.tenant.text() + ": consumer-open, nobody manages the card";
  return route.tenant.text() + ": no route gives it to another tenant";
}

std::string realm_rule(const Route& route, const HostName& name) {
  return route.tenant.text() + ": " +
         (name == route.activation_realm ? "activationRealm " : "further or former realm ") +
         name.text();
}

const Route* tenant_of(const RouteTable& table, const Facts& facts) {
  for (const Stage stage : {Stage::kEid, Stage::kOperator, Stage::kIccid}) {
    if (const auto owner = owner_of(table, facts, stage)) return owner->route;
  }
  return nullptr;
}

}  // namespace

Decision decide(const RouteTable& table, const Policies& policies, const Facts& facts) {
  Decision decision;
  decision.route = facts.realm ? table.by_realm(*facts.realm) : tenant_of(table, facts);
  if (decision.route == nullptr) return decision;
  const TenantId& tenant = decision.route->tenant;
  const auto refused = [&decision](Result<void, RouteRefusal> confirmed) {
    if (!confirmed) decision.refusal = std::move(confirmed).error();
    return decision.refusal.has_value();
  };
  if (facts.eid) {
    const auto policy = policies.find(tenant);
    const auto own = policy == policies.end() ? tenancy::EidPolicy::kManaged : policy->second;
    if (refused(table.confirm_eid(tenant, own, *facts.eid, policies))) return decision;
  }
  if (knows_operator(facts) && refused(confirm_operator(table, tenant, facts))) return decision;
  if (facts.iccid) static_cast<void>(refused(table.confirm_iccid(tenant, *facts.iccid)));
  return decision;
}

Explanation explain(const RouteTable& table, const Policies& policies, const Facts& facts) {
  const Decision decision = decide(table, policies, facts);
  Explanation told;
  told.accepted = decision.accepted();
  if (decision.route == nullptr) {
    told.steps.push_back({"realm", false,
                          facts.realm ? "no route has " + facts.realm->text() + ": reject"
                                      : "nothing that is known belongs to anybody: reject",
                          "add it to a tenant's route, or correct it", status_of(Stage::kRealm)});
    return told;
  }
  told.tenant = decision.route->tenant.text();
  if (facts.realm) {
    told.steps.push_back({"realm", true, realm_rule(*decision.route, *facts.realm), "", ""});
  }
  const std::pair<Stage, bool> stages[] = {{Stage::kEid, facts.eid.has_value()},
                                           {Stage::kOperator, knows_operator(facts)},
                                           {Stage::kIccid, facts.iccid.has_value()}};
  for (const auto& [stage, known] : stages) {
    if (!known) continue;
    if (decision.refusal && decision.refusal->stage == stage) {
      told.steps.push_back({name_of(stage), false, decision.refusal->route,
                            decision.refusal->message, status_of(stage)});
      return told;
    }
    told.steps.push_back({name_of(stage), true,
                          rule_of(*decision.route, owner_of(table, facts, stage), stage), "", ""});
  }
  return told;
}

}  // namespace berth::routing
