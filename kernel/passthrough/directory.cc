#include "kernel/passthrough/directory.h"

#include <charconv>

namespace berth::passthrough {
namespace {

// Where this host's own listener is reached on this machine.
tenancy::Endpoint own_endpoint(const std::string& es9_listen) {
  constexpr std::string_view kUnix = "unix:";
  if (es9_listen.starts_with(kUnix)) return {es9_listen.substr(kUnix.size()), {}, 0};
  const std::size_t colon = es9_listen.rfind(':');
  tenancy::Endpoint own{{}, es9_listen.substr(0, colon), 0};
  std::from_chars(es9_listen.data() + colon + 1, es9_listen.data() + es9_listen.size(), own.port);
  if (own.host.starts_with('[')) own.host = own.host.substr(1, own.host.size() - 2);
  if (own.host == "0.0.0.0") own.host = "127.0.0.1";
  if (own.host == "::") own.host = "::1";
  return own;
}

}  // namespace

Directory::Directory(const tenancy::Configuration& configuration)
    : Directory(configuration, configuration.routes, 0) {}

Directory::Directory(const tenancy::Configuration& configuration, tenancy::RouteTable routes,
                     std::int64_t routes_version)
    : routes_(std::move(routes)), routes_version_(routes_version) {
  const tenancy::Endpoint own = own_endpoint(configuration.host.es9_listen);
  for (const auto& [id, tenant] : configuration.tenants) {
    const tenancy::Place& place = tenant.place;
    destinations_.emplace(id, Destination{id.text(), place.endpoint.value_or(own),
                                          place.topology != tenancy::Topology::kPartner});
  }
}

std::optional<Destination> Directory::find(std::string_view name) const {
  // A port belongs to Host headers; a server name has none (RFC 6066 §3).
  if (name.find(':') != std::string_view::npos) return std::nullopt;
  const auto realm = HostName::parse(name);
  const tenancy::Route* route = realm ? routes_.by_realm(*realm) : nullptr;
  if (route == nullptr) return std::nullopt;
  const auto found = destinations_.find(route->tenant);
  return found == destinations_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace berth::passthrough
