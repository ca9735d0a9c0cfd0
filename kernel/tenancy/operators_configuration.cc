#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "kernel/tenancy/configuration_files.h"

namespace berth::tenancy {
namespace {

using nlohmann::json;

constexpr std::pair<std::string_view, OperatorRole> kRoles[] = {
    {"operator", OperatorRole::kOperator},
    {"approver", OperatorRole::kApprover},
    {"auditor", OperatorRole::kAuditor},
    {"tenant", OperatorRole::kTenant}};

// Accounts by what they must not share: who comes with it would be two people.
using Owners = std::map<std::string, std::string>;  // name, user id or pin → path of the account

Result<void> claim(Owners& owners, const std::string& what, const std::string& path,
                   const std::string& member, const Document& document) {
  const auto [other, added] = owners.emplace(what, path);
  if (added) return {};
  return refuse(document, path + "." + member,
                other->second +
                    " has this too; each operator has a name, a user id and keys of "
                    "their own");
}

Result<void> read_tenant(const json& value, const std::string& path, const Document& document,
                         OperatorAccount& account) {
  const bool of_tenant = std::find(account.roles.begin(), account.roles.end(),
                                   OperatorRole::kTenant) != account.roles.end();
  if (of_tenant && account.roles.size() > 1) {
    return refuse(document, path + ".roles",
                  "tenant stands alone: who works for a tenant is no operator of the host");
  }
  if (of_tenant != value.contains("tenant")) {
    return refuse(document, path + ".tenant",
                  of_tenant ? "missing; the role tenant sees one tenant, which is named here"
                            : "only for the role tenant; take it away, or change the role");
  }
  if (!of_tenant) return {};
  auto id = TenantId::parse(value.at("tenant").get_ref<const std::string&>());
  if (!id) return refuse(document, path + ".tenant", id.error().message());
  account.tenant = *std::move(id);
  return {};
}

Result<OperatorAccount> read_account(const json& value, const std::string& path,
                                     const Document& document, Owners& owners) {
  OperatorAccount account;
  account.name = value.at("name").get<std::string>();
  BERTH_TRY_VOID(claim(owners, "name " + account.name, path, "name", document));
  for (const json& name : value.at("roles")) {
    for (const auto& [text, role] : kRoles) {
      if (name == text) account.roles.push_back(role);
    }
  }
  if (value.contains("uid")) {
    account.uid = value.at("uid").get<std::uint32_t>();
    BERTH_TRY_VOID(claim(owners, "uid " + std::to_string(*account.uid), path, "uid", document));
  }
  BERTH_TRY(pins, read_pins(value.value("pins", json::array()), path + ".pins", document));
  for (const std::string& pin : pins) {
    BERTH_TRY_VOID(claim(owners, "pin " + pin, path, "pins", document));
  }
  account.pins = std::move(pins);
  if (!account.uid && account.pins.empty()) {
    return refuse(document, path,
                  "neither uid nor pins, so nobody could be known as '" + account.name +
                      "'; add the user id on this machine, or the key of a client certificate");
  }
  BERTH_TRY_VOID(read_tenant(value, path, document, account));
  return account;
}

}  // namespace

Result<std::vector<OperatorAccount>> operator_accounts(const json& operators,
                                                       const Document& document) {
  std::vector<OperatorAccount> accounts;
  Owners owners;
  for (const json& entry : operators) {
    const std::string path = "operators[" + std::to_string(accounts.size()) + "]";
    BERTH_TRY(account, read_account(entry, path, document, owners));
    accounts.push_back(std::move(account));
  }
  return accounts;
}

Result<OperatorDoor> operator_door(const json& door, const std::filesystem::path& file,
                                   const Document& document) {
  const auto listen = door.at("listen").get<std::string>();
  if (!is_listen_address(listen)) {
    return refuse(document, "operatorTls.listen",
                  "not of the form address:port, for example \"10.0.0.1:9443\"");
  }
  const auto& name = door.at("hostName").get_ref<const std::string&>();
  auto host = HostName::parse(name);
  if (!host || name.find(':') != std::string::npos) {
    return refuse(document, "operatorTls.hostName", "not a host name (without port)");
  }
  return OperatorDoor{listen, *std::move(host), tls_identity(door.at("tls"), file)};
}

TenantPolicies tenant_policies(const json& policies) {
  TenantPolicies read;
  read.risk_owner = policies.value("riskOwner", read.risk_owner);
  read.custody_owner = policies.value("custodyOwner", read.custody_owner);
  read.interception = policies.value("interception", read.interception);
  read.audit_export = policies.value("auditExport", read.audit_export);
  const json retention = policies.value("retention", json::object());
  read.history_days = retention.value("historyDays", read.history_days);
  read.events_days = retention.value("eventsDays", read.events_days);
  read.evidence_days = retention.value("evidenceDays", read.evidence_days);
  return read;
}

Result<std::vector<Eid>> sandbox_cards(const json& sandbox, const Document& document) {
  std::vector<Eid> cards;
  for (const json& text : sandbox.value("eids", json::array())) {
    auto eid = Eid::parse(text.get_ref<const std::string&>());
    if (!eid || !eid->check_digits_ok()) {
      return refuse(document, "sandbox.eids[" + std::to_string(cards.size()) + "]",
                    eid ? "its check digits do not fit; check it for a typing error"
                        : "no EID, which has 32 decimal digits");
    }
    cards.push_back(*std::move(eid));
  }
  return cards;
}

}  // namespace berth::tenancy
