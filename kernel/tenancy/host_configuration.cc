#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "kernel/tenancy/configuration_files.h"
#include "kernel/tenancy/limits_json.h"
#include "kernel/tenancy/schemas.h"

namespace berth::tenancy {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// sockaddr_un.sun_path holds 108 octets with its terminator.
constexpr std::size_t kMaxSocketPath = 107;
constexpr std::uint32_t kMaxFipsLevel = 4;

void make_absolute(json& value, const fs::path& file) {
  if (value.is_structured()) {
    for (json& child : value) make_absolute(child, file);
  } else if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    if (text.starts_with("./") || text.starts_with("../")) text = resolved(file, text).string();
  }
}

std::vector<fs::path> files(const json& names, const fs::path& file) {
  std::vector<fs::path> paths;
  for (const json& name : names) paths.push_back(resolved(file, name.get<std::string>()));
  return paths;
}

Result<std::vector<fs::path>> tenant_files(const json& tenants, const fs::path& file,
                                           const Document& document) {
  std::vector<fs::path> found;
  if (tenants.is_array()) {
    found = files(tenants, file);
  } else {
    const fs::path folder = resolved(file, tenants.get<std::string>());
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(folder, failure)) {
      if (entry.path().extension() == ".json") found.push_back(entry.path());
    }
    if (failure) {
      return refuse(document, "tenants",
                    folder.string() +
                        " is not a folder that can be read; name the folder of the "
                        "tenant files, or the files in an array");
    }
    std::sort(found.begin(), found.end());
  }
  if (found.size() > kMaxRoutes) return refuse(document, "tenants", "more than 10000 tenants");
  return found;
}

SmdpIdentity smdp_identity(const json& pair, const fs::path& file) {
  const auto keys = [&](const char* name) {
    const json& entry = pair.at(name);
    return ServerKeys{resolved(file, entry.at("certificate").get<std::string>()),
                      entry.at("key").get<std::string>()};
  };
  return {keys("dpAuth"), keys("dpPb")};
}

PluginPolicy plugin_policy(const json& plugins, const fs::path& file) {
  PluginPolicy policy;
  policy.trusted_keys = files(plugins.value("trustedKeys", json::array()), file);
  policy.revoked_libraries = plugins.value("revokedLibraries", policy.revoked_libraries);
  policy.allow_unsigned = plugins.value("allowUnsigned", policy.allow_unsigned);
  if (plugins.contains("hostProgram")) {
    policy.host_program = resolved(file, plugins.at("hostProgram").get<std::string>());
  }
  return policy;
}

PluginLimits plugin_limits(const json& plugin) {
  PluginLimits read;
  const json limits = plugin.value("limits", json::object());
  read.max_concurrency = limits.value("maxConcurrency", read.max_concurrency);
  read.max_waiting = limits.value("maxWaiting", read.max_waiting);
  read.call_deadline_ms = limits.value("callDeadlineMs", read.call_deadline_ms);
  const json breaker = plugin.value("breaker", json::object());
  read.breaker_failures = breaker.value("failures", read.breaker_failures);
  read.breaker_open_ms = breaker.value("openMs", read.breaker_open_ms);
  return read;
}

void read_limits(const json& limits, IngressLimits& read) {
  const auto take = [&](const char* name, std::uint32_t& value) {
    value = limits.value(name, value);
  };
  take("maxConnections", read.max_connections);
  take("maxConnectionsPerAddress", read.max_connections_per_address);
  take("maxBodyBytes", read.max_body_bytes);
  take("requestDeadlineMs", read.request_deadline_ms);
  take("workerThreads", read.worker_threads);
  take("notificationThreads", read.notification_threads);
  take("idleTimeoutMs", read.idle_timeout_ms);
}

// What a declaration says, whoever's; the plugin's own object has a schema of its own.
std::uint32_t declared_level(const json& fips140) {
  if (!fips140.is_object() || !fips140.contains("level")) return 0;
  const json& level = fips140.at("level");
  return level.is_number_unsigned() && level <= kMaxFipsLevel ? level.get<std::uint32_t>() : 0;
}

// Two declarations of one device say the same, as far as both say anything.
std::string contradiction(const json& beside, const json& inside) {
  for (const char* member : {"level", "certificate"}) {
    if (!beside.contains(member) || !inside.contains(member)) continue;
    if (beside.at(member) == inside.at(member)) continue;
    return std::string("fips140.") + member + " is " + shown(beside.at(member)) +
           ", config.fips140." + member + " is " + shown(inside.at(member));
  }
  return {};
}

}  // namespace

bool is_listen_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view port = text.substr(colon + 1);
  std::uint16_t number = 0;
  const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (port.empty() || failure != std::errc() || end != port.data() + port.size()) return false;
  const std::string_view host = text.substr(0, colon);
  if (host.starts_with('[')) {
    return host.size() > 3 && host.ends_with(']') &&
           host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") ==
               std::string_view::npos;
  }
  return host.find(':') == std::string_view::npos && HostName::parse(host).ok();
}

fs::path resolved(const fs::path& file, const std::string& path) {
  return (fs::absolute(file).parent_path() / path).lexically_normal();
}

