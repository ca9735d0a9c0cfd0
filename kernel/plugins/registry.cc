#include "kernel/plugins/registry.h"

#include <sys/stat.h>

#include <algorithm>

#include "kernel/plugins/config_check.h"
#include "kernel/plugins/isolation_choice.h"

namespace berth::plugins {
namespace {

namespace fs = std::filesystem;

isolation::ProcessOptions process_options(const fs::path& path, const InstanceOptions& options,
                                          const IsolationPolicy& policy) {
  isolation::ProcessOptions process;
  process.program = policy.program;
  process.name = path.filename().string() + " (" + options.tenant + ")";
  if (options.memory_mb != 0) process.memory_bytes = options.memory_mb << 20;
  process.network = options.network;
  process.environment = options.environment;
  process.grace = policy.grace;
  return process;
}

bool same(const isolation::ProcessOptions& one, const isolation::ProcessOptions& other) {
  return one.memory_bytes == other.memory_bytes && one.network == other.network &&
         one.environment == other.environment;
}

}  // namespace

Result<fs::path> Registry::found(const fs::path& library) const {
  std::error_code error;
  fs::path path = fs::canonical(library, error);
  if (!error) return path;
  const Result<std::shared_ptr<Module>> missing =
      Error{ErrorCode::kNotFound, "plugin.not_found",
            "no readable plugin library at " + library.string() + ": " + error.message()};
  if (observer_) observer_(library, missing);
  return missing.error();
}

Registry::Files Registry::look_at(const fs::path& library) {
  const fs::path manifest = manifest::manifest_path(library);
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

Result<Registry::Plugin> Registry::judged(const fs::path& path) {
  // Looked at before it is read: what changes meanwhile is seen as a change the next time.
  Files files = look_at(path);
  {
    const std::lock_guard lock(mutex_);
    const auto known = judged_.find(path);
    if (known != judged_.end() && known->second.files == files) return known->second.plugin;
  }
  // Two who come at once may both read it; they come to the same module.
  auto verified = manifest::verify_plugin(path, trust_);
  if (!verified) {
    const Result<std::shared_ptr<Module>> refused = std::move(verified).error();
    if (observer_) observer_(path, refused);
    return refused.error();
  }
  auto plugin = std::make_shared<manifest::VerifiedPlugin>(std::move(*verified));
  const std::lock_guard lock(mutex_);
  judged_.insert_or_assign(path, Judged{std::move(files), plugin});
  return plugin;
}

Result<std::shared_ptr<Module>> Registry::module(const fs::path& library) {
  BERTH_TRY(path, found(library));
  BERTH_TRY(plugin, judged(path));
  return here(path, plugin);
}

Result<std::shared_ptr<Registry::Place>> Registry::place(const Plugin& plugin,
                                                         const std::string& tenant) {
  const std::lock_guard lock(mutex_);
  std::erase_if(places_,
                [](const auto& one) { return one.use_count() == 1 && one->module.expired(); });
  std::size_t alike = 0;
  for (const auto& one : places_) {
    if (one->tenant == tenant && manifest::same_plugin(*one->plugin, *plugin)) return one;
    alike += one->tenant.empty() == tenant.empty() ? 1 : 0;
  }
  if (tenant.empty() ? alike >= kMaxModules : alike >= kMaxProcesses) {
    return Error(
        ErrorCode::kResourceExhausted, "plugin.too_many",
        tenant.empty()
            ? "this process has loaded as many plugins as it takes; restart it to drop old ones"
            : "as many plugins run in processes of their own as this host takes");
  }
  return places_.emplace_back(new Place{plugin, tenant, {}, {}});
}

std::shared_ptr<Module> Registry::loaded_in(const Place& place) const {
  const std::lock_guard lock(mutex_);
  return place.module.lock();
}

// Tells of it, and keeps it when it is good.
Result<std::shared_ptr<Module>> Registry::took(Place& place, const fs::path& path,
                                               Result<std::shared_ptr<Module>> loaded) {
  if (observer_) observer_(path, loaded);
  const std::lock_guard lock(mutex_);
  if (loaded) {
    place.module = *loaded;
    if (place.tenant.empty()) modules_.push_back(*loaded);
  } else if (place.tenant.empty()) {
    judged_.erase(path);
  }
  return loaded;
}

Result<std::shared_ptr<Module>> Registry::here(const fs::path& path, const Plugin& plugin) {
  BERTH_TRY(home, place(plugin, ""));
  const std::lock_guard only(home->loading);
  if (auto known = loaded_in(*home)) return known;
  return took(*home, path, Module::load(plugin, services_));
}

Result<std::shared_ptr<Module>> Registry::apart(const fs::path& path, const Plugin& plugin,
                                                const InstanceOptions& options) {
  BERTH_TRY(home, place(plugin, options.tenant));
  const std::lock_guard only(home->loading);
  const auto known = loaded_in(*home);
  if (known == nullptr) return took(*home, path, load_apart(path, plugin, options));
  if (same(known->process()->options(), process_options(path, options, isolation_))) return known;
  return Error(ErrorCode::kInvalidArgument, "plugin.process_shared",
               "two bindings of " + options.tenant + " share the process of " + path.string() +
                   " and say different things of it; give both the same memoryMb, network and "
                   "environment");
}

Result<std::shared_ptr<Module>> Registry::load_apart(const fs::path& path, const Plugin& plugin,
                                                     const InstanceOptions& options) {
  std::error_code ignored;
  if (!fs::exists(isolation_.program, ignored)) {
    return Error(ErrorCode::kFailedPrecondition, "plugin.host_program",
                 "plugin " + path.string() +
                     " runs in a process of its own, and the program for "
                     "that is not at '" +
                     isolation_.program.string() +
                     "'; install berth-plugin-host beside berthd, or name it in "
                     "plugins.hostProgram");
  }
  return Module::load_apart(
      plugin, services_,
      {process_options(path, options, isolation_), isolation_.observer, options.tenant});
}

Result<std::shared_ptr<Instance>> Registry::instance(const fs::path& library,
                                                     InstanceOptions options, const Op& op) {
  BERTH_TRY(path, found(library));
  BERTH_TRY(plugin, judged(path));
  BERTH_TRY(elsewhere, runs_apart(*plugin, options.isolation, isolation_.lenient));
  BERTH_TRY(loaded, elsewhere ? apart(path, plugin, options) : here(path, plugin));
  if (options.admit) BERTH_TRY_VOID(options.admit(*loaded));
  BERTH_TRY_VOID(check_config(*loaded, options));
  return Instance::create(loaded, std::move(options), services_, op);
}

std::vector<std::shared_ptr<Module>> Registry::modules() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Module>> all = modules_;
  for (const auto& place : places_) {
    auto alive = place->tenant.empty() ? nullptr : place->module.lock();
    if (alive) all.push_back(std::move(alive));
  }
  return all;
}

Retirement& Registry::retirement(const std::string& tenant) {
  const std::lock_guard lock(mutex_);
  return retirements_[tenant];
}

}  // namespace berth::plugins
