#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "kernel/tenancy/configuration_files.h"

namespace berth::tenancy {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::string_view kUnix = "unix:";
constexpr std::size_t kMaxSocketPath = 107;  // as in sockaddr_un
constexpr UnixMs kDayMs = 86'400'000;
// What a file says of any tenant that is served elsewhere.
constexpr std::string_view kElsewhereMembers[] = {
    "$schema", "tenantId", "displayName", "eidPolicy", "topology", "endpoint", "contract"};

Error refuse_topology(const Document& document, std::string_view path, std::string_view message) {
  return refuse({document.source, "configuration.topology", document.schema}, path, message);
}

// The end of a day written as 2027-03-31.
std::optional<UnixMs> end_of_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto number = [text](std::size_t at, std::size_t digits) -> std::optional<int> {
    int value = 0;
    const char* end = text.data() + at + digits;
    const auto [stopped, failure] = std::from_chars(text.data() + at, end, value);
    if (failure != std::errc() || stopped != end || value < 0) return std::nullopt;
    return value;
  };
  const auto year = number(0, 4);
  const auto month = number(5, 2);
  const auto day = number(8, 2);
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return (std::chrono::sys_days(date).time_since_epoch().count() + 1) * kDayMs;
}

Result<Duty> duty(const std::string& cell, const json& value, const Document& document) {
  const std::string path = "contract." + cell;
  Duty read{cell, value.at("owner").get<std::string>(), value.at("contact").get<std::string>(),
            value.at("nextDue").get<std::string>()};
  const auto overdue = end_of_day(read.next_due);
  if (!overdue) {
    return refuse(document, path + ".nextDue",
                  shown(value.at("nextDue")) + " is no day; write it as 2027-03-31");
  }
  read.overdue_ms = *overdue;
  return read;
}

Result<std::vector<Duty>> contract(const json& tenant, const Document& document) {
  const json cells = tenant.value("contract", json::object());
  std::vector<Duty> duties;
  std::string empty;
  for (const std::string_view cell : kContractCells) {
    const std::string name(cell);
    if (!cells.contains(name)) {
      empty += (empty.empty() ? "" : ", ") + name;
      continue;
    }
    BERTH_TRY(read, duty(name, cells.at(name), document));
    duties.push_back(std::move(read));
  }
  if (empty.empty()) return duties;
  return refuse({document.source, "configuration.contract_cell", document.schema}, "contract",
                "nobody owns " + empty +
                    "; agree with the partner who does, and write owner, contact and nextDue of "
                    "each before the tenant is served");
}

}  // namespace

std::string_view to_string(Topology topology) {
  switch (topology) {
    case Topology::kShared:
      return "shared";
    case Topology::kDedicated:
      return "dedicated";
    case Topology::kPartner:
      return "partner";
  }
  return "shared";
}

