#include "tools/verify/proof_check.h"

#include <nlohmann/json.hpp>

#include "kernel/base/bytes.h"
#include "kernel/base/digest.h"
#include "tools/verify/proof_signature.h"
#include "tools/verify/routes_document.h"

namespace berth::verify {
namespace {

using nlohmann::json;

constexpr std::size_t kMinImsi = 6;
constexpr std::size_t kMaxImsi = 15;
constexpr std::size_t kMinIccid = 18;
constexpr std::size_t kMaxIccid = 20;
constexpr std::size_t kAllMccMncs = 1'100'000;  // of five and of six digits

Error wrong(std::string_view reason, std::string why) {
  return {ErrorCode::kInvalidArgument, reason, std::move(why)};
}
Error incomplete(const std::string& what) { return wrong("verify.proof", what); }

std::string lower(std::string hex) {
  for (char& c : hex) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  return hex;
}

std::string tenant_in(const json& line, const char* member) {
  const json& value = line.at(member);
  return value.is_null() ? std::string() : value.get<std::string>();
}

Interval interval_in(const json& line, const char* member) {
  const json& value = line.at(member);
  return {value.at(0).get<std::string>(), value.at(1).get<std::string>()};
}

std::string shown(const std::string& tenant) { return tenant.empty() ? "nobody's" : tenant + "'s"; }

// Intervals that follow each other from 00…0 to 99…9, in each of their sizes.
class Tiles {
 public:
  Tiles() = default;
  explicit Tiles(std::string what) : what_(std::move(what)) {}

  Result<void> add(const Interval& tile) {
    const std::size_t size = tile.first.size();
    if (size == 0 || tile.second.size() != size || tile.second < tile.first) {
      return incomplete(what_ + ": no interval");
    }
    const auto before = last_.find(size);
    const std::string expected =
        before == last_.end() ? std::string(size, '0') : after(before->second);
    if (tile.first != expected) {
      return incomplete(what_ + ": there is nothing, or something twice, at " + expected);
    }
    last_[size] = tile.second;
    return {};
  }
  Result<void> complete(std::size_t min, std::size_t max) const {
    for (std::size_t size = min; size <= max; ++size) {
      const auto last = last_.find(size);
      if (last != last_.end() && last->second == std::string(size, '9')) continue;
      return incomplete(what_ + ": the last ones of " + std::to_string(size) +
                        " digits are missing");
    }
    return last_.size() == max - min + 1 ? Result<void>() : incomplete(what_ + ": of a wrong size");
  }
  bool empty() const { return last_.empty(); }

 private:
  std::string what_;
  std::map<std::size_t, std::string> last_;
};

// The cells of one operator and one pair of GIDs: ICCIDs within IMSIs, either may be missing.
struct Profiles {
  Tiles imsis{"IMSIs"};
  Tiles iccids{"ICCIDs of an operator"};
  std::optional<Interval> imsi;  // whose ICCIDs are being told
  bool any = false;              // one line says it for all of them
};

class Checker {
 public:
  explicit Checker(RoutesDocument document) : document_(std::move(document)) {}

  Result<void> head(const json& line, const std::string& routes_sha256) {
    if (line.at("format") != "berth-route-proof/1") return incomplete("not of a known format");
    if (line.at("defaultAction") != "reject") return incomplete("its default action is no reject");
    if (line.at("routesSha256") != routes_sha256) {
      return wrong("verify.routes_differ",
                   "the proof was made of another routes document, of version " +
                       line.at("version").dump() + "; berthctl route show writes that");
    }
    for (const auto& [tenant, policy] : line.at("eidPolicies").items()) {
      if (policy != "managed" && policy != "consumer-open") {
        return incomplete("an eidPolicy of " + tenant + " that does not exist");
      }
      open_[tenant] = policy == "consumer-open";
    }
    for (const std::string& tenant : document_.tenants) {
      if (!open_.contains(tenant)) return incomplete("no eidPolicy of " + tenant);
    }
    return open_.size() == document_.tenants.size() ? Result<void>()
                                                    : incomplete("eidPolicies of strangers");
  }

  Result<void> line(const json& line) {
    if (line.contains("realm")) return realm(line);
    if (line.contains("eid")) return eid(line);
    if (line.contains("servedBy")) return manager(line);
    if (line.contains("mccMnc")) return profile(line);
    if (line.contains("otherMccMncs")) return others(line);
    if (line.contains("iccid")) return iccid(line);
    if (line.contains("iccidRangesAlone")) return alone(line);
    return incomplete("a line of an unknown kind");
  }

  Result<void> complete() {
    if (realms_ != document_.realms) return incomplete("realms are missing");
    BERTH_TRY_VOID(eids_.complete(32, 32));
    for (const std::string& name : managers_met_) {
      if (!managers_.contains(name)) return incomplete("who serves the cards of " + name);
    }
    for (const auto& [mcc_mnc, claims] : document_.operators) BERTH_TRY_VOID(network(mcc_mnc));
    if (!others_) return incomplete("the operators that no route names are missing");
    BERTH_TRY_VOID(iccids_.complete(kMinIccid, kMaxIccid));
    return alone_ ? Result<void>() : incomplete("iccidRangesAlone is missing");
  }

