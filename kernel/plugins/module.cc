#include "kernel/plugins/module.h"

// Boost.DLL 1.74 with std::filesystem forgets to include these two itself.
#include <fstream>  // NOLINT: order matters
#include <vector>   // NOLINT: order matters

#include <dlfcn.h>

#include <algorithm>
#include <boost/dll/shared_library.hpp>
#include <cstring>

#include "kernel/manifest/elf_inspection.h"
#include "kernel/plugins/call.h"
#include "kernel/plugins/printable.h"

namespace berth::plugins {
namespace {

constexpr std::size_t kMaxEntrySize = 4096;
constexpr std::size_t kMaxId = 128;
constexpr std::size_t kMaxVersion = 64;
constexpr std::size_t kMaxInterfaces = 64;
constexpr std::size_t kMaxInterfaceId = 64;
constexpr std::size_t kMaxNamedSymbols = 5;
constexpr std::chrono::seconds kInitDeadline{10};

Error refused(std::string_view reason, const std::filesystem::path& path, std::string_view why) {
  return {ErrorCode::kInvalidArgument, reason,
          "plugin " + path.string() + " is refused: " + std::string(why)};
}

// A sanitizer adds symbols of its own to what it builds, and only then are they welcome.
bool tolerated(std::string_view name) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return name.starts_with("__asan_") || name.starts_with("__odr_asan") ||
         name.starts_with("__tsan_") || name.starts_with("__ubsan_") ||
         name.starts_with("__sanitizer_");
#else
  static_cast<void>(name);
  return false;
#endif
}

Result<void> check_exports(const manifest::ElfFacts& facts, const std::filesystem::path& path) {
  const manifest::ExportedSymbol* entry = nullptr;
  std::string others;
  std::size_t other_count = 0;
  for (const manifest::ExportedSymbol& symbol : facts.exports) {
    if (symbol.name == BERTH_PLUGIN_ENTRY_SYMBOL && symbol.data) {
      entry = &symbol;
    } else if (!tolerated(symbol.name) && ++other_count <= kMaxNamedSymbols) {
      others += " " + printable(symbol.name, 100);
    }
  }
  if (entry == nullptr) {
    return refused("plugin.no_entry", path,
                   "it has no object named " BERTH_PLUGIN_ENTRY_SYMBOL
                   "; is it a Berth plugin of ABI major 1?");
  }
  if (other_count > 0) {
    return refused("plugin.exports", path,
                   "it exports " + std::to_string(other_count) +
                       " symbols besides its entry (build it with berth_add_plugin):" + others);
  }
  if (entry->size < sizeof(berth_plugin_entry)) {
    return refused("plugin.entry_size", path,
                   "its entry has " + std::to_string(entry->size) + " octets, " +
                       std::to_string(sizeof(berth_plugin_entry)) + " are needed");
  }
  return {};
}

// The signature covers one file: what it pulls in comes from the system's own folders alone.
Result<void> check_linkage(const manifest::ElfFacts& facts, const std::filesystem::path& path) {
  if (facts.run_path) {
    return refused("plugin.linkage", path,
                   "it has a run path, and so would load libraries from folders of its own choice; "
                   "build it with berth_add_plugin");
  }
  for (const std::string& library : facts.needed) {
    if (library.find('/') == std::string::npos) continue;
    return refused("plugin.linkage", path,
                   "it is linked with a path (" + printable(library, 200) +
                       "); link it with installed libraries by their names");
  }
  if (facts.text_relocations) {
    return refused("plugin.linkage", path,
                   "its code is written to when it is loaded; compile all of it with -fPIC");
  }
  return {};
}

bool within(const char* text, std::size_t max, bool (*allowed)(char)) {
  if (text == nullptr) return false;
  const std::size_t length = ::strnlen(text, max + 1);
  return length > 0 && length <= max && std::all_of(text, text + length, allowed);
}
bool id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}
bool version_character(char c) { return id_character(c) || (c >= 'A' && c <= 'Z') || c == '+'; }
bool interface_character(char c) { return id_character(c) || c == '/'; }

Result<void> check_abi(const berth_plugin_entry& entry, const std::filesystem::path& path) {
  if (entry.magic != BERTH_PLUGIN_MAGIC) {
    return refused("plugin.magic", path, "its entry does not begin with the plugin magic");
  }
  if (entry.abi_major != BERTH_ABI_MAJOR) {
    return refused("plugin.abi_major", path,
                   "it speaks ABI major " + std::to_string(entry.abi_major) + ", this host " +
                       std::to_string(BERTH_ABI_MAJOR));
  }
  // Before 1.0 of the product nothing is promised between minors.
  if (entry.abi_minor != BERTH_ABI_MINOR) {
    return refused("plugin.abi_minor", path,
                   "it speaks ABI minor " + std::to_string(entry.abi_minor) + ", this host " +
                       std::to_string(BERTH_ABI_MINOR) + "; rebuild it with this host's SDK");
  }
  if (entry.struct_size < sizeof(berth_plugin_entry) || entry.struct_size > kMaxEntrySize) {
    return refused("plugin.struct_size", path,
                   "its entry says it has " + std::to_string(entry.struct_size) + " octets");
  }
  if (entry.init == nullptr || entry.deinit == nullptr || entry.create == nullptr ||
      entry.start == nullptr || entry.drain == nullptr || entry.destroy == nullptr ||
      entry.get_interface == nullptr) {
    return refused("plugin.null_slot", path, "its entry leaves a function out");
  }
  return {};
}