std::string to_string(const Endpoint& endpoint) {
  if (!endpoint.socket.empty()) return std::string(kUnix) + endpoint.socket.string();
  const bool v6 = endpoint.host.find(':') != std::string::npos;
  return (v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

std::optional<Endpoint> read_endpoint(const std::string& text, const fs::path& file) {
  if (text.starts_with(kUnix)) {
    if (text.size() == kUnix.size()) return std::nullopt;
    Endpoint endpoint{resolved(file, text.substr(kUnix.size())), {}, 0};
    if (endpoint.socket.string().size() > kMaxSocketPath) return std::nullopt;
    return endpoint;
  }
  if (!is_listen_address(text)) return std::nullopt;
  const std::size_t colon = text.rfind(':');
  Endpoint endpoint{{}, text.substr(0, colon), 0};
  if (endpoint.host.starts_with('[')) {
    endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
  }
  std::from_chars(text.data() + colon + 1, text.data() + text.size(), endpoint.port);
  return endpoint;
}

Result<Place> read_place(const json& tenant, const fs::path& file, const Document& document) {
  Place place;
  const std::string topology = tenant.value("topology", "shared");
  if (topology == "shared") {
    for (const char* member : {"endpoint", "contract"}) {
      if (!tenant.contains(member)) continue;
      return refuse_topology(document, member,
                             "the tenant is shared, so this host serves it itself; take the member "
                             "away, or say \"topology\": \"dedicated\" or \"partner\"");
    }
    if (tenant.contains("tls")) return place;
    return refuse(document, "tls", "is missing; name certificateChain and privateKey");
  }
  place.topology = topology == "partner" ? Topology::kPartner : Topology::kDedicated;
  for (const auto& [member, value] : tenant.items()) {
    if (std::find(std::begin(kElsewhereMembers), std::end(kElsewhereMembers), member) !=
        std::end(kElsewhereMembers)) {
      continue;
    }
    // A dedicated tenant's own berthd decides its life by its own file; a partner's is decided
    // here.
    if (member == "policies" && place.topology == Topology::kPartner) continue;
    return refuse_topology(document, member,
                           "the tenant is " + topology +
                               ", so this host does not serve it; say it to the one that does");
  }
  place.endpoint = read_endpoint(tenant.value("endpoint", std::string()), file);
  if (!place.endpoint || (place.endpoint->socket.empty() && place.endpoint->port == 0)) {
    return refuse_topology(document, "endpoint",
                           "the tenant is " + topology +
                               "; say where it is served: host:port, or unix:path of at most 107 "
                               "octets");
  }
  if (place.topology == Topology::kDedicated) {
    if (!tenant.contains("contract")) return place;
    return refuse_topology(document, "contract",
                           "a dedicated tenant is the host's own; only partners have a contract");
  }
  BERTH_TRY(duties, contract(tenant, document));
  place.contract = std::move(duties);
  return place;
}

Result<DoorConfiguration> read_door(const json& door, const fs::path& file,
                                    const Document& document) {
  DoorConfiguration read;
  read.listen = door.at("listen").get<std::string>();
  if (!is_listen_address(read.listen)) {
    return refuse(document, "door.listen", "not of the form address:port, as \"0.0.0.0:443\"");
  }
  if (door.contains("statusSocket")) {
    read.status_socket = resolved(file, door.at("statusSocket").get<std::string>());
    if (read.status_socket.string().size() > kMaxSocketPath) {
      return refuse(document, "door.statusSocket", "longer than 107 octets; shorten the path");
    }
  }
  if (door.contains("signedRoutes") != door.contains("routesKey")) {
    return refuse(document, "door.routesKey",
                  "signedRoutes and routesKey stand together: the file, and the key that the door "
                  "verifies it with (berthctl route key writes it)");
  }
  if (door.contains("signedRoutes")) {
    read.signed_routes = resolved(file, door.at("signedRoutes").get<std::string>());
    read.routes_key = resolved(file, door.at("routesKey").get<std::string>());
  }
  const auto take = [&door](const char* name, std::uint32_t& value) {
    value = door.value(name, value);
  };
  take("maxConnections", read.max_connections);
  take("maxConnectionsPerAddress", read.max_connections_per_address);
  take("maxConnectionsPerTenant", read.max_connections_per_tenant);
  take("helloDeadlineMs", read.hello_deadline_ms);
  take("connectDeadlineMs", read.connect_deadline_ms);
  take("idleTimeoutMs", read.idle_timeout_ms);
  take("longestMs", read.longest_ms);
  return read;
}

Result<void> check_es9_door(const HostConfiguration& host, const Document& document) {
  const auto listen = read_endpoint(host.es9_listen, host.source);
  if (!listen) {
    return refuse(document, "es9Listen",
                  "not of the form address:port, for example \"0.0.0.0:443\" or \"[::]:443\", nor "
                  "unix:path of at most 107 octets");
  }
  if (!listen->socket.empty() && !host.proxy_peers.empty()) {
    return refuse(document, "proxyPeers",
                  "es9Listen is a Unix socket, where every peer is the door; take one away");
  }
  if (!host.door || !listen->socket.empty()) return {};
  if (host.proxy_peers.empty()) {
    return refuse(document, "proxyPeers",
                  "devices come through the door; say from which addresses it connects to "
                  "es9Listen, or make es9Listen a Unix socket (unix:path)");
  }
  if (listen->port == 0) {
    return refuse(document, "es9Listen", "port 0 cannot be found by the door; name a port");
  }
  return {};
}

}  // namespace berth::tenancy