  const RoutesDocument& document() const { return document_; }

 private:
  Result<void> same(const std::string& what, const std::string& told, const std::string& is) const {
    if (told == is) return {};
    return wrong("verify.cell",
                 what + " is told to be " + shown(told) + " and by the routes is " + shown(is));
  }

  Result<void> realm(const json& line) {
    const auto name = line.at("realm").get<std::string>();
    const std::string told = tenant_in(line, "tenant");
    const auto found = document_.realms.find(name);
    BERTH_TRY_VOID(
        same("realm " + name, told, found == document_.realms.end() ? "" : found->second));
    realms_[name] = told;
    return {};
  }

  Result<void> eid(const json& line) {
    const Interval cell = interval_in(line, "eid");
    BERTH_TRY_VOID(eids_.add(cell));
    if (cell.first.size() != document_.eids.size()) return incomplete("an EID of a wrong size");
    BERTH_TRY(owner, document_.eids.owner_of(cell.first, cell.second));
    const std::string told = tenant_in(line, "manager");
    managers_met_.insert(told);
    return same("EID " + cell.first, told, owner);
  }

  // managed: its own cards alone. consumer-open: besides those, the cards that nobody manages, and
  // those of others that are consumer-open.
  Result<void> manager(const json& line) {
    const std::string manager = tenant_in(line, "manager");
    std::set<std::string> served;
    for (const auto& [tenant, open] : open_) {
      const bool own = tenant == manager;
      const bool free = manager.empty() || (open_.contains(manager) && open_.at(manager));
      if (own || (open && free)) served.insert(tenant);
    }
    if (line.at("servedBy").get<std::set<std::string>>() != served) {
      return wrong("verify.cell", "cards managed by " + (manager.empty() ? "nobody" : manager) +
                                      " are told to be served by others than the policies say");
    }
    managers_.insert(manager);
    return {};
  }

  Result<void> profile(const json& line) {
    Cell cell;
    cell.mcc_mnc = line.at("mccMnc").get<std::string>();
    cell.gid1 = line.value("gid1", "");
    cell.gid2 = line.value("gid2", "");
    if (line.contains("imsi")) cell.imsi = interval_in(line, "imsi");
    if (line.contains("iccid")) cell.iccid = interval_in(line, "iccid");
    BERTH_TRY(owner, document_.owner_of(cell));
    BERTH_TRY_VOID(same("a profile of mccMnc " + cell.mcc_mnc, tenant_in(line, "tenant"), owner));
    return place(cell, profiles_[cell.mcc_mnc][{cell.gid1, cell.gid2}]);
  }

  static Result<void> place(const Cell& cell, Profiles& profiles) {
    if (profiles.any) return incomplete("a profile of mccMnc " + cell.mcc_mnc + " twice");
    if (cell.imsi && profiles.imsi != cell.imsi) {
      if (!profiles.iccids.empty()) {
        BERTH_TRY_VOID(profiles.iccids.complete(kMinIccid, kMaxIccid));
        profiles.iccids = Tiles("ICCIDs of an operator");
      }
      BERTH_TRY_VOID(profiles.imsis.add(*cell.imsi));
      profiles.imsi = cell.imsi;
    } else if (cell.imsi && !cell.iccid) {
      return incomplete("an IMSI of mccMnc " + cell.mcc_mnc + " twice");
    }
    if (cell.iccid) return profiles.iccids.add(*cell.iccid);
    profiles.any = !cell.imsi;
    return {};
  }

  // Every pair of GIDs that the claims can tell apart: none, each that is named, one that is not.
  Result<void> network(const std::string& mcc_mnc) const {
    std::set<std::string> gid1s;
    std::set<std::string> gid2s;
    bool by_imsi = false;
    bool by_iccid = false;
    for (const Claim& claim : document_.operators.at(mcc_mnc)) {
      gid1s.insert(claim.gid1);
      gid2s.insert(claim.gid2);
      by_imsi = by_imsi || claim.imsi;
      by_iccid = by_iccid || claim.iccid;
    }
    const auto told = profiles_.find(mcc_mnc);
    if (told == profiles_.end()) return incomplete("mccMnc " + mcc_mnc + " is missing");
    std::set<std::string> told1;
    std::set<std::string> told2;
    for (const auto& [gids, profiles] : told->second) {
      told1.insert(gids.first);
      told2.insert(gids.second);
    }
    BERTH_TRY_VOID(all_gids(mcc_mnc, gid1s, told1));
    BERTH_TRY_VOID(all_gids(mcc_mnc, gid2s, told2));
    if (told->second.size() != told1.size() * told2.size()) {
      return incomplete("pairs of GIDs of mccMnc " + mcc_mnc + " are missing");
    }
    for (const auto& [gids, profiles] : told->second) {
      if (by_imsi) BERTH_TRY_VOID(profiles.imsis.complete(kMinImsi, kMaxImsi));
      if (by_iccid) BERTH_TRY_VOID(profiles.iccids.complete(kMinIccid, kMaxIccid));
      if (!by_imsi && !by_iccid && !profiles.any) return incomplete("mccMnc " + mcc_mnc);
    }
    return {};
  }

