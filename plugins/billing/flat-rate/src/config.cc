#include "config.h"

#include <openssl/evp.h>

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "berth/sdk/error.h"

namespace flat_rate {

using nlohmann::json;
namespace {

constexpr std::size_t kMaxKinds = 256;
constexpr std::size_t kMaxTiers = 20;
constexpr std::size_t kMaxCode = 64;
constexpr std::int64_t kMaxUnits = 1'000'000'000'000;

[[noreturn]] void refuse(const std::string& what) {
  throw berth::sdk::Error(BERTH_INVALID_ARGUMENT, "flat_rate.config", what);
}

void only(const json& object, const std::string& where, const std::set<std::string>& known) {
  if (!object.is_object()) refuse(where + " must be an object");
  for (const auto& [key, value] : object.items()) {
    if (!known.contains(key)) refuse(where + "/" + key + " is not a known key");
  }
}

std::string text(const json& object, const std::string& where, const char* key) {
  if (!object.contains(key) || !object.at(key).is_string()) {
    refuse(where + "/" + key + " must be text");
  }
  return object.at(key).get<std::string>();
}

std::int64_t amount(const json& object, const std::string& where, const char* key) {
  auto micro = parse_micro(text(object, where, key));
  if (!micro) refuse(where + "/" + key + " must be an amount as text, like \"0.25\"");
  return *micro;
}

Rounding parse_rounding(const json& rounding) {
  only(rounding, "/rounding", {"to", "mode"});
  std::string mode = text(rounding, "/rounding", "mode");
  Rounding parsed{amount(rounding, "/rounding", "to"), RoundingMode::kHalfUp};
  if (parsed.step_micro == 0) refuse("/rounding/to must be more than 0");
  if (mode == "half-even") {
    parsed.mode = RoundingMode::kHalfEven;
  } else if (mode == "down") {
    parsed.mode = RoundingMode::kDown;
  } else if (mode == "up") {
    parsed.mode = RoundingMode::kUp;
  } else if (mode != "half-up") {
    refuse("/rounding/mode is \"half-up\", \"half-even\", \"down\" or \"up\"");
  }
  return parsed;
}

std::vector<Tier> parse_tiers(const json& list, const std::string& where) {
  if (!list.is_array() || list.empty() || list.size() > kMaxTiers) {
    refuse(where + " must be a list of 1 to 20 tiers");
  }
  std::vector<Tier> tiers;
  for (std::size_t i = 0; i < list.size(); ++i) {
    std::string here = where + "/" + std::to_string(i);
    only(list[i], here, {"upTo", "price"});
    Tier tier{std::numeric_limits<std::int64_t>::max(), amount(list[i], here, "price")};
    bool last = i + 1 == list.size();
    if (list[i].contains("upTo") == last) {
      refuse(here + "/upTo: every tier but the last has one, and the last has none");
    }
    if (!last) {
      const json& up_to = list[i].at("upTo");
      bool good = up_to.is_number_integer() && up_to >= 1 && up_to <= kMaxUnits;
      if (!good) refuse(here + "/upTo must be a whole number of units");
      tier.up_to_milli = up_to.get<std::int64_t>() * 1000;
      if (!tiers.empty() && tier.up_to_milli <= tiers.back().up_to_milli) {
        refuse(here + "/upTo must be more than the tier's before");
      }
    }
    tiers.push_back(tier);
  }
  return tiers;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxCode &&
         text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
             std::string_view::npos;
}

// Independent of how the operator ordered or spaced the document.
std::string digest_of(const json& document) {
  std::string canonical = document.dump();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(canonical.data(), canonical.size(), digest.data(), &length, EVP_sha256(),
                 nullptr) != 1) {
    throw berth::sdk::Error(BERTH_INTERNAL, "flat_rate.digest", "SHA-256 failed");
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

}  // namespace

Config parse_config(std::string_view text_of_config) {
  json document = json::parse(text_of_config, nullptr, false);
  if (!document.is_object()) refuse("the configuration is not a JSON object");
  only(document, "", {"currency", "rounding", "unpriced", "prices"});
  Config config;
  config.currency = text(document, "", "currency");
  bool capitals =
      config.currency.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos;
  if (config.currency.size() != 3 || !capitals) refuse("/currency has three capital letters");
  config.rounding_text = "half-up to 0.000001";
  if (document.contains("rounding")) {
    config.rounding = parse_rounding(document.at("rounding"));
    config.rounding_text = document.at("rounding").at("mode").get<std::string>() + " to " +
                           show_micro(config.rounding.step_micro);
  }
  if (document.contains("unpriced")) {
    std::string unpriced = text(document, "", "unpriced");
    if (unpriced != "refuse" && unpriced != "ignore") {
      refuse("/unpriced is \"refuse\" or \"ignore\"");
    }
    config.ignore_unpriced = unpriced == "ignore";
  }
  if (!document.contains("prices")) refuse("/prices is missing");
  const json& prices = document.at("prices");
  if (!prices.is_object() || prices.empty() || prices.size() > kMaxKinds) {
    refuse("/prices must be an object with 1 to 256 kinds of usage");
  }
  for (const auto& [kind, price] : prices.items()) {
    std::string where = "/prices/" + kind;
    if (!is_name(kind)) refuse("/prices has a kind that is not a name of A-Z a-z 0-9 . _ -");
    only(price, where, {"code", "tiers"});
    Price parsed{text(price, where, "code"),
                 parse_tiers(price.value("tiers", json()), where + "/tiers")};
    if (!is_name(parsed.code)) refuse(where + "/code has 1 to 64 of A-Z a-z 0-9 . _ -");
    config.prices.emplace(kind, std::move(parsed));
  }
  config.digest = digest_of(document);
  return config;
}

}  // namespace flat_rate
