#include "kernel/host/bound_hsm.h"

#include "kernel/host/plugin_loading.h"

namespace berth::host {
namespace {

Result<void> keeps_its_keys(const plugins::Module& module) {
  if (!plugins::takes_keys(module)) return {};
  return Error(ErrorCode::kFailedPrecondition, "host.hsm_takes_keys",
               std::string(module.id()) +
                   " takes private keys from outside, so it is no certified HSM whatever is "
                   "declared of it; bind one that makes its keys itself (pkcs11), or set "
                   "\"profile\": \"development\" in the host file");
}

}  // namespace

Result<std::unique_ptr<plugins::LiveHsm>> bind_hsm(
    plugins::Registry& registry, const tenancy::PluginBinding& binding, const std::string& owner,
    const std::string& slot, tenancy::Profile profile, const plugins::Op& op) {
  plugins::BindingOptions options = binding_options(owner, slot, binding);
  if (profile == tenancy::Profile::kProduction) options.instance.admit = keeps_its_keys;
  auto bound = plugins::LiveHsm::start(registry, std::move(options), op);
  if (!bound && slot != "hsm") return std::move(bound).error().within(slot);
  return bound;
}

}  // namespace berth::host
