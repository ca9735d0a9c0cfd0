// An HSM as a configuration binds it: started, and fit for the host's profile.

#pragma once

#include <memory>
#include <string>

#include "kernel/plugins/live_hsm.h"
#include "kernel/tenancy/configuration.h"

namespace berth::host {

// `owner` is a tenant's id or "host", `slot` the binding's name ("hsm", "hsmNext"). Failures of the
// registry and the plugin pass through. In production a plugin that takes private keys from outside
// is refused whatever is declared of it, at the start and in every swap: "host.hsm_takes_keys"
// (R13).
Result<std::unique_ptr<plugins::LiveHsm>> bind_hsm(plugins::Registry& registry,
                                                   const tenancy::PluginBinding& binding,
                                                   const std::string& owner,
                                                   const std::string& slot,
                                                   tenancy::Profile profile, const plugins::Op& op);

}  // namespace berth::host
