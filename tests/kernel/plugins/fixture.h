// What the tests of loaded plugins share: where the defective ones lie, a clock, a log to look at.

#pragma once

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

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

// The log so far. An isolated plugin's lines come from another process, in their own time.
class Lines final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  std::string str() {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  // What was logged as soon as `text` is there, or after as long as a loaded machine may take.
  std::string until(std::string_view text) {
    constexpr std::chrono::milliseconds kLook{10};
    for (int looks = 0; looks < 3000 && str().find(text) == std::string::npos; ++looks) {
      std::this_thread::sleep_for(kLook);
    }
    return str();
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    text_.append(message.payload.data(), message.payload.size()).append("\n");
  }
  void flush_() override {}
  std::string text_;
};

struct Fixture {
  SystemClock clock;
  std::shared_ptr<Lines> log_lines = std::make_shared<Lines>();
  Lines& log = *log_lines;
  HostServices services{&clock, std::make_shared<spdlog::logger>("test", log_lines)};
  Op op{"request-1", "", std::chrono::nanoseconds::max()};

  Op within(std::chrono::milliseconds time) const {
    return {"request-1", "", clock.monotonic() + time};
  }
  manifest::PluginTrust anyone{.keys = {}, .allow_unsigned = true};

  Result<std::shared_ptr<Module>> load(const std::filesystem::path& library,
                                       const manifest::PluginTrust& trust) {
    BERTH_TRY(plugin, manifest::verify_plugin(library, trust));
#ifdef BERTH_EVERYTHING_APART  // the same cases once more, against plugins in processes of their
                               // own
    isolation::ProcessOptions options;
    options.program = BERTH_PLUGIN_HOST;
    options.name = library.filename().string();
    return Module::load_apart(std::make_shared<manifest::VerifiedPlugin>(std::move(plugin)),
                              services,
                              {options, [](const isolation::ProcessEvent&) {}, "mvno-17"});
#endif
    return Module::load(std::make_shared<manifest::VerifiedPlugin>(std::move(plugin)), services);
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
