// A loaded plugin library: shared code, no tenant. Its instances share ownership.
//
// Loading is refused with a reason before any of the library's code runs, wherever the file alone
// tells. Once loaded a library stays mapped until the process ends, since nothing proves that no
// pointer into it is left; so a file replaced under the same path is seen only after a restart, and
// a new version goes under a new name. Whose library it is must be decided before: a plugin in the
// process has the process's rights.
//
// Thread-safe. [control] slots of one module run one at a time under control_mutex().

#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "berth/abi/base.h"
#include "kernel/base/result.h"
#include "kernel/plugins/host_services.h"

namespace berth::plugins {

class Module {
 public:
  // In the order of the checks, each with the path in its message:
  //   plugin.not_found plugin.not_elf plugin.machine   see elf_exports.h
  //   plugin.no_entry    it does not define berth_plugin_entry_v1 as data
  //   plugin.exports     it exports other symbols too, and so may share state with another plugin
  //   plugin.entry_size  the entry is smaller than its type
  //   plugin.load_failed the system's loader refused it (a missing symbol or library)
  //   plugin.magic plugin.abi_major plugin.abi_minor plugin.struct_size plugin.null_slot
  //   plugin.id plugin.version plugin.provides         what the entry says of itself
  // and then whatever its own init reports.
  static Result<std::shared_ptr<Module>> load(const std::filesystem::path& library,
                                              const HostServices& services);
  ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  const berth_plugin_entry& entry() const { return *entry_; }
  std::string_view id() const { return entry_->id; }
  std::string_view version() const { return entry_->version; }
  const std::vector<std::string_view>& provides() const { return provides_; }
  const std::filesystem::path& path() const { return path_; }
  std::mutex& control_mutex() { return control_mutex_; }

 private:
  Module(std::filesystem::path path, const HostServices& services);
  Result<void> init(const HostServices& services);

  std::filesystem::path path_;
  const berth_plugin_entry* entry_ = nullptr;  // in the mapped library
  std::vector<std::string_view> provides_;
  std::mutex control_mutex_;
  Host host_;
  bool initialised_ = false;
};

}  // namespace berth::plugins
