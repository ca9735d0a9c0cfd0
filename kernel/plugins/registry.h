// The plugins of this process: each library loaded once, an instance for every binding.
//
// Each library is judged (kernel/manifest) before it is loaded, and whoever composes the host hears
// of every judgement, to log and audit it.
//
// Thread-safe. Modules stay for the registry's life, even when their last instance has gone.

#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "kernel/plugins/instance.h"
#include "kernel/plugins/module.h"

namespace berth::plugins {

// Called once for each library that was loaded or refused, with its path as it was judged, on the
// thread that asked for it; must not call the registry.
using LoadObserver =
    std::function<void(const std::filesystem::path&, const Result<std::shared_ptr<Module>>&)>;

class Registry {
 public:
  static constexpr std::size_t kMaxModules = 256;

  Registry(HostServices services, manifest::PluginTrust trust, LoadObserver observer = {})
      : services_(std::move(services)), trust_(std::move(trust)), observer_(std::move(observer)) {}

  // Loads the library on first use; other spellings of its path (links, "..") find the same module.
  // Failures as of verify_plugin and Module::load; kResourceExhausted "plugin.too_many" past
  // kMaxModules.
  Result<std::shared_ptr<Module>> module(const std::filesystem::path& library);

  // A new, started instance of the library for one tenant's binding. "plugin.config" when its
  // configuration does not fit the schema that its manifest names.
  Result<std::shared_ptr<Instance>> instance(const std::filesystem::path& library,
                                             InstanceOptions options, const Op& op);

  // In order of their paths.
  std::vector<std::shared_ptr<Module>> modules() const;

 private:
  Result<std::shared_ptr<Module>> load(const std::filesystem::path& path) const;

  HostServices services_;
  manifest::PluginTrust trust_;
  LoadObserver observer_;
  mutable std::mutex mutex_;
  std::map<std::filesystem::path, std::shared_ptr<Module>> modules_;
};

}  // namespace berth::plugins
