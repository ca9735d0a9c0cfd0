// Which plugins this host loads, and what it tells of each: in the log, the audit, to operators.

#pragma once

#include <vector>

#include "kernel/api/operator_api.h"
#include "kernel/ledger/host_ledger.h"
#include "kernel/plugins/bindings.h"
#include "kernel/tenancy/configuration.h"

namespace spdlog {
class logger;
}

namespace berth::host {

// Reads the trusted keys. Failures as of manifest::PublicKey::read, with the file.
Result<manifest::PluginTrust> plugin_trust(const tenancy::HostConfiguration& host);

// The program that plugins run in when they run apart: as the host file says, or beside the program
// of this process.
std::filesystem::path plugin_host_program(const tenancy::HostConfiguration& host);

// Logs and audits each start and end of a plugin's process: "plugin.process_started",
// "plugin.process_ended", "plugin.process_restarted", "plugin.process_not_restarted". Borrows as
// plugin_observer does.
isolation::ProcessObserver process_observer(ledger::HostLedger& ledger, spdlog::logger& log);

// Logs and audits each library: "plugin.loaded", a warning when it is not signed, "plugin.refused".
// Ledger and log are borrowed and must outlive the registry's last load.
plugins::LoadObserver plugin_observer(ledger::HostLedger& ledger, spdlog::logger& log);

// A binding as the configuration describes it. tenant: an id, or "host".
plugins::BindingOptions binding_options(const std::string& tenant, const std::string& slot,
                                        const tenancy::PluginBinding& configured);

api::PluginFacts plugin_facts(const plugins::Module& module);
// What status and doctor tell of the plugins that serve or drain, each once.
std::vector<api::PluginFacts> plugin_facts(const plugins::Bindings& bindings);

}  // namespace berth::host
