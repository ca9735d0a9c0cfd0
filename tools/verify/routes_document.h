// A routes document as the verifier reads it: by its own rules, written down in
// docs/reference/configuration.md and docs/reference/route-proof.md, on text.

#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/verify/line_of_digits.h"

namespace berth::verify {

using Interval = std::pair<std::string, std::string>;  // both ends included, as many digits

// What a route claims of one operator's profiles; what is empty or absent is any.
struct Claim {
  std::string tenant;
  std::string gid1;
  std::string gid2;
  std::optional<Interval> imsi;
  std::optional<Interval> iccid;
};

// A cell of the operators' table; both ends of an interval stand for all between.
struct Cell {
  std::string mcc_mnc;
  std::string gid1;
  std::string gid2;
  std::optional<Interval> imsi;
  std::optional<Interval> iccid;
};

struct RoutesDocument {
  std::map<std::string, std::string> realms;  // every name, with aliases → tenant
  LineOfDigits eids{32};
  std::map<std::size_t, LineOfDigits> iccids;  // by size, 18..20
  std::set<std::string> with_iccid_ranges;     // tenants
  std::set<std::string> tenants;
  std::map<std::string, std::vector<Claim>> operators;  // by mccMnc

  // Whose a cell is; empty: nobody's. "verify.cell" when a claim covers a part of it,
  // "verify.overlap" when two tenants' claims fit it and neither says more.
  Result<std::string> owner_of(const Cell& cell) const;
};

// "verify.routes": it is no routes document; "verify.overlap".
Result<RoutesDocument> read_routes(std::string_view json);

}  // namespace berth::verify
