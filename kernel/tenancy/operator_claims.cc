#include "kernel/tenancy/operator_claims.h"

#include <algorithm>
#include <tuple>

namespace berth::tenancy {
namespace {

using Range = std::optional<DigitRange>;

// "any" before every range, since the least of Digits is shorter than any identifier.
Digits order_of(const Range& range) { return range ? range->first : Digits(); }

auto key_of(const OwnedClaim& owned) {
  const OperatorClaim& claim = owned.claim;
  return std::tuple(std::string_view(claim.identity.gid1_hex),
                    std::string_view(claim.identity.gid2_hex), order_of(claim.imsis),
                    order_of(claim.iccids), owned.owner);
}

bool same_gids(const OperatorClaim& left, const OperatorClaim& right) {
  return left.identity.gid1_hex == right.identity.gid1_hex &&
         left.identity.gid2_hex == right.identity.gid2_hex;
}

// How two claims under one mccMnc stand to each other.
struct Comparison {
  bool apart = false;     // no profile fits both
  bool crossing = false;  // ranges meet without being the same
  bool left_says_more = false;
  bool right_says_more = false;
};

void compare_gid(const std::string& left, const std::string& right, Comparison& result) {
  if (left.empty() || right.empty()) {
    result.left_says_more |= !left.empty();
    result.right_says_more |= !right.empty();
  } else {
    result.apart |= left != right;
  }
}

void compare_range(const Range& left, const Range& right, Comparison& result) {
  if (!left || !right) {
    result.left_says_more |= left.has_value();
    result.right_says_more |= right.has_value();
  } else if (!left->meets(*right)) {
    result.apart = true;
  } else {
    result.crossing |= *left != *right;
  }
}

Comparison compare(const OperatorClaim& left, const OperatorClaim& right) {
  Comparison result;
  compare_gid(left.identity.gid1_hex, right.identity.gid1_hex, result);
  compare_gid(left.identity.gid2_hex, right.identity.gid2_hex, result);
  compare_range(left.imsis, right.imsis, result);
  compare_range(left.iccids, right.iccids, result);
  return result;
}

// The search below relies on it, whoever owns them: under the same GIDs ranges are equal or do not
// meet.
bool unsearchable(const OperatorClaim& left, const OperatorClaim& right) {
  if (!same_gids(left, right)) return false;
  const auto cross = [](const Range& one, const Range& other) {
    return one && other && *one != *other && one->meets(*other);
  };
  return cross(left.imsis, right.imsis) ||
         (left.imsis == right.imsis && cross(left.iccids, right.iccids));
}

bool contradict(const OwnedClaim& left, const OwnedClaim& right) {
  if (unsearchable(left.claim, right.claim)) return true;
  const Comparison compared = compare(left.claim, right.claim);
  if (compared.apart) return false;
  if (left.owner == right.owner) return false;
  return compared.crossing || compared.left_says_more == compared.right_says_more;
}

int said(const OperatorClaim& claim) {
  return (claim.identity.gid1_hex.empty() ? 0 : 1) + (claim.identity.gid2_hex.empty() ? 0 : 1) +
         (claim.imsis ? 1 : 0) + (claim.iccids ? 1 : 0);
}

using Claims = std::span<const OwnedClaim>;

// Of sorted claims that agree in all but their ICCIDs, those that fit one.
template <class Visit>
void fitting(Claims claims, const std::optional<Digits>& iccid, Visit visit) {
  const auto ranged = std::partition_point(claims.begin(), claims.end(),
                                           [](const auto& owned) { return !owned.claim.iccids; });
  if (ranged != claims.begin()) visit(claims.front());
  if (!iccid) return;
  const auto after = std::partition_point(
      ranged, claims.end(), [&](const auto& owned) { return owned.claim.iccids->first <= *iccid; });
  if (after != ranged && std::prev(after)->claim.iccids->covers(*iccid)) visit(*std::prev(after));
}

}  // namespace

std::string describe(const OperatorIdentity& identity) {
  std::string text = "mccMnc " + identity.mcc_mnc.text();
  if (!identity.gid1_hex.empty()) text += " gid1 " + identity.gid1_hex;
  if (!identity.gid2_hex.empty()) text += " gid2 " + identity.gid2_hex;
  return text;
}

std::string describe(const OperatorClaim& claim) {
  std::string text = describe(claim.identity);
  if (claim.imsis) text += " imsi " + claim.imsis->text();
  if (claim.iccids) text += " iccid " + claim.iccids->text();
  return text;
}

std::optional<OperatorClaims::Conflict> OperatorClaims::build(std::vector<OwnedClaim> claims) {
  for (OwnedClaim& owned : claims) {
    Network& network = networks_[owned.claim.identity.mcc_mnc.text()];
    network.by_imsi |= owned.claim.imsis.has_value();
    network.by_iccid |= owned.claim.iccids.has_value();
    network.claims.push_back(std::move(owned));
  }
  for (auto& [digits, network] : networks_) {
    std::sort(network.claims.begin(), network.claims.end(),
              [](const auto& left, const auto& right) { return key_of(left) < key_of(right); });
    if (auto conflict = check(network)) return conflict;
    group(network);
  }
  return std::nullopt;
}

void OperatorClaims::group(Network& network) {
  for (std::size_t i = 0; i < network.claims.size(); ++i) {
    const OperatorClaim& claim = network.claims[i].claim;
    network.imsi_firsts.push_back(order_of(claim.imsis));
    const bool same = !network.groups.empty() &&
                      network.groups.back().gid1_hex == claim.identity.gid1_hex &&
                      network.groups.back().gid2_hex == claim.identity.gid2_hex;
    if (!same) {
      network.groups.push_back({claim.identity.gid1_hex, claim.identity.gid2_hex, i, i, i});
    }
    Group& group = network.groups.back();
    group.end = i + 1;
    if (!claim.imsis) group.ranged = i + 1;
  }
}

std::optional<OperatorClaims::Conflict> OperatorClaims::check(const Network& network) {
  const std::vector<OwnedClaim>& claims = network.claims;
  for (std::size_t left = 0; left < claims.size(); ++left) {
    for (std::size_t right = left + 1; right < claims.size(); ++right) {
      if (contradict(claims[left], claims[right])) return Conflict{&claims[left], &claims[right]};
    }
  }
  return std::nullopt;
}

const OperatorClaims::Network* OperatorClaims::find(const MccMnc& mcc_mnc) const {
  const auto found = networks_.find(mcc_mnc.text());
  return found == networks_.end() ? nullptr : &found->second;
}

std::span<const OwnedClaim> OperatorClaims::of(const MccMnc& mcc_mnc) const {
  const Network* network = find(mcc_mnc);
  return network == nullptr ? Claims() : Claims(network->claims);
}

// Of the claims that fit, any two of two tenants are nested, so one that says most is of the owner.
const OwnedClaim* OperatorClaims::owner_of(const OperatorIdentity& identity,
                                           const ProfileFacts& facts) const {
  const Network* network = find(identity.mcc_mnc);
  if (network == nullptr) return nullptr;
  const OwnedClaim* best = nullptr;
  const auto take = [&best](const OwnedClaim& one) {
    if (best == nullptr || said(one.claim) > said(best->claim)) best = &one;
  };
  const Claims claims = network->claims;
  const auto look_at = [&](std::string_view gid1, std::string_view gid2) {
    const auto group =
        std::partition_point(network->groups.begin(), network->groups.end(), [&](const Group& one) {
          return std::tuple<std::string_view, std::string_view>(one.gid1_hex, one.gid2_hex) <
                 std::tuple(gid1, gid2);
        });
    if (group == network->groups.end() || group->gid1_hex != gid1 || group->gid2_hex != gid2) {
      return;
    }
    fitting(claims.subspan(group->begin, group->ranged - group->begin), facts.iccid, take);
    if (!facts.imsi || group->ranged == group->end) return;
    // Under the same GIDs, ranges of IMSIs are equal or do not meet.
    const auto firsts =
        std::span(network->imsi_firsts).subspan(group->ranged, group->end - group->ranged);
    const auto after = std::upper_bound(firsts.begin(), firsts.end(), *facts.imsi);
    if (after == firsts.begin()) return;
    const auto first = std::lower_bound(firsts.begin(), after, *std::prev(after));
    const auto of_imsi =
        claims.subspan(group->ranged + static_cast<std::size_t>(first - firsts.begin()),
                       static_cast<std::size_t>(after - first));
    if (of_imsi.front().claim.imsis->covers(*facts.imsi)) fitting(of_imsi, facts.iccid, take);
  };
  look_at("", "");
  if (!identity.gid1_hex.empty()) look_at(identity.gid1_hex, "");
  if (!identity.gid2_hex.empty()) look_at("", identity.gid2_hex);
  if (!identity.gid1_hex.empty() && !identity.gid2_hex.empty()) {
    look_at(identity.gid1_hex, identity.gid2_hex);
  }
  return best;
}

const OwnedClaim* OperatorClaims::possible_for(std::uint32_t route,
                                               const OperatorIdentity& identity,
                                               const ProfileFacts& facts) const {
  const Network* network = find(identity.mcc_mnc);
  if (network == nullptr) return nullptr;
  const bool unknown_imsi = network->by_imsi && !facts.imsi;
  const bool unknown_iccid = network->by_iccid && !facts.iccid;
  if (!unknown_imsi && !unknown_iccid) {
    const OwnedClaim* owner = owner_of(identity, facts);
    return owner != nullptr && owner->owner == route ? owner : nullptr;
  }
  const auto fits = [&](const OwnedClaim& owned) {
    const OperatorClaim& claim = owned.claim;
    const auto gid_fits = [](const std::string& of_claim, const std::string& of_profile) {
      return of_claim.empty() || of_claim == of_profile;
    };
    const auto range_fits = [](const Range& range, const std::optional<Digits>& fact) {
      return !range || !fact || range->covers(*fact);
    };
    return gid_fits(claim.identity.gid1_hex, identity.gid1_hex) &&
           gid_fits(claim.identity.gid2_hex, identity.gid2_hex) &&
           range_fits(claim.imsis, facts.imsi) && range_fits(claim.iccids, facts.iccid);
  };
  // Whatever the unknown turns out to be, a claim that says more without it takes the profile.
  const auto always_lost = [&](const OwnedClaim& mine) {
    return std::any_of(network->claims.begin(), network->claims.end(), [&](const auto& other) {
      return other.owner != route && fits(other) && said(other.claim) > said(mine.claim) &&
             (!unknown_imsi || !other.claim.imsis || other.claim.imsis == mine.claim.imsis) &&
             (!unknown_iccid || !other.claim.iccids || other.claim.iccids == mine.claim.iccids);
    });
  };
  for (const OwnedClaim& mine : network->claims) {
    if (mine.owner == route && fits(mine) && !always_lost(mine)) return &mine;
  }
  return nullptr;
}

}  // namespace berth::tenancy
