#include "kernel/passthrough/status.h"

#include <nlohmann/json.hpp>

namespace berth::passthrough {

ingress::HttpResponse answer(const Door& door, const ingress::HttpRequest& request) {
  if (request.method != "GET" || request.path != "/v1/door") {
    return {404, "text/plain", "passthrough.unknown_path: ask GET /v1/door\n", {}};
  }
  const DoorCounts counts = door.counts();
  const Door::RoutesState routes = door.routes();
  nlohmann::ordered_json told = {{"accepted", counts.accepted},
                                 {"open", counts.open},
                                 {"overLimit", counts.over_limit},
                                 {"noFirstMessage", counts.no_first_message},
                                 {"unknownName", counts.unknown_name},
                                 {"timedOut", counts.timed_out},
                                 {"routesVersion", routes.version},
                                 {"routesProblem", routes.problem},
                                 {"tenants", nlohmann::ordered_json::array()}};
  for (const TenantCounts& tenant : door.tenants()) {
    told["tenants"].push_back({{"tenant", tenant.tenant},
                               {"open", tenant.open},
                               {"handedOn", tenant.handed_on},
                               {"overLimit", tenant.over_limit},
                               {"unreachable", tenant.unreachable}});
  }
  return {200, "application/json", told.dump(2) + "\n", {}};
}

}  // namespace berth::passthrough
