#include "kernel/host/plugin_loading.h"

#include <spdlog/logger.h>

#include <algorithm>
#include <set>

#include "kernel/smdpplus/drafts.h"

namespace berth::host {
namespace {

std::string signer_of(const plugins::Module& module) {
  const std::string& key = module.plugin().signed_by();
  return key.empty() ? "nobody" : key;
}

ledger::AuditDraft audit_of(const std::filesystem::path& library,
                            const Result<std::shared_ptr<plugins::Module>>& loaded) {
  const ledger::Subject host{ledger::SubjectKind::kHost, "host"};
  if (!loaded) {
    return {"plugin.refused", host,
            smdpplus::details_json(
                {{"library", library.string()}, {"reason", std::string(loaded.error().reason())}})};
  }
  const plugins::Module& module = **loaded;
  return {"plugin.loaded", host,
          smdpplus::details_json({{"library", library.string()},
                                  {"id", std::string(module.id())},
                                  {"version", std::string(module.version())},
                                  {"sha256", manifest::digits_of(module.plugin().sha256())},
                                  {"signedBy", signer_of(module)}})};
}

void log_it(spdlog::logger& log, const std::filesystem::path& library,
            const Result<std::shared_ptr<plugins::Module>>& loaded) {
  if (!loaded) {
    log.error("plugin refused: {} ({})", loaded.error().message(), loaded.error().reason());
    return;
  }
  const plugins::Module& module = **loaded;
  log.info("plugin loaded: {} {} from {} sha256={} signed by {}", module.id(), module.version(),
           library.string(), manifest::digits_of(module.plugin().sha256()), signer_of(module));
  if (module.plugin().signed_by().empty()) {
    log.warn(
        "UNSIGNED PLUGIN {}: nobody vouches for its code, which runs with every right of this "
        "process; plugins.allowUnsigned lets it pass, production never does",
        library.string());
  }
}

}  // namespace

Result<manifest::PluginTrust> plugin_trust(const tenancy::HostConfiguration& host) {
  manifest::PluginTrust trust;
  trust.allow_unsigned = host.plugins.allow_unsigned;
  for (const std::filesystem::path& file : host.plugins.trusted_keys) {
    BERTH_TRY(key, manifest::PublicKey::read(file));
    trust.keys.push_back(std::move(key));
  }
  for (const std::string& digits : host.plugins.revoked_libraries) {
    BERTH_TRY(octets, from_hex(digits));
    Sha256 digest{};
    BERTH_ASSERT(octets.size() == digest.size());  // the schema counted the digits
    std::copy(octets.begin(), octets.end(), digest.begin());
    trust.revoked.insert(digest);
  }
  return trust;
}

plugins::LoadObserver plugin_observer(ledger::HostLedger& ledger, spdlog::logger& log) {
  return [&ledger, &log](const std::filesystem::path& library,
                         const Result<std::shared_ptr<plugins::Module>>& loaded) {
    log_it(log, library, loaded);
    const Result<void> audited = ledger.audit(audit_of(library, loaded));
    if (!audited) {
      log.error("plugin {}: what became of it is not audited: {}", library.string(),
                audited.error().message());
    }
  };
}

plugins::BindingOptions binding_options(std::string tenant, std::string slot,
                                        const tenancy::PluginBinding& configured) {
  using std::chrono::milliseconds;
  const tenancy::PluginLimits& limits = configured.limits;
  return {.tenant = std::move(tenant),
          .slot = std::move(slot),
          .deployment = {configured.library, configured.config_json},
          .limits = {.max_concurrency = limits.max_concurrency,
                     .max_waiting = limits.max_waiting,
                     .call_deadline = milliseconds(limits.call_deadline_ms),
                     .breaker = {.failures = limits.breaker_failures,
                                 .open = milliseconds(limits.breaker_open_ms)}}};
}

api::PluginFacts plugin_facts(const plugins::Module& module) {
  return {std::string(module.id()), std::string(module.version()), module.path().string(),
          manifest::digits_of(module.plugin().sha256()), module.plugin().signed_by()};
}

std::vector<api::PluginFacts> plugin_facts(const plugins::Bindings& bindings) {
  std::vector<api::PluginFacts> facts;
  std::set<const plugins::Module*> told;
  for (const plugins::Binding* binding : bindings.all()) {
    for (const auto& module : binding->modules()) {
      if (told.insert(module.get()).second) facts.push_back(plugin_facts(*module));
    }
  }
  return facts;
}

}  // namespace berth::host
