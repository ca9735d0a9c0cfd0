#include "kernel/plugins/registry.h"

#include "kernel/plugins/config_check.h"

namespace berth::plugins {

Result<std::shared_ptr<Module>> Registry::module(const std::filesystem::path& library) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::canonical(library, error);
  if (error) {
    const Result<std::shared_ptr<Module>> missing =
        Error{ErrorCode::kNotFound, "plugin.not_found",
              "no readable plugin library at " + library.string() + ": " + error.message()};
    if (observer_) observer_(library, missing);
    return missing;
  }
  const std::lock_guard lock(mutex_);
  if (const auto known = modules_.find(path); known != modules_.end()) return known->second;
  if (modules_.size() >= kMaxModules) {
    return Error{
        ErrorCode::kResourceExhausted, "plugin.too_many",
        "this process has loaded as many plugins as it takes; restart it to drop old ones"};
  }
  auto loaded = load(path);
  if (observer_) observer_(path, loaded);
  if (loaded) modules_.emplace(path, *loaded);
  return loaded;
}

Result<std::shared_ptr<Module>> Registry::load(const std::filesystem::path& path) const {
  BERTH_TRY(plugin, manifest::verify_plugin(path, trust_));
  return Module::load(std::move(plugin), services_);
}

Result<std::shared_ptr<Instance>> Registry::instance(const std::filesystem::path& library,
                                                     InstanceOptions options, const Op& op) {
  BERTH_TRY(loaded, module(library));
  BERTH_TRY_VOID(check_config(*loaded, options));
  return Instance::create(loaded, std::move(options), services_, op);
}

std::vector<std::shared_ptr<Module>> Registry::modules() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Module>> all;
  for (const auto& [path, loaded] : modules_) all.push_back(loaded);
  return all;
}

}  // namespace berth::plugins
