// The configuration documents: routes, host, tenant. The first octet chooses.

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "kernel/tenancy/configuration_files.h"
#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {
namespace {

using namespace tenancy;  // NOLINT: one room

// The readers of the files take a path.
std::filesystem::path written(std::string_view text) {
  static const std::filesystem::path kFile =
      std::filesystem::temp_directory_path() / ("berth-fuzz-" + std::to_string(::getpid()));
  std::ofstream(kFile, std::ios::binary) << text;
  return kFile;
}

void check(const RouteTable& table) {
  for (const Route& route : table.routes()) {
    must_hold(table.by_tenant(route.tenant) == &route, "a tenant has its route");
    must_hold(table.by_realm(route.activation_realm) == &route, "a realm is its route's");
    for (const HostName& realm : route.former_realms) {
      must_hold(table.by_realm(realm) == &route, "so is a former one");
    }
    for (const EidPrefix& prefix : route.eid_prefixes) {
      std::string digits = prefix.digits;
      digits.resize(32, '7');
      const auto eid = Eid::parse(digits);
      must_hold(eid.ok() && table.manager_of(*eid) == &route, "an EID has its one manager");
      must_hold(table.confirm_eid(route.tenant, EidPolicy::kManaged, *eid, {}).ok(),
                "who serves it");
    }
    for (const OperatorClaim& claim : route.operators) {
      must_hold(table.confirm_operator(route.tenant, claim.identity).ok(),
                "an operator is its route's");
    }
  }
}

}  // namespace

void one_input(ByteView input) {
  Choices choices(input);
  const auto choice = choices.octet() % 3;
  const std::string_view text = choices.rest_text();
  if (choice == 0) {
    const auto table = parse_routes(text, "routes.json");
    if (table) check(*table);
    return;
  }
  if (choice == 1) {
    if (const auto host = read_host_file(written(text))) {
      must_hold(host->limits.max_body_bytes > 0 && host->limits.worker_threads > 0, "limits");
    }
    return;
  }
  if (const auto tenant = read_tenant_file(written(text))) {
    must_hold(tenant->download_attempts_max >= 1 && tenant->download_attempts_max <= 100,
              "attempts are never unlimited");
  }
}

}  // namespace berth::fuzz