  static Result<void> all_gids(const std::string& mcc_mnc, std::set<std::string> named,
                               const std::set<std::string>& told) {
    named.insert("");
    const bool one = named.size() == 1;
    bool other = false;
    for (const std::string& gid : told) other = other || !named.contains(gid);
    for (const std::string& gid : named) {
      if (!told.contains(gid)) return incomplete("a GID of mccMnc " + mcc_mnc + " is missing");
    }
    return one || other ? Result<void>()
                        : incomplete("any other GID of mccMnc " + mcc_mnc + " is missing");
  }

  Result<void> others(const json& line) {
    others_ = true;
    BERTH_TRY_VOID(same("every other operator", tenant_in(line, "tenant"), ""));
    return line.at("otherMccMncs") == kAllMccMncs - document_.operators.size()
               ? Result<void>()
               : incomplete("some operators that no route names were not asked for");
  }

  Result<void> iccid(const json& line) {
    const Interval cell = interval_in(line, "iccid");
    BERTH_TRY_VOID(iccids_.add(cell));
    const auto row = document_.iccids.find(cell.first.size());
    if (row == document_.iccids.end()) return incomplete("an ICCID of a wrong size");
    BERTH_TRY(owner, row->second.owner_of(cell.first, cell.second));
    return same("ICCID " + cell.first, tenant_in(line, "tenant"), owner);
  }

  Result<void> alone(const json& line) {
    alone_ = true;
    const auto told = line.at("iccidRangesAlone").get<std::set<std::string>>();
    return told == document_.with_iccid_ranges
               ? Result<void>()
               : wrong("verify.cell", "other tenants have iccidRanges than are told");
  }

  RoutesDocument document_;
  std::map<std::string, bool> open_;  // tenant → consumer-open
  std::map<std::string, std::string> realms_;
  Tiles eids_{"EIDs"};
  std::set<std::string> managers_met_;
  std::set<std::string> managers_;
  std::map<std::string, std::map<std::pair<std::string, std::string>, Profiles>> profiles_;
  bool others_ = false;
  Tiles iccids_{"ICCIDs"};
  bool alone_ = false;
};

// The lines but the last, which is the signature; that one apart.
Result<std::pair<std::string_view, std::string_view>> parts_of(std::string_view proof) {
  if (proof.size() > kMaxProofBytes || proof.empty() || proof.back() != '\n') {
    return incomplete("the proof is empty, cut off or larger than any");
  }
  const std::size_t end = proof.size() > 1 ? proof.rfind('\n', proof.size() - 2) : 0;
  if (end == std::string_view::npos || end == 0) return incomplete("the proof has one line");
  return std::pair(proof.substr(0, end + 1), proof.substr(end + 1));
}

Result<Verified> check_lines(Checker& checker, std::string_view lines,
                             const std::string& routes_sha256) {
  Verified verified;
  verified.routes_sha256 = routes_sha256;
  verified.tenants = checker.document().tenants.size();
  std::size_t number = 0;
  bool ended = false;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    const json line = json::parse(lines.substr(0, end));
    lines.remove_prefix(end + 1);
    const std::string place = "line " + std::to_string(++number);
    if (ended) return incomplete(place + ": something follows the end");
    if (number == 1) {
      if (auto good = checker.head(line, routes_sha256); !good) {
        return std::move(good).error().within(place);
      }
      verified.version = line.at("version").get<std::int64_t>();
    } else if (line.contains("end")) {
      ended = true;
      if (line.at("end") != number - 1) return incomplete(place + ": lines are missing before it");
    } else {
      if (auto good = checker.line(line); !good) return std::move(good).error().within(place);
      ++verified.cells;
    }
  }
  if (!ended) return incomplete("the end is missing");
  BERTH_TRY_VOID(checker.complete());
  return verified;
}

}  // namespace

Result<Verified> check_proof(std::string_view routes_json, std::string_view proof,
                             std::string_view public_key_pem) {
  try {
    BERTH_TRY(parts, parts_of(proof));
    const json signature = json::parse(parts.second);
    BERTH_TRY_VOID(
        check_signature(parts.first, signature.at("signature").get<std::string>(), public_key_pem));
    BERTH_TRY(document, read_routes(routes_json));
    Checker checker(std::move(document));
    return check_lines(checker, parts.first, lower(to_hex(sha256(as_bytes(routes_json)))));
  } catch (const json::exception& failure) {
    return incomplete(failure.what());
  }
}

}  // namespace berth::verify
