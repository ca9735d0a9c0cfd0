#include "config.h"

#include <nlohmann/json.hpp>
#include <set>

#include "berth/sdk/error.h"

namespace file_feed {

using nlohmann::json;
namespace {

constexpr std::size_t kMaxRules = 256;
constexpr std::size_t kMaxMessage = 200;
constexpr std::size_t kMaxType = 128;
constexpr std::int64_t kMinHoldMs = 1000;
constexpr std::int64_t kMaxHoldMs = 24LL * 60 * 60 * 1000;
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kSlug = "abcdefghijklmnopqrstuvwxyz0123456789._";

[[noreturn]] void refuse(const std::string& what) {
  throw berth::sdk::Error(BERTH_INVALID_ARGUMENT, "file_feed.config", what);
}

void only(const json& object, const std::string& where, const std::set<std::string>& known) {
  if (!object.is_object()) refuse(where + " must be an object");
  for (const auto& [key, value] : object.items()) {
    if (!known.contains(key)) refuse(where + "/" + key + " is not a known key");
  }
}

// 1 to max octets, all of `alphabet` when it names any.
std::string text(const json& object, const std::string& where, const char* key, std::size_t max,
                 std::string_view alphabet = {}) {
  std::string place = where + "/" + key;
  if (!object.contains(key) || !object.at(key).is_string()) refuse(place + " must be text");
  auto value = object.at(key).get<std::string>();
  bool good = !value.empty() && value.size() <= max &&
              (alphabet.empty() || value.find_first_not_of(alphabet) == std::string::npos);
  if (!good) refuse(place + " has another length or alphabet than it may have");
  return value;
}

OrderRule parse_rule(const json& rule, const std::string& where) {
  only(rule, where,
       {"decision", "holdMs", "reason", "message", "iccids", "eidPrefix", "profileType"});
  OrderRule parsed;
  std::string decision = text(rule, where, "decision", 4);
  if (decision != "deny" && decision != "hold") refuse(where + "/decision is \"deny\" or \"hold\"");
  if (decision == "hold") parsed.decision = BERTH_BSS_HOLD;
  if (rule.contains("holdMs") != (decision == "hold")) {
    refuse(where + "/holdMs belongs to \"hold\", and to it alone");
  }
  if (decision == "hold") {
    const json& hold = rule.at("holdMs");
    if (!hold.is_number_integer() || hold < kMinHoldMs || hold > kMaxHoldMs) {
      refuse(where + "/holdMs is 1000 to 86400000");
    }
    parsed.hold_ms = hold.get<std::uint32_t>();
  }
  parsed.reason = text(rule, where, "reason", BERTH_BSS_REASON_MAX, kSlug);
  parsed.message = text(rule, where, "message", kMaxMessage);
  if (rule.contains("iccids")) {
    only(rule.at("iccids"), where + "/iccids", {"from", "to"});
    parsed.iccid_from = text(rule.at("iccids"), where + "/iccids", "from", 20, kDigits);
    parsed.iccid_to = text(rule.at("iccids"), where + "/iccids", "to", 20, kDigits);
    if (parsed.iccid_from > parsed.iccid_to) refuse(where + "/iccids/from is above /to");
  }
  if (rule.contains("eidPrefix")) {
    parsed.eid_prefix = text(rule, where, "eidPrefix", 32, kDigits);
  }
  if (rule.contains("profileType")) {
    parsed.profile_type = text(rule, where, "profileType", kMaxType);
  }
  if (parsed.iccid_from.empty() && parsed.eid_prefix.empty() && parsed.profile_type.empty()) {
    refuse(where + " fits every order; name iccids, eidPrefix or profileType");
  }
  return parsed;
}

}  // namespace

Config parse_config(std::string_view text_of_config) {
  json document = json::parse(text_of_config, nullptr, false);
  if (!document.is_object()) refuse("the configuration is not a JSON object");
  only(document, "", {"folder", "orders"});
  Config config;
  config.folder = text(document, "", "folder", 4096);
  if (config.folder.front() != '/' || config.folder.find('\0') != std::string::npos) {
    refuse("/folder must be an absolute path");
  }
  json rules = document.value("orders", json::array());
  if (!rules.is_array() || rules.size() > kMaxRules)
    refuse("/orders is a list of at most 256 rules");
  for (std::size_t i = 0; i < rules.size(); ++i) {
    config.orders.push_back(parse_rule(rules[i], "/orders/" + std::to_string(i)));
  }
  return config;
}

}  // namespace file_feed
