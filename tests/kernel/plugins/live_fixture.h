// Bindings served by the puppet (tests/bad_plugins/puppet.cc), and a window on its instances.

#pragma once

#include <string>
#include <thread>

#include "kernel/plugins/live_hsm.h"
#include "kernel/plugins/live_object_store.h"
#include "tests/kernel/plugins/fixture.h"

namespace berth::plugins::testing {

// {"name":"a"} with further members: named("a", R"("degraded":1)").
inline std::string named(const std::string& name, const std::string& more = "") {
  return R"({"name":")" + name + "\"" + (more.empty() ? "" : "," + more) + "}";
}

struct LiveFixture : Fixture {
  Registry registry{services, anyone};

  static BindingOptions options(const std::string& slot, const std::string& config,
                                GateSettings limits = {}) {
    return {bad_plugin("puppet"), {"mvno-17", slot, config}, limits};
  }
  std::unique_ptr<LiveObjectStore> store(const std::string& config, GateSettings limits = {}) {
    return *LiveObjectStore::start(registry, options("storage", config, limits), op);
  }
  std::unique_ptr<LiveHsm> hsm(const std::string& config, GateSettings limits = {}) {
    return *LiveHsm::start(registry, options("hsm", config, limits), op);
  }
  Result<std::uint32_t> swap(Binding& binding, const std::string& config) const {
    return binding.swap({bad_plugin("puppet"), config}, op);
  }

  // Of the puppet's own counts: "alive-1".
  bool told(const std::string& what) {
    const auto names = window().list(op, "", "", 10);
    return std::find(names->begin(), names->end(), what) != names->end();
  }
  // As told(), however long it takes; a test that waits for ever has failed.
  void await(const std::string& what) {
    while (!told(what)) std::this_thread::yield();
  }
  // Until nothing of the binding drains any more.
  void await_alone(const Binding& binding) const {
    while (binding.status(op).size() > 1) std::this_thread::yield();
  }
  // Ends every call that is held, in whichever instance, once there is one.
  void release_held() {
    while (!window().stat(op, "holding")) std::this_thread::yield();
    REQUIRE(window().stat(op, "release"));
  }

 private:
  // An instance of its own, made at the first look: it counts as alive.
  ObjectStore& window() {
    if (window_ == nullptr) window_ = store(named("w"));
    return *window_;
  }
  std::unique_ptr<LiveObjectStore> window_;
};

}  // namespace berth::plugins::testing
