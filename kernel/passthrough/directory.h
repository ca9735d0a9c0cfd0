// Which name leads where: the routes' realms and the tenants' places, as one immutable value.

#pragma once

#include <string>
#include <string_view>

#include "kernel/tenancy/configuration.h"

namespace berth::passthrough {

struct Destination {
  std::string tenant;
  tenancy::Endpoint endpoint;
  bool proxy_header = false;  // to hosts of ours; a partner's SM-DP+ knows nothing of it
};

class Directory {
 public:
  explicit Directory(const tenancy::Configuration& configuration);
  // With the routes of this version instead of the routes file's.
  Directory(const tenancy::Configuration& configuration, tenancy::RouteTable routes,
            std::int64_t routes_version);

  std::int64_t routes_version() const { return routes_version_; }  // 0: the routes file

  // `name` as a client said it (SNI). nullopt: nobody's, as is a name with a port in it.
  std::optional<Destination> find(std::string_view name) const;

 private:
  tenancy::RouteTable routes_;
  std::int64_t routes_version_;
  std::map<TenantId, Destination> destinations_;
};

}  // namespace berth::passthrough
