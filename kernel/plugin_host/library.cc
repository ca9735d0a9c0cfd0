#include "kernel/plugin_host/library.h"

#include <dlfcn.h>

#include <cstring>

#include "kernel/plugin_host/remote_op.h"

namespace berth::plugin_host {
namespace {

// One more than a host takes of each, so that it sees what is too long.
constexpr std::size_t kMaxText = 129;
constexpr std::size_t kMaxInterfaces = 65;

std::string text_of(const char* text) {
  return text == nullptr ? std::string() : std::string(text, ::strnlen(text, kMaxText));
}

}  // namespace

const berth_plugin_entry* load_library(RemoteOp& op) {
  const std::string path = "/proc/self/fd/" + std::to_string(wire::kLibraryDescriptor);
  // now: a missing symbol fails here and not in the first call that needs it.
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    const char* why = ::dlerror();
    op.fail(BERTH_INVALID_ARGUMENT, "plugin.load_failed", why == nullptr ? "no reason given" : why);
    return nullptr;
  }
  const void* entry = ::dlsym(library, BERTH_PLUGIN_ENTRY_SYMBOL);
  if (entry == nullptr) {
    op.fail(BERTH_INVALID_ARGUMENT, "plugin.no_entry",
            "it has no object named " BERTH_PLUGIN_ENTRY_SYMBOL);
  }
  return static_cast<const berth_plugin_entry*>(entry);
}

wire::Entry describe(const berth_plugin_entry& entry) {
  wire::Entry found{entry.magic, entry.struct_size, entry.abi_major, entry.abi_minor};
  // Of another shape: nothing further means what it says here.
  if (found.magic != BERTH_PLUGIN_MAGIC || found.abi_major != BERTH_ABI_MAJOR ||
      found.struct_size < sizeof(entry)) {
    return found;
  }
  const bool there[] = {entry.init != nullptr,         entry.deinit != nullptr,
                        entry.create != nullptr,       entry.start != nullptr,
                        entry.drain != nullptr,        entry.destroy != nullptr,
                        entry.get_interface != nullptr};
  for (std::size_t i = 0; i < std::size(there); ++i) found.functions |= there[i] ? 1U << i : 0U;
  found.id = text_of(entry.id);
  found.version = text_of(entry.version);
  for (const char* const* next = entry.provides;
       next != nullptr && *next != nullptr && found.provides.size() < kMaxInterfaces; ++next) {
    found.provides.push_back(text_of(*next));
  }
  return found;
}

}  // namespace berth::plugin_host
