// Whose an operator's profiles are, where several brands share one network: claims by mccMnc, GID,
// IMSI and ICCID, the most specific of which decides. Pure values.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "kernel/tenancy/digit_ranges.h"

namespace berth::tenancy {

// Who issues a profile: several brands may share one mccMnc and differ by GID.
struct OperatorIdentity {
  MccMnc mcc_mnc;
  std::string gid1_hex;  // upper-case hexadecimal; empty: none
  std::string gid2_hex;
  auto operator<=>(const OperatorIdentity&) const = default;
};

// What a route says of an operator: whatever is left empty or absent stands for any. The most
// specific claim that fits a profile owns it, so a claim without GID keeps what no other claim of
// that mccMnc takes by GID.
struct OperatorClaim {
  OperatorClaim(OperatorIdentity of) : identity(std::move(of)) {}  // NOLINT: an identity is a claim
  OperatorClaim(OperatorIdentity of, std::optional<DigitRange> of_imsis,
                std::optional<DigitRange> of_iccids)
      : identity(std::move(of)), imsis(of_imsis), iccids(of_iccids) {}
  OperatorIdentity identity;
  std::optional<DigitRange> imsis = {};
  std::optional<DigitRange> iccids = {};
  bool operator==(const OperatorClaim&) const = default;
};

// What is known of a profile besides its operator's identity.
struct ProfileFacts {
  std::optional<Digits> imsi = {};  // personal data, never logged
  std::optional<Digits> iccid = {};
};

// A claim and the route it stands in.
struct OwnedClaim {
  OperatorClaim claim;
  std::uint32_t owner = 0;
};

// "mccMnc 23450 gid1 0A imsi 234500000000000-234501999999999"
std::string describe(const OperatorIdentity& identity);
std::string describe(const OperatorClaim& claim);

class OperatorClaims {
 public:
  struct Conflict {
    const OwnedClaim* left = nullptr;  // borrowed
    const OwnedClaim* right = nullptr;
  };
  // GIDs in upper case. A conflict: two claims of two owners fit one profile and neither says more
  // than the other, or two of one or two owners have ranges that meet and are not the same. Its
  // work grows with the square of the claims under one mccMnc, which the caller bounds.
  std::optional<Conflict> build(std::vector<OwnedClaim> claims);

  // The claim that owns a profile of which everything is known: an IMSI or ICCID that is absent
  // here is one the profile does not have. nullptr: nobody's.
  const OwnedClaim* owner_of(const OperatorIdentity& identity, const ProfileFacts& facts) const;
  // A claim of this route that a profile could be owned by of which an absent IMSI or ICCID is not
  // known yet; nullptr: none.
  const OwnedClaim* possible_for(std::uint32_t route, const OperatorIdentity& identity,
                                 const ProfileFacts& facts) const;
  // Claims under one mccMnc, sorted; empty: nobody's.
  std::span<const OwnedClaim> of(const MccMnc& mcc_mnc) const;

 private:
  // Claims of one pair of GIDs, from begin to end; those from `ranged` on name IMSIs.
  struct Group {
    std::string gid1_hex;
    std::string gid2_hex;
    std::size_t begin = 0;
    std::size_t ranged = 0;
    std::size_t end = 0;
  };
  struct Network {
    std::vector<OwnedClaim> claims;   // by gid1, gid2, IMSI, ICCID; "any" is the least of each
    std::vector<Group> groups;        // of claims, in their order
    std::vector<Digits> imsi_firsts;  // of claims, close together for the search
    bool by_imsi = false;
    bool by_iccid = false;
  };
  static std::optional<Conflict> check(const Network& network);
  static void group(Network& network);
  const Network* find(const MccMnc& mcc_mnc) const;

  std::unordered_map<std::string, Network> networks_;
};

}  // namespace berth::tenancy
