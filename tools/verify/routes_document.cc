#include "tools/verify/routes_document.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace berth::verify {
namespace {

using nlohmann::json;

constexpr std::size_t kEidSize = 32;

Error no_routes(const std::string& why) {
  return {ErrorCode::kInvalidArgument, "verify.routes", "the routes document: " + why};
}

// Names compare in lower case, without a dot at the end.
std::string name_of(std::string name) {
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (name.ends_with('.')) name.pop_back();
  return name;
}

std::string upper(std::string hex) {
  for (char& c : hex) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  return hex;
}

std::vector<Interval> ranges_of(const json& from, const char* member) {
  std::vector<Interval> ranges;
  for (const json& range : from.value(member, json::array())) {
    ranges.emplace_back(range.at("from").get<std::string>(), range.at("to").get<std::string>());
  }
  return ranges;
}

bool inside(const Interval& cell, const Interval& range) {
  return cell.first.size() == range.first.size() && range.first <= cell.first &&
         cell.second <= range.second;
}
bool outside(const Interval& cell, const Interval& range) {
  return cell.first.size() != range.first.size() || cell.second < range.first ||
         range.second < cell.first;
}

class Reader {
 public:
  Result<RoutesDocument> read(const json& document) {
    if (document.at("defaultAction") != "reject") return no_routes("defaultAction is not reject");
    for (std::size_t size : {18, 19, 20}) made_.iccids.emplace(size, LineOfDigits(size));
    for (const json& route : document.at("tenantRoutes")) BERTH_TRY_VOID(take(route));
    return std::move(made_);
  }

 private:
  Result<void> take(const json& route) {
    tenant_ = route.at("tenantId").get<std::string>();
    if (!made_.tenants.insert(tenant_).second) return no_routes(tenant_ + " has two routes");
    BERTH_TRY_VOID(take_realm(route.at("activationRealm").get<std::string>()));
    for (const char* member : {"activationRealms", "formerRealms"}) {
      for (const json& name : route.value(member, json::array())) {
        BERTH_TRY_VOID(take_realm(name.get<std::string>()));
      }
    }
    BERTH_TRY_VOID(take_eids(route));
    for (const Interval& range : ranges_of(route, "iccidRanges")) {
      made_.with_iccid_ranges.insert(tenant_);
      BERTH_TRY_VOID(take_iccids(range));
    }
    for (const json& digits : route.value("mccMnc", json::array())) {
      made_.operators[digits.get<std::string>()].push_back({tenant_, "", "", {}, {}});
    }
    for (const json& entry : route.value("operators", json::array())) {
      BERTH_TRY_VOID(take_operator(entry));
    }
    return {};
  }

  Result<void> take_realm(const std::string& written) {
    const std::string name = name_of(written);
    for (const std::string& spelt : {name, "rsp3-" + name}) {
      if (!made_.realms.emplace(spelt, tenant_).second) return no_routes(spelt + " stands twice");
    }
    return {};
  }

  Result<void> take_eids(const json& route) {
    std::vector<std::string> prefixes;
    if (route.contains("eidPrefix")) prefixes.push_back(route.at("eidPrefix").get<std::string>());
    for (const json& prefix : route.value("eidPrefixes", json::array())) {
      prefixes.push_back(prefix.get<std::string>());
    }
    for (const std::string& prefix : prefixes) {
      std::string first = prefix;
      std::string last = prefix;
      first.resize(kEidSize, '0');
      last.resize(kEidSize, '9');
      BERTH_TRY_VOID(made_.eids.paint(first, last, tenant_));
    }
    for (const Interval& range : ranges_of(route, "eidRanges")) {
      BERTH_TRY_VOID(made_.eids.paint(range.first, range.second, tenant_));
    }
    for (const json& eid : route.value("eids", json::array())) {
      const auto digits = eid.get<std::string>();
      BERTH_TRY_VOID(made_.eids.paint(digits, digits, tenant_));
    }
    return {};
  }

  Result<void> take_iccids(const Interval& range) {
    const auto line = made_.iccids.find(range.first.size());
    if (line == made_.iccids.end()) return no_routes("an ICCID range of a wrong size");
    return line->second.paint(range.first, range.second, tenant_);
  }

  Result<void> take_operator(const json& entry) {
    const std::string gid1 = upper(entry.value("gid1", ""));
    const std::string gid2 = upper(entry.value("gid2", ""));
    std::vector<std::optional<Interval>> imsis;
    std::vector<std::optional<Interval>> iccids;
    for (const Interval& range : ranges_of(entry, "imsiRanges")) imsis.emplace_back(range);
    for (const Interval& range : ranges_of(entry, "iccidRanges")) {
      BERTH_TRY_VOID(take_iccids(range));
      iccids.emplace_back(range);
    }
    if (imsis.empty()) imsis.emplace_back();
    if (iccids.empty()) iccids.emplace_back();
    for (const auto& imsi : imsis) {
      for (const auto& iccid : iccids) {
        made_.operators[entry.at("mccMnc").get<std::string>()].push_back(
            {tenant_, gid1, gid2, imsi, iccid});
      }
    }
    return {};
  }

  RoutesDocument made_;
  std::string tenant_;
};

int members_said(const Claim& claim) {
  return (claim.gid1.empty() ? 0 : 1) + (claim.gid2.empty() ? 0 : 1) + (claim.imsi ? 1 : 0) +
         (claim.iccid ? 1 : 0);
}

enum class Fit { kNo = 1, kWhole, kPart };

Fit fit(const std::optional<Interval>& claimed, const std::optional<Interval>& cell) {
  if (!claimed) return Fit::kWhole;
  if (!cell) return Fit::kPart;  // the cell stands for any
  if (inside(*cell, *claimed)) return Fit::kWhole;
  return outside(*cell, *claimed) ? Fit::kNo : Fit::kPart;
}

}  // namespace

Result<std::string> RoutesDocument::owner_of(const Cell& cell) const {
  const auto claims = operators.find(cell.mcc_mnc);
  if (claims == operators.end()) return std::string();
  std::string owner;
  int most = -1;
  bool tie = false;
  for (const Claim& claim : claims->second) {
    const bool gids = (claim.gid1.empty() || claim.gid1 == cell.gid1) &&
                      (claim.gid2.empty() || claim.gid2 == cell.gid2);
    const Fit imsi = fit(claim.imsi, cell.imsi);
    const Fit iccid = fit(claim.iccid, cell.iccid);
    if (!gids || imsi == Fit::kNo || iccid == Fit::kNo) continue;
    if (imsi == Fit::kPart || iccid == Fit::kPart) {
      return Error(ErrorCode::kInvalidArgument, "verify.cell",
                   "a claim of " + claim.tenant + " on mccMnc " + cell.mcc_mnc +
                       " covers a part of one cell only");
    }
    const int said = members_said(claim);
    if (said < most) continue;
    tie = said == most && (tie || claim.tenant != owner);
    most = said;
    owner = claim.tenant;
  }
  if (!tie) return owner;
  return Error(ErrorCode::kInvalidArgument, "verify.overlap",
               "two tenants claim the same profiles of mccMnc " + cell.mcc_mnc);
}

Result<RoutesDocument> read_routes(std::string_view text) {
  const json document = json::parse(text, nullptr, false);
  if (!document.is_object()) return no_routes("not a JSON object");
  try {
    return Reader().read(document);
  } catch (const json::exception& failure) {
    return no_routes(failure.what());
  }
}

}  // namespace berth::verify
