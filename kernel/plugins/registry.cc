#include "kernel/plugins/registry.h"

#include <sys/stat.h>

#include <algorithm>

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
  // Looked at before it is read: what changes meanwhile is seen as a change the next time.
  Files files = look_at(path);
  if (const auto found = known_.find(path); found != known_.end() && found->second.files == files) {
    return found->second.module;
  }
  auto loaded = load(path);
  if (loaded) known_.insert_or_assign(path, Known{std::move(files), *loaded});
  return loaded;
}

Registry::Files Registry::look_at(const std::filesystem::path& library) {
  const std::filesystem::path manifest = manifest::manifest_path(library);
  Files files;
  for (const auto& file : {library, manifest, manifest::signature_path(manifest)}) {
    struct stat facts {};
    if (::stat(file.c_str(), &facts) != 0) facts = {};
    files.push_back({static_cast<std::int64_t>(facts.st_dev),
                     static_cast<std::int64_t>(facts.st_ino), facts.st_size, facts.st_ctim.tv_sec,
                     facts.st_ctim.tv_nsec, facts.st_mtim.tv_nsec});
  }
  return files;
}

Result<std::shared_ptr<Module>> Registry::load(const std::filesystem::path& path) {
  auto plugin = manifest::verify_plugin(path, trust_);
  if (plugin) {
    const auto same = std::find_if(modules_.begin(), modules_.end(), [&](const auto& module) {
      return manifest::same_plugin(module->plugin(), *plugin);
    });
    if (same != modules_.end()) return *same;
    if (modules_.size() >= kMaxModules) {
      return Error{
          ErrorCode::kResourceExhausted, "plugin.too_many",
          "this process has loaded as many plugins as it takes; restart it to drop old ones"};
    }
  }
  auto loaded = plugin ? Module::load(*std::move(plugin), services_)
                       : Result<std::shared_ptr<Module>>(std::move(plugin).error());
  if (observer_) observer_(path, loaded);
  if (loaded) modules_.push_back(*loaded);
  return loaded;
}

Result<std::shared_ptr<Instance>> Registry::instance(const std::filesystem::path& library,
                                                     InstanceOptions options, const Op& op) {
  BERTH_TRY(loaded, module(library));
  BERTH_TRY_VOID(check_config(*loaded, options));
  return Instance::create(loaded, std::move(options), services_, op);
}

std::vector<std::shared_ptr<Module>> Registry::modules() const {
  const std::lock_guard lock(mutex_);
  return modules_;
}

}  // namespace berth::plugins
