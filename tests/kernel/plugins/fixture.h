// What the tests of loaded plugins share: where the defective ones lie, a clock, a log to look at.

#pragma once

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <filesystem>
#include <sstream>
#include <string>

#include "kernel/plugins/instance.h"
#include "kernel/plugins/registry.h"

namespace berth::plugins::testing {

inline std::filesystem::path bad_plugin(const std::string& name) {
  return std::filesystem::path(BERTH_BAD_PLUGINS) / (name + ".so");
}

template <class T>
std::string reason_of(const Result<T>& result) {
  return result ? "" : std::string(result.error().reason());
}

struct Fixture {
  SystemClock clock;
  std::ostringstream log;
  HostServices services{&clock,
                        std::make_shared<spdlog::logger>(
                            "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log, true))};
  Op op{"request-1", "", std::chrono::nanoseconds::max()};

  Op within(std::chrono::milliseconds time) const {
    return {"request-1", "", clock.monotonic() + time};
  }
  manifest::PluginTrust anyone{.keys = {}, .allow_unsigned = true};

  Result<std::shared_ptr<Module>> load(const std::filesystem::path& library,
                                       const manifest::PluginTrust& trust) {
    BERTH_TRY(plugin, manifest::verify_plugin(library, trust));
    return Module::load(std::move(plugin), services);
  }
  Result<std::shared_ptr<Module>> load(const std::string& name) {
    return load(bad_plugin(name), anyone);
  }
  Result<std::shared_ptr<Instance>> create(const std::string& name) {
    auto module = load(name);
    if (!module) return std::move(module).error();
    return Instance::create(*module, {"mvno-17", "test", "{}"}, services, op);
  }
};

}  // namespace berth::plugins::testing
