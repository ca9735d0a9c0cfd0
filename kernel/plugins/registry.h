// The plugins of this process: each library loaded once, an instance for every binding.
//
// Each library is judged (kernel/manifest) before it is loaded, and whoever composes the host hears
// of every judgement, to log and audit it. What was loaded is known by its octets: a file replaced
// under the same path is another library, judged and loaded beside the first. A library that runs
// apart (isolation_choice.h) has a process for every tenant that binds it, which ends with that
// tenant's last instance.
//
// Thread-safe; while one library is loaded, or a tenant's process starts, only those wait who want
// the same one. Modules in this process stay for the registry's life, even when their last instance
// has gone.

#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "kernel/plugins/instance.h"
#include "kernel/plugins/module.h"
#include "kernel/plugins/retirement.h"

namespace berth::plugins {

// Called once for each library that was loaded or refused (for each tenant when it runs apart),
// with its path as it was judged, on the thread that asked for it; must not call the registry.
using LoadObserver =
    std::function<void(const std::filesystem::path&, const Result<std::shared_ptr<Module>>&)>;

// How plugins run apart.
struct IsolationPolicy {
  std::filesystem::path program = {};  // berth-plugin-host
  bool lenient = false;                // development: "none" is taken at its word
  isolation::ProcessObserver observer = {};
  // See isolation::ProcessOptions.
  std::chrono::milliseconds grace{2000};
};

class Registry {
 public:
  static constexpr std::size_t kMaxModules = 256;
  static constexpr std::size_t kMaxProcesses = 4096;

  Registry(HostServices services, manifest::PluginTrust trust, LoadObserver observer = {},
           IsolationPolicy isolation = {})
      : services_(std::move(services)),
        trust_(std::move(trust)),
        observer_(std::move(observer)),
        isolation_(std::move(isolation)) {}

  // Loads the library into this process on first use; other spellings of its path (links, ".."),
  // and copies with the same manifest, find the same module. Failures as of verify_plugin and
  // Module::load; kResourceExhausted "plugin.too_many" past kMaxModules.
  Result<std::shared_ptr<Module>> module(const std::filesystem::path& library);

  // A new, started instance of the library for one tenant's binding. Whatever options.admit says
  // when it does not take the library; "plugin.config" when its
  // configuration does not fit the schema that its manifest names; "plugin.isolation_required"
  // (isolation_choice.h); "plugin.process_shared" when another binding of the tenant has the
  // library's process already and says something else of it; "plugin.too_many" past kMaxProcesses.
  Result<std::shared_ptr<Instance>> instance(const std::filesystem::path& library,
                                             InstanceOptions options, const Op& op);

  const Clock& clock() const { return *services_.clock; }

  // In the order they were loaded, those in processes of their own after the others.
  std::vector<std::shared_ptr<Module>> modules() const;

  // Where a tenant's instances end that nobody uses any more. It ends before the modules do.
  Retirement& retirement(const std::string& tenant);

 private:
  using Plugin = std::shared_ptr<manifest::VerifiedPlugin>;
  // A plugin's files as they were when it was judged: device, inode, size and times of each.
  using Files = std::vector<std::array<std::int64_t, 6>>;
  struct Judged {
    Files files;
    Plugin plugin;
  };

  // What a plugin is loaded into: this process, or that of a tenant.
  struct Place {
    const Plugin plugin;
    const std::string tenant;  // empty: this process
    std::mutex loading;        // taken before the registry's own
    std::weak_ptr<Module> module;
  };

  static Files look_at(const std::filesystem::path& library);
  Result<std::filesystem::path> found(const std::filesystem::path& library) const;
  Result<Plugin> judged(const std::filesystem::path& path);
  // Whoever shares it keeps it; one that is full says so.
  Result<std::shared_ptr<Place>> place(const Plugin& plugin, const std::string& tenant);
  std::shared_ptr<Module> loaded_in(const Place& place) const;
  Result<std::shared_ptr<Module>> took(Place& place, const std::filesystem::path& path,
                                       Result<std::shared_ptr<Module>> loaded);
  Result<std::shared_ptr<Module>> here(const std::filesystem::path& path, const Plugin& plugin);
  Result<std::shared_ptr<Module>> apart(const std::filesystem::path& path, const Plugin& plugin,
                                        const InstanceOptions& options);
  Result<std::shared_ptr<Module>> load_apart(const std::filesystem::path& path,
                                             const Plugin& plugin, const InstanceOptions& options);

  HostServices services_;
  manifest::PluginTrust trust_;
  LoadObserver observer_;
  IsolationPolicy isolation_;
  mutable std::mutex mutex_;
  std::map<std::filesystem::path, Judged> judged_;  // by where it was read last
  std::vector<std::shared_ptr<Module>> modules_;    // of this process
  std::vector<std::shared_ptr<Place>> places_;
  std::map<std::string, Retirement> retirements_;
};

}  // namespace berth::plugins