PluginBinding plugin_binding(const json& plugin, const fs::path& file) {
  json config = plugin.value("config", json::object());
  make_absolute(config, file);
  const json beside = plugin.value("fips140", json());
  const json inside = config.value("fips140", json());
  PluginBinding binding{resolved(file, plugin.at("library").get<std::string>()), config.dump()};
  binding.fips140_level = declared_level(beside.is_null() ? inside : beside);
  if (!beside.is_null() && inside.is_object()) {
    binding.fips140_contradiction = contradiction(beside, inside);
  }
  binding.limits = plugin_limits(plugin);
  const std::string isolation = plugin.value("isolation", "auto");
  if (isolation == "process") binding.isolation = PluginIsolation::kProcess;
  if (isolation == "none") binding.isolation = PluginIsolation::kNone;
  binding.memory_mb = plugin.value("memoryMb", binding.memory_mb);
  binding.network = plugin.value("network", binding.network);
  const json environment = plugin.value("environment", json::object());
  for (const auto& [name, value] : environment.items()) {
    binding.environment.push_back(name + "=" + value.get<std::string>());
  }
  return binding;
}

TlsIdentity tls_identity(const json& tls, const fs::path& file) {
  return {resolved(file, tls.at("certificateChain").get<std::string>()),
          resolved(file, tls.at("privateKey").get<std::string>())};
}

Result<HostConfiguration> read_host_file(const fs::path& file) {
  const std::string source = file.string();
  const Document document{source, "configuration.invalid", host_schema()};
  BERTH_TRY(text, read_document(file, kMaxConfigurationBytes, kUnreadable));
  BERTH_TRY(value, parse_document(text, document));
  BERTH_TRY_VOID(check_schema(value, document));
  const auto path = [&](const char* name) {
    return resolved(file, value.at(name).get<std::string>());
  };
  HostConfiguration host;
  host.source = file;
  if (value.value("profile", "production") == "development") host.profile = Profile::kDevelopment;
  host.plugins = plugin_policy(value.value("plugins", json::object()), file);
  host.data_folder = path("dataFolder");
  if (value.contains("postgres")) {
    const json& postgres = value.at("postgres");
    host.postgres = {postgres.at("connection").get<std::string>(),
                     postgres.value("ownerConnection", std::string()),
                     postgres.value("connections", PostgresConfiguration().connections)};
  }
  host.es9_listen = value.at("es9Listen").get<std::string>();
  if (const auto listen = read_endpoint(host.es9_listen, file); listen && !listen->socket.empty()) {
    host.es9_listen = to_string(*listen);
  }
  host.proxy_peers = value.value("proxyPeers", host.proxy_peers);
  if (value.contains("door")) {
    BERTH_TRY(door, read_door(value.at("door"), file, document));
    host.door = std::move(door);
  }
  BERTH_TRY_VOID(check_es9_door(host, document));
  host.operator_socket = path("operatorSocket");
  if (host.operator_socket.string().size() > kMaxSocketPath) {
    return refuse(document, "operatorSocket",
                  host.operator_socket.string() +
                      " is longer than the 107 octets that a Unix "
                      "socket may have; choose a shorter path");
  }
  host.routes = path("routes");
  BERTH_TRY(tenants, tenant_files(value.at("tenants"), file, document));
  host.tenant_files = std::move(tenants);
  host.certificate_issuers = files(value.at("certificateIssuers"), file);
  host.revocation_lists = files(value.value("revocationLists", json::array()), file);
  for (const json& pair : value.at("smdp")) host.smdp.push_back(smdp_identity(pair, file));
  host.hsm = plugin_binding(value.at("hsm"), file);
  host.storage = plugin_binding(value.at("storage"), file);
  if (value.contains("hsmNext")) host.hsm_next = plugin_binding(value.at("hsmNext"), file);
  host.key_encryption_key = value.value("keyEncryptionKey", host.key_encryption_key);
  host.key_encryption_key_next = value.value("keyEncryptionKeyNext", host.key_encryption_key_next);
  read_limits(value.value("limits", json::object()), host.limits);
  BERTH_TRY(tenant_limits,
            changed_limits(host.tenant_limits, value.value("tenantLimits", json::object())));
  host.tenant_limits = tenant_limits;
  host.session_lifetime_ms = value.value("sessionLifetimeMs", host.session_lifetime_ms);
  host.max_sessions_per_tenant = value.value("maxSessionsPerTenant", host.max_sessions_per_tenant);
  if (value.contains("es2plus")) {
    BERTH_TRY(door, es2_door(value.at("es2plus"), file, document));
    host.es2plus = std::move(door);
  }
  BERTH_TRY(operators, operator_accounts(value.value("operators", json::array()), document));
  host.operators = std::move(operators);
  host.operator_group = value.value("operatorGroup", host.operator_group);
  host.two_people = value.value("twoPeople", host.profile == Profile::kProduction);
  if (value.contains("operatorTls")) {
    BERTH_TRY(door, operator_door(value.at("operatorTls"), file, document));
    host.operator_door = std::move(door);
    if (host.operators.empty()) {
      return refuse(document, "operatorTls",
                    "nobody could use it: there are no operators with pins; add some, or take the "
                    "member away");
    }
  }
  return host;
}

}  // namespace berth::tenancy
