// Host and tenant configuration as values, read from JSON checked against the published schemas
// (docs/reference/schemas/*.json, compiled in).
//
// Every error is "configuration.*" (or "routes.*" for the routes file) and names file, JSON path,
// reason and what to do. Relative paths are resolved against the folder of the file that says them.
// Immutable once loaded.

#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernel/tenancy/routes.h"

namespace berth::tenancy {

// A plugin to load for a slot (hsm, storage): library path and the plugin's own configuration.
struct PluginBinding {
  std::filesystem::path library;  // resolved against the configuration file's folder
  // The plugin's own object as text, "{}" when absent. Strings in it that begin with "./" or "../"
  // have become absolute, resolved against the configuration file's folder.
  std::string config_json;
};

struct ServerKeys {  // one certificate with its key in the HSM
  std::filesystem::path certificate;
  std::string key_reference;
};

// One DPauth + DPpb pair under one CI. Both carry the same OID.
struct SmdpIdentity {
  ServerKeys dp_auth;
  ServerKeys dp_pb;
};

struct TlsIdentity {
  std::filesystem::path certificate_chain;  // PEM
  std::filesystem::path private_key;        // PEM, mode 0600
};

// Bounds of each are those of docs/reference/schemas/host.schema.json.
struct IngressLimits {
  std::uint32_t max_connections = 2000;
  std::uint32_t max_connections_per_address = 256;
  std::uint32_t max_body_bytes = 128 * 1024;
  std::uint32_t request_deadline_ms = 15'000;
  std::uint32_t worker_threads = 16;
};

struct HostConfiguration {
  std::filesystem::path source;       // the file
  std::filesystem::path data_folder;  // ledgers
  std::string es9_listen;             // "127.0.0.1:0" picks a free port
  std::filesystem::path operator_socket;
  std::filesystem::path routes;
  std::vector<std::filesystem::path> tenant_files;
  std::vector<std::filesystem::path> certificate_issuers;  // trusted CIs
  std::vector<SmdpIdentity> smdp;
  PluginBinding hsm;                             // default for tenants
  PluginBinding storage;                         // default for tenants
  std::string key_encryption_key = "berth-kek";  // HSM reference of the wrapping key
  IngressLimits limits;
  std::uint32_t session_lifetime_ms = 15 * 60 * 1000;
  std::uint32_t max_sessions_per_tenant = 10'000;
};

struct TenantConfiguration {
  std::filesystem::path source;
  TenantId id;
  std::string display_name;
  EidPolicy eid_policy = EidPolicy::kManaged;
  TlsIdentity tls = {};
  std::optional<PluginBinding> hsm = {};  // instead of the host's
  std::optional<PluginBinding> storage = {};
  std::uint64_t order_lifetime_ms = 30ULL * 24 * 60 * 60 * 1000;  // 1 minute .. 1 year
  std::uint32_t download_attempts_max = 10;                       // 1..100: never unlimited (R110)
  std::uint32_t confirmation_attempts_max = 3;
};

struct Configuration {
  HostConfiguration host;
  std::map<TenantId, TenantConfiguration> tenants;
  RouteTable routes;
};

// Reads the host file and everything it names, and checks them against each other: each tenant has
// a route and each route a tenant. Certificates and keys are not opened here.
Result<Configuration> load_configuration(const std::filesystem::path& host_file);

}  // namespace berth::tenancy
