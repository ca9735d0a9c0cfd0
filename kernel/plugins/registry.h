// The plugins of this process: each library loaded once, an instance for every binding.
//
// Each library is judged (kernel/manifest) before it is loaded, and whoever composes the host hears
// of every judgement, to log and audit it. What was loaded is known by its octets: a file replaced
// under the same path is another library, judged and loaded beside the first.
//
// Thread-safe. Modules stay for the registry's life, even when their last instance has gone.

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

// Called once for each library that was loaded or refused, with its path as it was judged, on the
// thread that asked for it; must not call the registry.
using LoadObserver =
    std::function<void(const std::filesystem::path&, const Result<std::shared_ptr<Module>>&)>;

class Registry {
 public:
  static constexpr std::size_t kMaxModules = 256;

  Registry(HostServices services, manifest::PluginTrust trust, LoadObserver observer = {})
      : services_(std::move(services)), trust_(std::move(trust)), observer_(std::move(observer)) {}

  // Loads the library on first use; other spellings of its path (links, ".."), and copies with the
  // same manifest, find the same module. Failures as of verify_plugin and Module::load;
  // kResourceExhausted "plugin.too_many" past kMaxModules.
  Result<std::shared_ptr<Module>> module(const std::filesystem::path& library);

  // A new, started instance of the library for one tenant's binding. "plugin.config" when its
  // configuration does not fit the schema that its manifest names.
  Result<std::shared_ptr<Instance>> instance(const std::filesystem::path& library,
                                             InstanceOptions options, const Op& op);

  // In the order they were loaded.
  std::vector<std::shared_ptr<Module>> modules() const;

  // Where instances end that nobody uses any more. It ends before the modules do.
  Retirement& retirement() { return retirement_; }

 private:
  // A plugin's files as they were when it was loaded: device, inode, size and times of each.
  using Files = std::vector<std::array<std::int64_t, 6>>;
  struct Known {
    Files files;
    std::shared_ptr<Module> module;
  };
  static Files look_at(const std::filesystem::path& library);
  Result<std::shared_ptr<Module>> load(const std::filesystem::path& path);

  HostServices services_;
  manifest::PluginTrust trust_;
  LoadObserver observer_;
  mutable std::mutex mutex_;
  std::map<std::filesystem::path, Known> known_;  // by where it was read last
  std::vector<std::shared_ptr<Module>> modules_;
  Retirement retirement_;
};

}  // namespace berth::plugins
