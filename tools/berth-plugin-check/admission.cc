#include "tools/berth-plugin-check/admission.h"

#include <nlohmann/json.hpp>

#include "kernel/base/clock.h"
#include "kernel/manifest/verified_plugin.h"
#include "kernel/plugins/config_check.h"
#include "kernel/plugins/module.h"
#include "tools/berth-plugin-check/checks.h"

namespace berth::plugin_check {
namespace {

using nlohmann::json;

Result<manifest::PluginTrust> trust_of(const std::vector<std::string>& files) {
  manifest::PluginTrust trust{.keys = {}, .allow_unsigned = files.empty()};
  for (const std::string& file : files) {
    BERTH_TRY(key, manifest::PublicKey::read(file));
    trust.keys.push_back(std::move(key));
  }
  return trust;
}

Result<json> facts_of(const AdmissionRequest& request) {
  static const SystemClock clock;
  BERTH_TRY(trust, trust_of(request.trusted));
  BERTH_TRY(verified, manifest::verify_plugin(request.library, trust));
  BERTH_TRY(module,
            plugins::Module::load(std::make_shared<manifest::VerifiedPlugin>(std::move(verified)),
                                  {&clock, nullptr}));
  for (const std::string& config : request.configs) {
    const std::string placed = with_place(config, "/place");
    BERTH_TRY_VOID(plugins::check_config(*module, {"check", "plugin", placed}));
  }
  const auto& manifest = module->plugin().manifest();
  const std::string& key = module->plugin().signed_by();
  json facts{{"id", std::string(module->id())},
             {"version", std::string(module->version())},
             {"signedBy", key},
             {"provides", json::array()},
             {"concurrency", manifest ? manifest->max_concurrency : 1}};
  for (const std::string_view id : module->provides()) facts["provides"].push_back(std::string(id));
  if (!manifest) facts["signedBy"] = "no manifest";
  return facts;
}

void tell_facts(const AdmissionRequest& request) {
  const Result<json> facts = facts_of(request);
  if (facts) {
    tell("ok " + facts->dump());
  } else {
    tell("FAILED [" + std::string(facts.error().reason()) + "] " + facts.error().message());
  }
}

}  // namespace

Finding admit(const AdmissionRequest& request, std::chrono::milliseconds time, Admitted& admitted) {
  Finding finding = finding_of("loads", run_child([&] { tell_facts(request); }, time), time);
  if (!finding.ok) return finding;
  const json facts = json::parse(finding.detail);
  admitted.provides = facts["provides"].get<std::vector<std::string>>();
  admitted.concurrency = facts["concurrency"].get<std::uint32_t>();
  const auto key = facts["signedBy"].get<std::string>();
  finding.detail = facts["id"].get<std::string>() + " " + facts["version"].get<std::string>() +
                   ", " +
                   (key.empty()            ? "unsigned (berthctl plugin sign)"
                    : key == "no manifest" ? "without a manifest (MANIFEST of berth_add_plugin)"
                                           : "signed by " + key);
  return finding;
}

}  // namespace berth::plugin_check
