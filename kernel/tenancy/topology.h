// Where a tenant's SM-DP+ runs, how the common door reaches it, and who owes what when it is
// another's.
//
// shared: in this host. dedicated: a berthd of the tenant's own, with its own ledger, store, keys
// and certificate. partner: an SM-DP+ that somebody else runs. The routes of all three stand in one
// table, so that no card, name or operator can be two tenants' (R33, R35, R38).

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/clock.h"

namespace berth::tenancy {

enum class Topology : std::uint8_t { kShared = 1, kDedicated, kPartner };
std::string_view to_string(Topology topology);  // "shared", "dedicated", "partner"

// Where a connection is handed on to: a Unix socket, or a host and port.
struct Endpoint {
  std::filesystem::path socket;  // absolute; empty: host and port
  std::string host;              // a name, or an address without brackets
  std::uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
};
std::string to_string(const Endpoint& endpoint);  // "unix:/run/berth/a.sock", "[::1]:443"

// What two companies must have settled before one serves the other's tenant (R39).
inline constexpr std::string_view kContractCells[] = {"smdsRegistration", "certificateRollover",
                                                      "retention", "incidentNotice",
                                                      "failedDownloadSettlement"};

struct Duty {
  std::string cell;       // one of kContractCells
  std::string owner;      // "host" or "partner"
  std::string contact;    // whom to call, for people
  std::string next_due;   // "2027-03-31", as written
  UnixMs overdue_ms = 0;  // from here on it is overdue: the end of that day, UTC
};

// Where the tenant is served and on what terms; as a tenant file says it.
struct Place {
  Topology topology = Topology::kShared;
  std::optional<Endpoint> endpoint = {};  // of all but shared tenants
  std::vector<Duty> contract = {};        // of partners: one for each cell, in their order
};

// The common door (berth-door). Bounds of each are those of
// docs/reference/schemas/host.schema.json.
struct DoorConfiguration {
  std::string listen;                   // as es9Listen
  std::filesystem::path status_socket;  // empty: none
  // The host writes the routes in force there, signed, and the door goes by them. Empty: by the
  // routes file.
  std::filesystem::path signed_routes = {};
  std::filesystem::path routes_key = {};  // PEM: what the door verifies them with
  std::uint32_t max_connections = 10'000;
  std::uint32_t max_connections_per_address = 256;
  std::uint32_t max_connections_per_tenant = 2'000;
  std::uint32_t hello_deadline_ms = 5'000;
  std::uint32_t connect_deadline_ms = 3'000;
  std::uint32_t idle_timeout_ms = 60'000;
  std::uint32_t longest_ms = 15 * 60 * 1000;
};

}  // namespace berth::tenancy
