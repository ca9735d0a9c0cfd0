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
        "UNSIGNED PLUGIN {}: nobody vouches for its code, which runs {}; plugins.allowUnsigned "
        "lets it pass, production never does",
        library.string(),
        module.process() == nullptr ? "with every right of this process"
                                    : "in a process of its own");
  }
}

struct ProcessNews {
  std::string_view action;
  bool bad;
};
ProcessNews news_of(isolation::ProcessChange change) {
  switch (change) {
    case isolation::ProcessChange::kStarted:
      return {"plugin.process_started", false};
    case isolation::ProcessChange::kRestarted:
      return {"plugin.process_restarted", false};
    case isolation::ProcessChange::kEnded:
      return {"plugin.process_ended", true};
    case isolation::ProcessChange::kNotRestarted:
      return {"plugin.process_not_restarted", true};
  }
  return {"plugin.process_ended", true};
}

// What the registry is told of one binding.
plugins::InstanceOptions instance_options(const std::string& tenant, const std::string& name,
                                          const tenancy::PluginBinding& binding) {
  static_assert(static_cast<int>(plugins::Isolation::kAuto) ==
                static_cast<int>(tenancy::PluginIsolation::kAuto));
  static_assert(static_cast<int>(plugins::Isolation::kNone) ==
                static_cast<int>(tenancy::PluginIsolation::kNone));
  return {.tenant = tenant,
          .name = name,
          .config_json = binding.config_json,
          .isolation = static_cast<plugins::Isolation>(binding.isolation),
          .memory_mb = binding.memory_mb,
          .network = binding.network,
          .environment = binding.environment};
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

std::filesystem::path plugin_host_program(const tenancy::HostConfiguration& host) {
  if (!host.plugins.host_program.empty()) return host.plugins.host_program;
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() /
         "berth-plugin-host";
}

isolation::ProcessObserver process_observer(ledger::HostLedger& ledger, spdlog::logger& log) {
  return [&ledger, &log](const isolation::ProcessEvent& event) {
    const ProcessNews news = news_of(event.change);
    log.log(news.bad ? spdlog::level::err : spdlog::level::info, "{}: {} pid={} {}", news.action,
            event.name, event.pid, event.detail);
    const Result<void> audited =
        ledger.audit({std::string(news.action),
                      {ledger::SubjectKind::kHost, "host"},
                      smdpplus::details_json({{"plugin", event.name},
                                              {"pid", std::to_string(event.pid)},
                                              {"detail", event.detail}})});
    if (!audited) {
      log.error("{}: {} is not audited: {}", news.action, event.name, audited.error().message());
    }
  };
}

plugins::BindingOptions binding_options(const std::string& tenant, const std::string& slot,
                                        const tenancy::PluginBinding& configured) {
  using std::chrono::milliseconds;
  const tenancy::PluginLimits& limits = configured.limits;
  return {.library = configured.library,
          .instance = instance_options(tenant, slot, configured),
          .limits = {.max_concurrency = limits.max_concurrency,
                     .max_waiting = limits.max_waiting,
                     .call_deadline = milliseconds(limits.call_deadline_ms),
                     .breaker = {.failures = limits.breaker_failures,
                                 .open = milliseconds(limits.breaker_open_ms)}}};
}

api::PluginFacts plugin_facts(const plugins::Module& module) {
  api::PluginFacts facts{std::string(module.id()), std::string(module.version()),
                         module.path().string(), manifest::digits_of(module.plugin().sha256()),
                         module.plugin().signed_by()};
  if (module.process() != nullptr) {
    const isolation::ProcessStatus status = module.process()->status();
    facts.process = {module.tenant(), status.pid, status.restarts, status.last_end};
  }
  return facts;
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
