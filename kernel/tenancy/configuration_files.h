// The readers of one host file and one tenant file. Private to this room.

#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "kernel/base/result.h"
#include "kernel/documents/documents.h"
#include "kernel/tenancy/configuration.h"

namespace berth::tenancy {

using documents::check_schema;
using documents::Document;
using documents::is_https_url;
using documents::parse_document;
using documents::read_document;
using documents::refuse;
using documents::shown;

inline constexpr std::size_t kMaxConfigurationBytes = 1024 * 1024;
inline constexpr std::string_view kUnreadable = "configuration.unreadable";

Result<HostConfiguration> read_host_file(const std::filesystem::path& file);
// `limits`: those of a tenant that says nothing else.
Result<TenantConfiguration> read_tenant_file(const std::filesystem::path& file,
                                             const LimitSettings& limits = {});

// `path` as said by `file`: absolute as it is, relative from the file's folder.
std::filesystem::path resolved(const std::filesystem::path& file, const std::string& path);

// A TLS object that fits the schema.
TlsIdentity tls_identity(const nlohmann::json& tls, const std::filesystem::path& file);

// "127.0.0.1:443", "[::1]:443", "host.example:0".
bool is_listen_address(std::string_view text);

// "unix:path" (at most 107 octets once resolved) or as is_listen_address(); nullopt: neither.
std::optional<Endpoint> read_endpoint(const std::string& text, const std::filesystem::path& file);

// What a tenant file that fits the schema says of its place ("configuration.topology",
// "configuration.contract_cell").
Result<Place> read_place(const nlohmann::json& tenant, const std::filesystem::path& file,
                         const Document& document);
// A door object that fits the schema.
Result<DoorConfiguration> read_door(const nlohmann::json& door, const std::filesystem::path& file,
                                    const Document& document);
// es9Listen, proxyPeers and door fit together.
Result<void> check_es9_door(const HostConfiguration& host, const Document& document);

// An es2plus object that fits the schema, checked for what a schema cannot say.
Result<Es2Door> es2_door(const nlohmann::json& es2plus, const std::filesystem::path& file,
                         const Document& document);

// An operators array that fits the schema, checked for what a schema cannot say.
Result<std::vector<OperatorAccount>> operator_accounts(const nlohmann::json& operators,
                                                       const Document& document);
// An operatorTls object that fits the schema.
Result<OperatorDoor> operator_door(const nlohmann::json& door, const std::filesystem::path& file,
                                   const Document& document);

// A policies object that fits the schema.
TenantPolicies tenant_policies(const nlohmann::json& policies);
// A sandbox object that fits the schema.
Result<std::vector<Eid>> sandbox_cards(const nlohmann::json& sandbox, const Document& document);

// Pins as people write them, in one form; `path` is where they stand, for the refusal.
Result<std::vector<std::string>> read_pins(const nlohmann::json& pins, const std::string& path,
                                           const Document& document);

// A plugin object that fits the schema.
PluginBinding plugin_binding(const nlohmann::json& plugin, const std::filesystem::path& file);

}  // namespace berth::tenancy
