// Routes for tests, in one line each.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernel/tenancy/routes.h"

namespace berth::tenancy::test {

inline TenantId tenant(std::string_view id) { return *TenantId::parse(id); }
inline HostName host(std::string_view name) { return *HostName::parse(name); }

inline OperatorIdentity operator_identity(std::string_view mcc_mnc, std::string gid1 = "",
                                          std::string gid2 = "") {
  return {*MccMnc::parse(mcc_mnc), std::move(gid1), std::move(gid2)};
}

// Realm "rsp.<id>.example".
inline Route route(const std::string& id, const std::vector<std::string>& prefixes,
                   std::vector<OperatorClaim> operators) {
  std::vector<EidPrefix> eid_prefixes;
  for (const std::string& digits : prefixes) eid_prefixes.push_back({digits});
  return {tenant(id), std::move(eid_prefixes), std::move(operators), host("rsp." + id + ".example"),
          "https://dp.example/gsma/rsp2"};
}

// 32 digits: the prefix, then `fill`.
inline Eid eid(std::string prefix, char fill = '0') {
  prefix.resize(32, fill);
  return *Eid::parse(prefix);
}

template <class T>
std::string reason_of(const Result<T>& result) {
  return result ? "" : std::string(result.error().reason());
}
template <class T>
std::string message_of(const Result<T>& result) {
  return result ? "" : result.error().message();
}

}  // namespace berth::tenancy::test