Result<std::vector<std::string_view>> check_identity(const berth_plugin_entry& entry,
                                                     const std::filesystem::path& path) {
  if (!within(entry.id, kMaxId, id_character)) {
    return refused("plugin.id", path, "its id is not 1 to 128 of a-z 0-9 . - _");
  }
  if (!within(entry.version, kMaxVersion, version_character)) {
    return refused("plugin.version", path, "its version is not a version");
  }
  std::vector<std::string_view> provides;
  for (const char* const* next = entry.provides; next != nullptr && *next != nullptr; ++next) {
    if (provides.size() == kMaxInterfaces || !within(*next, kMaxInterfaceId, interface_character)) {
      return refused("plugin.provides", path, "its list of interfaces is endless or malformed");
    }
    provides.emplace_back(*next);
  }
  if (provides.empty()) return refused("plugin.provides", path, "it provides no interface");
  return provides;
}

}  // namespace

Module::Module(std::shared_ptr<manifest::VerifiedPlugin> plugin, const HostServices& services)
    : plugin_(std::move(plugin)),
      host_(std::make_unique<Host>(services, "host/" + path().filename().string())) {}

Module::~Module() {
  if (initialised_) entry_->deinit();
}

Result<std::shared_ptr<Module>> Module::load(std::shared_ptr<manifest::VerifiedPlugin> plugin,
                                             const HostServices& services) {
  std::shared_ptr<Module> module(new Module(std::move(plugin), services));
  return load_with(std::move(module), services, nullptr);
}

Result<std::shared_ptr<Module>> Module::load_apart(std::shared_ptr<manifest::VerifiedPlugin> plugin,
                                                   const HostServices& services, Apart apart) {
  std::shared_ptr<Module> module(new Module(std::move(plugin), services));
  module->tenant_ = apart.tenant;
  return load_with(std::move(module), services, &apart);
}

Result<std::shared_ptr<Module>> Module::load_with(std::shared_ptr<Module> module,
                                                  const HostServices& services, Apart* apart) {
  const std::filesystem::path& path = module->path();
  BERTH_TRY(facts, manifest::inspect_elf(module->plugin_->copy().octets(), path.string()));
  BERTH_TRY_VOID(check_exports(facts, path));
  BERTH_TRY_VOID(check_linkage(facts, path));
  BERTH_TRY_VOID(module->check_services());
  BERTH_TRY_VOID(apart == nullptr ? module->map() : module->start_process(*apart, services));
  BERTH_TRY_VOID(check_abi(*module->entry_, path));
  BERTH_TRY(provides, check_identity(*module->entry_, path));
  module->provides_ = std::move(provides);
  BERTH_TRY_VOID(module->check_manifest());
  BERTH_TRY_VOID(module->init(services));
  return module;
}

Result<void> Module::check_services() const {
  if (!plugin_->manifest()) return {};
  for (const std::string& service : plugin_->manifest()->needs) {
    if (host_->abi()->get_interface(host_->abi(), service.c_str()) != nullptr) continue;
    return refused("plugin.service_missing", path(),
                   "it requires the host service " + service + ", which this host does not offer");
  }
  return {};
}

Result<void> Module::map() {
  const std::filesystem::path copy = plugin_->copy().path();
  // The loader goes by names: were this one taken, it would silently hand out another library.
  if (void* other = ::dlopen(copy.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD); other != nullptr) {
    ::dlclose(other);
    return refused("plugin.load_failed", path(), "another library is loaded as " + copy.string());
  }
  try {
    // now: a missing symbol fails here and not in the first call that needs it.
    // local: no plugin resolves its symbols from another.
    const boost::dll::shared_library library(
        copy, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    entry_ = &library.get<const berth_plugin_entry>(BERTH_PLUGIN_ENTRY_SYMBOL);
    // Boost.DLL has no "never unmap"; asking for the mapping once more sets that flag on it.
    void* pinned = ::dlopen(copy.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD | RTLD_NODELETE);
    if (pinned == nullptr) return refused("plugin.load_failed", path(), "it cannot be kept mapped");
    ::dlclose(pinned);
  } catch (const std::exception& failure) {
    return refused("plugin.load_failed", path(), printable(failure.what(), 400));
  }
  plugin_->copy().keep_open();
  return {};
}

Result<void> Module::start_process(Apart& apart, const HostServices& base) {
  auto started = isolation::Process::start(plugin_->copy().descriptor(), std::move(apart.options),
                                           std::move(apart.observer));
  if (!started) return std::move(started).error().within("plugin " + path().string());
  process_ = std::move(*started);
  entry_ = &process_->entry();
  host_ = std::make_unique<Host>(services(base), tenant_ + "/" + path().filename().string());
  return {};
}

Result<void> Module::check_manifest() const {
  if (!plugin_->manifest()) return {};
  const manifest::Manifest& manifest = *plugin_->manifest();
  const auto lies = [&](std::string_view member, const std::string& says, std::string_view is) {
    return refused("plugin.manifest_lies", path(),
                   "its manifest says " + std::string(member) + " '" + says + "', its code says '" +
                       std::string(is) + "'; its author corrects the manifest and signs it again");
  };
  if (manifest.id != id()) return lies("id", manifest.id, id());
  if (manifest.version != version()) return lies("version", manifest.version, version());
  const auto joined = [](auto ids) {
    std::sort(ids.begin(), ids.end());
    std::string text;
    for (const auto& one : ids) text.append(text.empty() ? "" : ", ").append(one);
    return text;
  };
  const std::string says = joined(manifest.provides);
  const std::string is = joined(provides_);
  if (says != is) return lies("provides", says, is);
  return {};
}

Result<void> Module::init(const HostServices& services) {
  const Op op{"plugin-init", "", services.clock->monotonic() + kInitDeadline};
  const std::string name(id());
  Call call(op, *services.clock, name);
  BERTH_TRY_VOID(call.finish(entry_->init(host_->abi(), call.op())));
  initialised_ = true;
  return {};
}

}  // namespace berth::plugins
