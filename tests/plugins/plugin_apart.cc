#include "tests/plugins/plugin_apart.h"

#include <fcntl.h>

#include <deque>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "kernel/isolation/process.h"

// What the kit's loader looks for. Its own name in C++ since, unlike a plugin's, it is filled late.
BERTH_EXPORT berth_plugin_entry entry_of_the_plugin_apart asm(BERTH_PLUGIN_ENTRY_SYMBOL) = {};

namespace berth::plugin_test {
namespace {

isolation::Process* process = nullptr;

// The kit's host, which also leads to the process. Lives as long as the program.
struct Bridge {
  explicit Bridge(const berth_host* kits) : host(*kits), inner(kits) {
    host.get_interface = [](const berth_host* self, const char* id) noexcept -> const void* {
      if (id == std::string_view(isolation::kProcessInterface)) return process;
      const berth_host* to = reinterpret_cast<const Bridge*>(self)->inner;
      return to->get_interface(to, id);
    };
  }
  berth_host host;  // first: whoever has it has the bridge
  const berth_host* inner;
};

const berth_host* bridge_to(const berth_host* host) {
  static std::mutex mutex;
  static std::deque<Bridge> bridges;
  const std::lock_guard lock(mutex);
  return &bridges.emplace_back(host).host;
}

berth_status init(const berth_host* host, const berth_op* op) noexcept {
  const berth_host* bridge = bridge_to(host);
  // Made after the kit's own host and the bridges, so that it ends before they do.
  static const std::unique_ptr<isolation::Process> owner(process);
  return process->entry().init(bridge, op);
}

berth_status create(const berth_host* host, const berth_op* op, berth_str config,
                    berth_instance** out) noexcept {
  return process->entry().create(bridge_to(host), op, config, out);
}

}  // namespace

std::string plugin_apart(const char* library, std::vector<std::string> environment) {
  static const bool started = [&] {
    isolation::ProcessOptions options;
    options.program = BERTH_PLUGIN_HOST;
    options.name = library;
    options.environment = std::move(environment);
    auto made = isolation::Process::start(::open(library, O_RDONLY | O_CLOEXEC), options, {});
    if (!made) throw std::runtime_error(made.error().message());
    process = made->release();
    entry_of_the_plugin_apart = process->entry();
    entry_of_the_plugin_apart.init = &init;
    entry_of_the_plugin_apart.create = &create;
    return true;
  }();
  static_cast<void>(started);
  return "";
}

}  // namespace berth::plugin_test
