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

#include "kernel/tenancy/limits.h"
#include "kernel/tenancy/routes.h"
#include "kernel/tenancy/topology.h"

namespace berth::tenancy {

// Where a bound plugin runs; kAuto leaves it to its manifest.
enum class PluginIsolation : std::uint8_t { kAuto = 1, kProcess, kNone };

// Bounds of the calls into one plugin instance; those of each are in the schemas.
struct PluginLimits {
  std::uint32_t max_concurrency = 0;  // calls in flight; 0: as many as the plugin takes
  std::uint32_t max_waiting = 256;
  std::uint32_t call_deadline_ms = 30'000;
  std::uint32_t breaker_failures = 5;  // in a row, after which it is left alone
  std::uint32_t breaker_open_ms = 10'000;
};

// A plugin to load for a slot (hsm, storage, bss, …): library path and the plugin's own
// configuration.
struct PluginBinding {
  std::filesystem::path library;  // resolved against the configuration file's folder
  // The plugin's own object as text, "{}" when absent. Strings in it that begin with "./" or "../"
  // have become absolute, resolved against the configuration file's folder.
  std::string config_json;
  // Of an HSM: the level of FIPS 140-2 or 140-3 that the operator declares it certified for, beside
  // the binding or as `fips140` in the plugin's own object; 0: none.
  std::uint32_t fips140_level = 0;
  PluginLimits limits = {};
  PluginIsolation isolation = PluginIsolation::kAuto;
  // Of its own process, when it has one.
  std::uint64_t memory_mb = 0;  // 0: not said
  bool network = false;
  std::vector<std::string> environment = {};  // "NAME=value", in the order of their names
  // Where the declaration beside the binding and the one in the plugin's own object contradict each
  // other, in words; empty: nowhere.
  std::string fips140_contradiction = {};
};

// What a host is run for. Production refuses whatever is fit for a desk alone.
enum class Profile : std::uint8_t { kProduction = 1, kDevelopment };

// Whose plugins are loaded.
struct PluginPolicy {
  std::vector<std::filesystem::path> trusted_keys = {};  // PEM public keys, Ed25519
  std::vector<std::string> revoked_libraries = {};       // SHA-256, lower-case hexadecimal
  bool allow_unsigned = false;                           // never in production
  std::filesystem::path host_program = {};               // empty: beside berthd
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
  std::uint32_t worker_threads = 16;        // requests of downloads being served at once
  std::uint32_t notification_threads = 16;  // the same for notifications, apart
  std::uint32_t idle_timeout_ms = 30'000;   // of a connection between two requests
};

// In octets, as in the header of each ES2+ call.
inline constexpr std::size_t kMaxRequesterIdentifier = 128;

// Who may call ES2+ on whose behalf: a client key (SPKI pin) acts for a fixed set of tenants, told
// apart by the functionRequesterIdentifier of each call (R10).
struct Es2Operator {
  std::string name;               // for people and audit
  std::vector<std::string> pins;  // 1 or 2 (rollover): SHA-256 of the SPKI, lower-case hexadecimal
  std::map<std::string, TenantId> requesters;  // functionRequesterIdentifier → tenant
  bool accept_expired = false;                 // for published test certificates only
};

struct Es2Door {
  std::string listen;  // as es9_listen
  HostName host_name;  // what its certificate names and SNI, when sent, must say
  TlsIdentity tls;
  std::vector<Es2Operator> operators;
};

// What an operator may do; what each endpoint asks for is kernel/api/endpoint_table.cc.
enum class OperatorRole : std::uint8_t { kOperator = 1, kApprover, kAuditor, kTenant };

// Who may use the operator API: a person or a program, known by its user id on the Unix socket or
// by its client key on the operator's TLS door.
struct OperatorAccount {
  std::string name;                 // for people and audit; unique
  std::vector<OperatorRole> roles;  // at least one, each once
  std::optional<std::uint32_t> uid;
  std::vector<std::string> pins;   // at most 2: SHA-256 of the SPKI, lower-case hexadecimal
  std::optional<TenantId> tenant;  // with kTenant, and only then: all it sees
};

// The operator API over mutual TLS.
struct OperatorDoor {
  std::string listen;  // as es9_listen
  HostName host_name;
  TlsIdentity tls;
};

// The ledgers in PostgreSQL, in libpq's words.
struct PostgresConfiguration {
  std::string connection;        // as the service's role
  std::string owner_connection;  // as the tables' owner; may be empty
  std::uint32_t connections = 16;
};

struct HostConfiguration {
  std::filesystem::path source;  // the file
  Profile profile = Profile::kProduction;
  PluginPolicy plugins = {};
  std::filesystem::path data_folder;                   // ledgers
  std::optional<PostgresConfiguration> postgres = {};  // none: SQLite files in data_folder
  std::string es9_listen;  // "127.0.0.1:0" picks a free port; "unix:/path"
  std::filesystem::path operator_socket;
  std::filesystem::path routes;
  std::vector<std::filesystem::path> tenant_files;
  std::vector<std::filesystem::path> certificate_issuers;  // trusted CIs
  std::vector<SmdpIdentity> smdp;
  PluginBinding hsm;                             // default for tenants
  PluginBinding storage;                         // default for tenants
  std::optional<PluginBinding> hsm_next = {};    // the one that hsm is about to become
  std::string key_encryption_key = "berth-kek";  // HSM reference of the wrapping key
  std::string key_encryption_key_next = {};      // the one that comes next; empty: none
  IngressLimits limits;
  LimitSettings tenant_limits = {};  // of every tenant whose file says nothing else
  std::uint32_t session_lifetime_ms = 15 * 60 * 1000;
  std::uint32_t max_sessions_per_tenant = 10'000;
  std::optional<Es2Door> es2plus = {};                       // none: no ES2+
  std::vector<std::filesystem::path> revocation_lists = {};  // CRLs of the CIs and EUMs, PEM or DER
  // Empty: development, where who may open the socket may do everything.
  std::vector<OperatorAccount> operators = {};
  std::string operator_group = {};                 // may open the socket besides its owner
  std::optional<OperatorDoor> operator_door = {};  // none: the socket alone
  bool two_people = true;                          // else one person may do two-person actions
  std::optional<DoorConfiguration> door = {};      // none: devices connect to es9_listen
  // Addresses of the common door: connections from there begin with a PROXY header, and there are
  // no others. Empty: no PROXY headers, or es9_listen is a Unix socket, where all begin with one.
  std::vector<std::string> proxy_peers = {};
};

// The operator's own ES2+ endpoint, for HandleDownloadProgressInfo.
struct ProgressEndpoint {
  std::string url;  // https://host[:port][/path]; "/gsma/rsp2/es2plus/handleDownloadProgressInfo"
                    // is appended
  TlsIdentity client;
  // At least one of the two: a CA file for the server's certificate, or SPKI pins as above.
  std::filesystem::path server_ca;
  std::vector<std::string> server_pins;
  std::string requester_identifier;                  // ours, in the header of each call
  std::vector<std::uint32_t> points = {1, 2, 3, 4};  // notificationPointIds that are sent
};

// What must be decided before a tenant is activated (R2, R25). A member that is empty is not
// decided.
struct TenantPolicies {
  std::string risk_owner;     // who bears the commercial risk
  std::string custody_owner;  // who answers for keys and packages
  // How long what is kept: days, 0: not decided.
  std::uint32_t history_days = 0;   // audit payloads
  std::uint32_t events_days = 0;    // events and usage facts
  std::uint32_t evidence_days = 0;  // what cards signed
  std::string interception;         // who answers lawful interception requests, or "none"
  std::string audit_export;         // who is given audit extracts
};

enum class ProtectionKeys : std::uint8_t { kRandom = 1, kSession };

struct TenantConfiguration {
  std::filesystem::path source;
  TenantId id;
  std::string display_name;
  EidPolicy eid_policy = EidPolicy::kManaged;
  TlsIdentity tls = {};
  std::optional<PluginBinding> hsm = {};  // instead of the host's
  std::optional<PluginBinding> storage = {};
  // Draft kinds: development only.
  std::optional<PluginBinding> registrar = {};  // puts events into an SM-DS
  std::optional<PluginBinding> rating = {};     // usage in, rated lines out
  std::optional<PluginBinding> bss = {};        // the tenant's billing system
  std::optional<PluginBinding> hsm_next = {};   // the one that the tenant's HSM is about to become
  std::uint64_t order_lifetime_ms = 30ULL * 24 * 60 * 60 * 1000;  // 1 minute .. 1 year
  std::uint32_t download_attempts_max = 10;                       // 1..100: never unlimited (R110)
  std::uint32_t confirmation_attempts_max = 3;
  // Further DPtls chains of the realm, for clients that cannot verify the first (brainpool).
  std::vector<TlsIdentity> tls_alternatives = {};
  std::optional<ProgressEndpoint> progress = {};
  std::uint64_t attempt_timeout_ms = 24ULL * 60 * 60 * 1000;  // 1 minute .. 30 days; then UNKNOWN
  std::uint32_t rearm_after_error_max = 0;  // 0..10 automatic orders after a permanent error
  bool ineligible_ends_order = false;       // an eligibility failure puts the profile into Error
  bool rebind_with_new_key = true;          // a retry with another one-time key is bound anew
  ProtectionKeys protection_keys = ProtectionKeys::kRandom;  // of packages imported from now on
  TenantPolicies policies = {};
  std::vector<Eid> sandbox_eids = {};  // cards that are served before the tenant is activated
  Place place = {};  // elsewhere: of what stands above only id, name and policy are said
  LimitSettings limits = {};
};

using TenantConfigurations = std::map<TenantId, TenantConfiguration>;

struct Configuration {
  HostConfiguration host;
  TenantConfigurations tenants;
  RouteTable routes;
  std::string routes_text = {};  // the routes file as it was read
};

// Could a host run with these routes: has every tenant one, and every managed tenant cards? They
// may have routes of tenants it does not run, which nobody answers for. `source` is where they come
// from, for the message: "configuration.tenant_without_route",
// "configuration.tenant_without_cards".
Result<void> check_routes(const TenantConfigurations& tenants, const RouteTable& routes,
                          const std::string& source);

// Reads the host file and everything it names, and checks them against each other: each tenant has
// a route and each route a tenant, no HSM is declared certified in two ways
// ("configuration.fips140_contradiction"), and production has nothing that belongs on a desk
// ("configuration.unsigned_in_production", "configuration.hsm_not_certified",
// "configuration.draft_in_production", "configuration.operators_missing",
// "configuration.two_people_in_production"). Certificates and keys are not opened here.
Result<Configuration> load_configuration(const std::filesystem::path& host_file);

}  // namespace berth::tenancy
