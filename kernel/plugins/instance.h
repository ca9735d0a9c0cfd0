// One plugin instance: a module bound to one tenant, with its own configuration.
//
// Created started, drained and destroyed with the last owner; the owners are the adapters made
// from it and the keys they hand out. Thread-safe once created. Instances of one module know
// nothing of each other: one that hangs in start or drain holds up none of them.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/clock.h"
#include "kernel/plugins/host_services.h"
#include "kernel/plugins/module.h"
#include "kernel/plugins/op.h"

namespace berth::plugins {

// Where a binding's plugin runs.
enum class Isolation : std::uint8_t {
  kAuto = 1,  // as its manifest asks (isolation_choice.h)
  kProcess,   // in a process of its own, with the tenant's other bindings of the same library
  kNone       // in this process
};

struct InstanceOptions {
  std::string tenant;  // a tenant id, or "host" for what belongs to none
  std::string name;    // of the binding: "hsm", "store"
  std::string config_json;
  Isolation isolation = Isolation::kAuto;
  // Of the process, when it has one; nothing otherwise.
  std::uint64_t memory_mb = 0;  // 0: isolation::kDefaultMemoryMb
  bool network = false;
  std::vector<std::string> environment = {};  // "NAME=value"
  // Whether the binding takes this library at all, asked before an instance is made; may be empty.
  std::function<Result<void>(const Module&)> admit = {};
};

// How far an instance has come in ending; outlives it.
struct Farewell {
  static constexpr std::chrono::seconds kDrainDeadline{5};
  std::atomic<std::chrono::nanoseconds> began{};  // Clock::monotonic(); 0: it has not
  std::atomic<bool> over{false};                  // it is destroyed
};

class Instance {
 public:
  // create, then start, under op's deadline. The plugin's own failures pass through; besides:
  // "plugin.misbehaved" (call.h) and "plugin.interface_missing" when it does not answer for an
  // interface that it provides.
  static Result<std::shared_ptr<Instance>> create(std::shared_ptr<Module> module,
                                                  InstanceOptions options,
                                                  const HostServices& services, const Op& op);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // The table of `id`, proven to hold `size` octets and, from the first slot on, no null function.
  // kUnsupported "plugin.interface_missing"; kInvalidArgument "plugin.interface_short" and
  // "plugin.null_slot". Lives as long as the instance.
  Result<const void*> interface(const char* id, std::size_t size) const;
  template <class Table>
  Result<const Table*> interface(const char* id) const {
    BERTH_TRY(table, interface(id, sizeof(Table)));
    return static_cast<const Table*>(table);
  }

  berth_instance* handle() const { return handle_; }
  const Clock& clock() const { return *clock_; }
  const Module& module() const { return *module_; }
  std::shared_ptr<const Module> shared_module() const { return module_; }
  std::shared_ptr<const Farewell> farewell() const { return farewell_; }
  // "org.berth.softkeys (mvno-17/hsm)", for messages.
  const std::string& label() const { return label_; }

 private:
  Instance(std::shared_ptr<Module> module, const InstanceOptions& options,
           const HostServices& services);
  Result<void> check_provides() const;
  void end();

  std::shared_ptr<Module> module_;
  const Clock* clock_;
  std::string label_;
  Host host_;
  berth_instance* handle_ = nullptr;
  bool started_ = false;
  std::shared_ptr<Farewell> farewell_ = std::make_shared<Farewell>();
};

}  // namespace berth::plugins
