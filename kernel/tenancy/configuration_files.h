// The readers of one host file and one tenant file. Private to this room.

#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "kernel/base/result.h"
#include "kernel/tenancy/configuration.h"

namespace berth::tenancy {

Result<HostConfiguration> read_host_file(const std::filesystem::path& file);
Result<TenantConfiguration> read_tenant_file(const std::filesystem::path& file);

// `path` as said by `file`: absolute as it is, relative from the file's folder.
std::filesystem::path resolved(const std::filesystem::path& file, const std::string& path);

// A plugin object that fits the schema.
PluginBinding plugin_binding(const nlohmann::json& plugin, const std::filesystem::path& file);

}  // namespace berth::tenancy
