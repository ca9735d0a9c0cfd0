#include "kernel/plugins/module.h"

// Boost.DLL 1.74 with std::filesystem forgets to include these two itself.
#include <fstream>  // NOLINT: order matters
#include <vector>   // NOLINT: order matters

#include <dlfcn.h>

#include <algorithm>
#include <boost/dll/shared_library.hpp>
#include <cstring>

#include "kernel/plugins/call.h"
#include "kernel/plugins/elf_exports.h"
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

Result<void> check_exports(const std::filesystem::path& path) {
  BERTH_TRY(symbols, exported_symbols(path));
  const ExportedSymbol* entry = nullptr;
  std::string others;
  std::size_t other_count = 0;
  for (const ExportedSymbol& symbol : symbols) {
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

Result<const berth_plugin_entry*> map(const std::filesystem::path& path) {
  try {
    // now: a missing symbol fails here and not in the first call that needs it.
    // local: no plugin resolves its symbols from another.
    const boost::dll::shared_library library(
        path, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    const auto& entry = library.get<const berth_plugin_entry>(BERTH_PLUGIN_ENTRY_SYMBOL);
    // Boost.DLL has no "never unmap"; asking for the mapping once more sets that flag on it.
    void* pinned = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD | RTLD_NODELETE);
    if (pinned == nullptr) return refused("plugin.load_failed", path, "it cannot be kept mapped");
    ::dlclose(pinned);
    return &entry;
  } catch (const std::exception& failure) {
    return refused("plugin.load_failed", path, printable(failure.what(), 400));
  }
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

Module::Module(std::filesystem::path path, const HostServices& services)
    : path_(std::move(path)), host_(services, "host/" + path_.filename().string()) {}

Module::~Module() {
  if (!initialised_) return;
  const std::lock_guard lock(control_mutex_);
  entry_->deinit();
}

Result<std::shared_ptr<Module>> Module::load(const std::filesystem::path& library,
                                             const HostServices& services) {
  // An absolute path, or the system's loader would search its own folders for a bare file name.
  const std::filesystem::path path = std::filesystem::absolute(library);
  BERTH_TRY_VOID(check_exports(path));
  BERTH_TRY(entry, map(path));
  BERTH_TRY_VOID(check_abi(*entry, path));
  BERTH_TRY(provides, check_identity(*entry, path));
  std::shared_ptr<Module> module(new Module(path, services));
  module->entry_ = entry;
  module->provides_ = std::move(provides);
  BERTH_TRY_VOID(module->init(services));
  return module;
}

Result<void> Module::init(const HostServices& services) {
  const std::lock_guard lock(control_mutex_);
  const Op op{"plugin-init", "", services.clock->monotonic() + kInitDeadline};
  const std::string name(id());
  Call call(op, *services.clock, name);
  BERTH_TRY_VOID(call.finish(entry_->init(host_.abi(), call.op())));
  initialised_ = true;
  return {};
}

}  // namespace berth::plugins
