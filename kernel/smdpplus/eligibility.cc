#include "kernel/smdpplus/eligibility.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include "kernel/rsp/sgp22/status_codes.h"

namespace berth::smdpplus {
namespace {

using rsp::RspError;
using rsp::sgp22::EuiccInfo2;
using rsp::sgp22::PolicyRules;

// A mandatory service of a package (its ServicesList) and the bit of uiccCapability that promises
// it.
constexpr std::pair<std::string_view, std::size_t> kServiceBits[] = {
    {"contactless", 0},
    {"usim", 1},
    {"isim", 2},
    {"csim", 3},
    {"milenage", 4},
    {"cave", 5},
    {"tuak128", 6},
    {"tuak256", 7},
    {"usim-test-algorithm", 8},
    {"gba-usim", 10},
    {"gba-isim", 11},
    {"mbms", 12},
    {"eap", 13},
    {"javacard", 14},
    {"multos", 15},
    {"multiple-usim", 16},
    {"multiple-isim", 17},
    {"multiple-csim", 18},
    {"ber-tlv", 19},
    {"dfLink", 20},
    {"cat-tp", 21},
    {"get-identity", 22},
    {"profile-a-x25519", 23},
    {"profile-b-p256", 24},
    {"suciCalculatorApi", 25},
    {"dns-resolution", 26},
    {"scp11ac", 27},
    {"scp11c-authorization", 28},
    {"s16mode", 29},
    {"eaka", 30},
};

constexpr std::size_t kPpr1Bit = 1;
constexpr std::size_t kPpr2Bit = 2;

// Bits count from the most significant one; `contents` begins with the unused-bits octet. Bits the
// string is too short for are 0.
bool bit(ByteView contents, std::size_t number) {
  const std::size_t octet = 1 + number / 8;
  return octet < contents.size() && ((contents[octet] >> (7 - number % 8)) & 1U) != 0;
}

// Does the card promise the service? One that no release of the card's list names is not asked.
bool offers(ByteView capability, std::string_view service) {
  for (const auto& [name, number] : kServiceBits) {
    if (name == service) return bit(capability, number);
  }
  return true;
}

// The card's version has the package's major and at least its minor number.
bool reads_format(const rsp::sgp22::Version& card, std::string_view package) {
  unsigned major = 0;
  unsigned minor = 0;
  const char* end = package.data() + package.size();
  const auto [dot, bad] = std::from_chars(package.data(), end, major);
  if (bad != std::errc() || dot == end || *dot != '.') return true;
  if (std::from_chars(dot + 1, end, minor).ec != std::errc()) return true;
  return card.major == major && card.minor >= minor;
}

RspError not_eligible(std::string message) {
  return rsp::sgp22::no_eligible_profile(std::move(message));
}

}  // namespace

std::optional<RspError> ineligible(const ledger::ProfileRecord& profile, const PolicyRules& rules,
                                   bool has_owner, const EuiccInfo2& card) {
  if (!profile.saip_version.empty() && !reads_format(card.profile_version, profile.saip_version)) {
    return not_eligible("the profile is in package format " + profile.saip_version +
                        ", the card reads " + card.profile_version.text() +
                        "; this device cannot take the plan");
  }
  std::string_view rest = profile.services;
  while (!rest.empty()) {
    const std::string_view service = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), service.size() + 1));
    if (service.empty() || offers(card.uicc_capability, service)) continue;
    return not_eligible("the profile needs " + std::string(service) +
                        ", which the card does not offer; this device cannot take the plan");
  }
  if (rules.any() && !has_owner) {
    return not_eligible("the profile has policy rules but no owner; its operator must correct it");
  }
  if ((rules.ppr1 && bit(card.forbidden_profile_policy_rules, kPpr1Bit)) ||
      (rules.ppr2 && bit(card.forbidden_profile_policy_rules, kPpr2Bit))) {
    return not_eligible(
        "the card forbids the profile's policy rules; this device cannot take the "
        "plan");
  }
  if (card.free_nvm_bytes && *card.free_nvm_bytes < profile.package.size_bytes) {
    return rsp::sgp22::euicc_memory_insufficient(
        "the card has " + std::to_string(*card.free_nvm_bytes) +
        " octets free, the profile needs " + std::to_string(profile.package.size_bytes) +
        "; delete an unused plan and try again");
  }
  return std::nullopt;
}

}  // namespace berth::smdpplus
