// What the routes decide of facts that are known together, stage by stage, and why: for operators
// who ask, and for the proof. A download meets the same stages one by one, as facts become known.
//
// Pure and thread-safe.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernel/tenancy/routes.h"

namespace berth::routing {

using Policies = std::map<TenantId, tenancy::EidPolicy>;

// Whatever is absent is not known and asked nothing of.
struct Facts {
  std::optional<HostName> realm = {};
  std::optional<Eid> eid = {};
  std::optional<MccMnc> mcc_mnc = {};
  std::string gid1_hex = {};  // with mcc_mnc or imsi
  std::string gid2_hex = {};
  std::optional<std::string> imsi = {};  // 6 to 15 digits
  std::optional<Iccid> iccid = {};
};

struct Decision {
  const tenancy::Route* route = nullptr;  // borrowed; null: no realm of ours
  std::optional<tenancy::RouteRefusal> refusal = {};
  bool accepted() const { return route != nullptr && !refusal; }
};

// The realm fixes the tenant; EID, operator and ICCID each agree or refuse, in that order.
Decision decide(const tenancy::RouteTable& table, const Policies& policies, const Facts& facts);

struct Step {
  std::string stage;  // "realm", "EID", "operator", "ICCID"
  bool agreed = false;
  std::string rule;    // "tenant-a: eidPrefix 89049032"; what decided
  std::string remedy;  // of a refusal: whose turn, what to do
  std::string status;  // of a refusal: what the device is told, "8.1.1/3.8", "closed"
};
struct Explanation {
  std::string tenant;  // whose the request would be; empty: nobody's
  bool accepted = false;
  std::vector<Step> steps;  // up to the first that refuses
};
// Without a realm the first fact that somebody owns stands for it, which a download never does:
// the door always knows the realm.
Explanation explain(const tenancy::RouteTable& table, const Policies& policies, const Facts& facts);

}  // namespace berth::routing
