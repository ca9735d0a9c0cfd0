// A loaded plugin library: shared code, no tenant. Its instances share ownership.
//
// Whose library it is was decided before (kernel/manifest): a plugin in the process has the
// process's rights. What is loaded is the sealed copy that was judged, and it is refused with a
// reason before any of its code runs, wherever its octets alone tell. Once loaded a library stays
// mapped until the process ends, since nothing proves that no pointer into it is left; a new
// version is another module beside it, whether its path is the same or not.
//
// Or the library runs in a process of its own (kernel/isolation), judged by the same checks: then
// its entry is one of proxies, and the module is one tenant's alone.
//
// Thread-safe.

#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "berth/abi/base.h"
#include "kernel/base/result.h"
#include "kernel/isolation/process.h"
#include "kernel/manifest/verified_plugin.h"
#include "kernel/plugins/host_services.h"

namespace berth::plugins {

class Module {
 public:
  // In the order of the checks, each with the path in its message:
  //   plugin.not_elf plugin.machine   see elf_inspection.h
  //   plugin.linkage     it says itself where libraries are looked for, or writes to its own code
  //   plugin.service_missing   it requires a host service that this host does not offer
  //   plugin.no_entry    it does not define berth_plugin_entry_v1 as data
  //   plugin.exports     it exports other symbols too, and so may share state with another plugin
  //   plugin.entry_size  the entry is smaller than its type
  //   plugin.load_failed the system's loader refused it (a missing symbol or library)
  //   plugin.magic plugin.abi_major plugin.abi_minor plugin.struct_size plugin.null_slot
  //   plugin.id plugin.version plugin.provides         what the entry says of itself
  //   plugin.manifest_lies     and that is not what its manifest says of it
  // and then whatever its own init reports.
  static Result<std::shared_ptr<Module>> load(std::shared_ptr<manifest::VerifiedPlugin> plugin,
                                              const HostServices& services);

  struct Apart {
    isolation::ProcessOptions options;
    isolation::ProcessObserver observer;
    std::string tenant;  // whose process it is
  };
  // The same in another process; besides, what Process::start reports.
  static Result<std::shared_ptr<Module>> load_apart(
      std::shared_ptr<manifest::VerifiedPlugin> plugin, const HostServices& services, Apart apart);
  ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  const berth_plugin_entry& entry() const { return *entry_; }
  std::string_view id() const { return entry_->id; }
  std::string_view version() const { return entry_->version; }
  const std::vector<std::string_view>& provides() const { return provides_; }
  const std::filesystem::path& path() const { return plugin_->library(); }
  const manifest::VerifiedPlugin& plugin() const { return *plugin_; }
  // Null: it runs in this process.
  const isolation::Process* process() const { return process_.get(); }
  const std::string& tenant() const { return tenant_; }  // of the process; else empty
  // What an instance's host offers: `base`, and the way to the process.
  HostServices services(HostServices base) const {
    base.process = process_.get();
    return base;
  }

 private:
  Module(std::shared_ptr<manifest::VerifiedPlugin> plugin, const HostServices& services);
  static Result<std::shared_ptr<Module>> load_with(std::shared_ptr<Module> module,
                                                   const HostServices& services, Apart* apart);
  Result<void> check_services() const;
  Result<void> map();
  Result<void> start_process(Apart& apart, const HostServices& base);
  Result<void> check_manifest() const;
  Result<void> init(const HostServices& services);

  // Shared by the modules of one library: each tenant's process loads the same sealed copy.
  std::shared_ptr<manifest::VerifiedPlugin> plugin_;
  const berth_plugin_entry* entry_ = nullptr;  // in the mapped library, or the process's
  std::vector<std::string_view> provides_;
  std::unique_ptr<Host> host_;
  std::string tenant_;
  bool initialised_ = false;
  std::unique_ptr<isolation::Process> process_;  // goes before the host that it calls
};

}  // namespace berth::plugins
