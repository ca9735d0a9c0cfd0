#include "kernel/host/plugin_desk.h"

#include <spdlog/spdlog.h>

#include "kernel/host/plugin_loading.h"
#include "kernel/smdpplus/drafts.h"

namespace berth::host {
namespace {

constexpr std::chrono::seconds kSwapDeadline{30};
// Of one look at one instance's health: it answers from what it knows.
constexpr std::chrono::seconds kLookDeadline{5};
constexpr std::uint32_t kProductionFipsLevel = 3;

std::string_view name_of(plugins::ServiceState state) {
  switch (state) {
    case plugins::ServiceState::kServing:
      return "serving";
    case plugins::ServiceState::kDegraded:
      return "degraded";
    case plugins::ServiceState::kNotServing:
      return "not serving";
    case plugins::ServiceState::kBreakerOpen:
      return "breaker open";
    case plugins::ServiceState::kDraining:
      return "draining";
    case plugins::ServiceState::kStuck:
      return "stuck";
  }
  return "unknown";
}

api::PluginInstanceFacts facts_of(const plugins::Binding& binding,
                                  const plugins::InstanceStatus& one) {
  api::PluginInstanceFacts facts;
  facts.tenant = binding.tenant();
  facts.slot = binding.slot();
  facts.plugin = plugin_facts(*one.module);
  facts.plugin.library = one.library.string();
  facts.state = name_of(one.state);
  facts.detail = one.detail;
  facts.calls = one.counts.calls;
  facts.failures = one.counts.failures;
  facts.in_flight = one.counts.in_flight;
  facts.waiting = one.counts.waiting;
  facts.max_concurrency = one.max_concurrency;
  return facts;
}

std::string named(const api::PluginFacts& plugin) { return plugin.id + " " + plugin.version; }

}  // namespace

std::vector<api::PluginInstanceFacts> PluginDesk::list() const {
  std::vector<api::PluginInstanceFacts> all;
  for (const plugins::Binding* binding : bindings_.all()) {
    const plugins::Op op{"plugin-list", "", clock_.monotonic() + kLookDeadline};
    for (const auto& one : binding->status(op)) all.push_back(facts_of(*binding, one));
  }
  return all;
}

Result<plugins::Binding*> PluginDesk::find(const api::PluginSwap& wanted) const {
  if (plugins::Binding* found = bindings_.find(wanted.tenant, wanted.slot); found != nullptr) {
    return found;
  }
  const bool hosts = bindings_.find("host", wanted.slot) != nullptr;
  return Error(ErrorCode::kNotFound, "plugin.no_binding",
               "there is no binding " + wanted.tenant + "/" + wanted.slot +
                   (hosts ? " of its own; the host's serves, which is swapped without a tenant"
                          : "; berthctl plugin list shows them all"));
}

Result<void> PluginDesk::permitted(const api::PluginSwap& wanted) const {
  if (host_.profile != tenancy::Profile::kProduction) return {};
  if (wanted.watched) {
    return Error(ErrorCode::kPermissionDenied, "plugin.watch_in_production",
                 "a production host does not take plugins in as they are built; swap the one you "
                 "have checked with berthctl plugin swap");
  }
  // What the configuration declares is said of the module that it names.
  const bool another = !wanted.library.empty() || !wanted.config_json.empty();
  const bool hsm = wanted.slot == "hsm" || wanted.slot == "hsmNext";
  if (hsm && another && wanted.fips140_level < kProductionFipsLevel) {
    return Error(ErrorCode::kPermissionDenied, "plugin.hsm_not_certified",
                 "a production host takes an HSM only with its FIPS 140-2 or 140-3 level, 3 at "
                 "least; declare it with --fips140-level and put it into the configuration");
  }
  return {};
}

Result<api::PluginSwapped> PluginDesk::exchange(plugins::Binding& binding,
                                                const api::PluginSwap& wanted) {
  plugins::Deployment next = binding.deployment();
  if (!wanted.library.empty()) next.library = wanted.library;
  if (!wanted.config_json.empty()) next.config_json = wanted.config_json;
  api::PluginSwapped done;
  done.from = plugin_facts(*binding.modules().front());
  const plugins::Op op{"plugin-swap", "", clock_.monotonic() + kSwapDeadline};
  BERTH_TRY(in_flight, binding.swap(next, op));
  done.in_flight = in_flight;
  done.to = plugin_facts(*binding.modules().front());
  done.file = file_of(wanted.tenant).string();
  done.library = next.library.string();
  done.config_json = next.config_json;
  return done;
}

Result<api::PluginSwapped> PluginDesk::swap(const api::PluginSwap& wanted) {
  const auto attempt = [&]() -> Result<api::PluginSwapped> {
    BERTH_TRY(binding, find(wanted));
    BERTH_TRY_VOID(permitted(wanted));
    auto done = exchange(*binding, wanted);
    if (done) return done;
    return std::move(done).error().within(wanted.tenant + "/" + wanted.slot + " stays as it was");
  };
  auto done = attempt();
  const Result<void> recorded = record(wanted, done);
  if (!recorded) {
    spdlog::error("plugin swap of {}/{}: not audited: {}", wanted.tenant, wanted.slot,
                  recorded.error().message());
  }
  return done;
}

Result<void> PluginDesk::record(const api::PluginSwap& wanted,
                                const Result<api::PluginSwapped>& done) {
  const ledger::Subject host{ledger::SubjectKind::kHost, "host"};
  if (!done) {
    spdlog::error("plugin swap of {}/{} refused: {} ({})", wanted.tenant, wanted.slot,
                  done.error().message(), done.error().reason());
    return ledger_.audit(
        {"plugin.swap_refused", host,
         smdpplus::details_json({{"tenant", wanted.tenant},
                                 {"slot", wanted.slot},
                                 {"library", wanted.library},
                                 {"reason", std::string(done.error().reason())}})});
  }
  spdlog::info("plugin swapped: {}/{} from {} to {} ({})", wanted.tenant, wanted.slot,
               named(done->from), named(done->to), done->library);
  return ledger_.audit(
      {"plugin.swapped", host,
       smdpplus::details_json({{"tenant", wanted.tenant},
                               {"slot", wanted.slot},
                               {"library", done->library},
                               {"from", named(done->from)},
                               {"fromSha256", done->from.sha256},
                               {"to", named(done->to)},
                               {"toSha256", done->to.sha256},
                               {"declaredFips140Level", std::to_string(wanted.fips140_level)}})});
}

std::filesystem::path PluginDesk::file_of(const std::string& tenant) const {
  const auto files = tenants_.now();
  for (const auto& [id, configured] : *files) {
    if (id.text() == tenant) return configured.source;
  }
  return host_.source;
}

}  // namespace berth::host
