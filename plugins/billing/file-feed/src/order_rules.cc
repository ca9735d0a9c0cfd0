#include "order_rules.h"

#include <nlohmann/json.hpp>

namespace file_feed {
namespace {

using nlohmann::json;

std::string member(const json& order, const char* name) {
  auto found = order.find(name);
  if (found == order.end() || found->is_null()) return {};
  if (!found->is_string()) {
    throw berth::sdk::Error(BERTH_INVALID_ARGUMENT, "bss.bad_order",
                            std::string("the order's ") + name + " is not text");
  }
  return found->get<std::string>();
}

// As far as the bound says: "8931" bounds every ICCID that begins with it.
bool between(std::string_view iccid, std::string_view from, std::string_view to) {
  return iccid.substr(0, from.size()) >= from && iccid.substr(0, to.size()) <= to;
}

}  // namespace

berth::sdk::BssVerdict judge(const std::vector<OrderRule>& rules, std::string_view order_json) {
  json order = json::parse(order_json, nullptr, false);
  if (!order.is_object()) {
    throw berth::sdk::Error(BERTH_INVALID_ARGUMENT, "bss.bad_order",
                            "the order is not a JSON object");
  }
  std::string iccid = member(order, "iccid");
  std::string eid = member(order, "eid");
  std::string type = member(order, "profileType");
  for (const OrderRule& rule : rules) {
    bool by_iccid = rule.iccid_from.empty() ||
                    (!iccid.empty() && between(iccid, rule.iccid_from, rule.iccid_to));
    bool by_eid = rule.eid_prefix.empty() || (!eid.empty() && eid.starts_with(rule.eid_prefix));
    bool by_type = rule.profile_type.empty() || type == rule.profile_type;
    if (by_iccid && by_eid && by_type) {
      return {rule.decision, rule.hold_ms, rule.reason, rule.message};
    }
  }
  return {};
}

}  // namespace file_feed
