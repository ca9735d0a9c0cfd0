// The plugins of this process: each library loaded once, an instance for every binding.
//
// Thread-safe. Modules stay for the registry's life, even when their last instance has gone.

#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "kernel/plugins/instance.h"
#include "kernel/plugins/module.h"

namespace berth::plugins {

class Registry {
 public:
  static constexpr std::size_t kMaxModules = 256;

  explicit Registry(HostServices services) : services_(std::move(services)) {}

  // Loads the library on first use; other spellings of its path (links, "..") find the same module.
  // Failures as of Module::load; kResourceExhausted "plugin.too_many" past kMaxModules.
  Result<std::shared_ptr<Module>> module(const std::filesystem::path& library);

  // A new, started instance of the library for one tenant's binding.
  Result<std::shared_ptr<Instance>> instance(const std::filesystem::path& library,
                                             InstanceOptions options, const Op& op);

  // In order of their paths.
  std::vector<std::shared_ptr<Module>> modules() const;

 private:
  HostServices services_;
  mutable std::mutex mutex_;
  std::map<std::filesystem::path, std::shared_ptr<Module>> modules_;
};

}  // namespace berth::plugins
