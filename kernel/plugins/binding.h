// One binding's life: a tenant's slot ("hsm", "storage", "bss") and the plugin instance that serves
// it, which can be exchanged while calls go on.
//
// Callers hold the front of their kind (live_hsm.h, live_object_store.h, live_drafts.h), which is a
// binding. Each call takes the instance that serves at that moment and stays with it to its end.
// swap() starts the new one beside the old, and only when it is fit moves the traffic: waiting
// callers go over at once, calls in flight end where they are, and with the last of them (and with
// the last key that cannot move) the old instance drains and is destroyed, on a thread of its own.
//
// Thread-safe. Borrows the registry, which must outlive it and whatever it handed out.

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "kernel/plugins/gate.h"
#include "kernel/plugins/health.h"
#include "kernel/plugins/registry.h"

namespace berth::plugins {

// What runs in a binding.
struct Deployment {
  std::filesystem::path library;
  std::string config_json;
};

struct BindingOptions {
  std::filesystem::path library;  // of the first instance
  InstanceOptions instance;       // of each; its name is the slot, its configuration the first's
  GateSettings limits = {};
};

enum class ServiceState : std::uint8_t {
  kServing = 1,
  kDegraded,     // it says so itself
  kNotServing,   // it says so itself, or its health check fails
  kBreakerOpen,  // it failed too often in a row and is left alone
  kDraining,     // another serves; calls or keys are left, or it is about to end
  kStuck,        // it was told to end and has not, long past its time
};

// An instance of a binding as operators see it.
struct InstanceStatus {
  std::shared_ptr<const Module> module;
  std::filesystem::path library;  // as the binding names it
  ServiceState state = ServiceState::kServing;
  std::string detail;  // its own words, or why it does not serve; may be empty
  Gate::Counts counts;
  std::uint32_t max_concurrency = 0;
};

// An instance with what stands before it. Shared by the binding, the calls in flight and the keys
// opened there; the last of them sends it to the registry's retirement.
class Served : public Retiring {
 public:
  Served(std::shared_ptr<Instance> instance, const GateSettings& limits)
      : instance_(std::move(instance)),
        max_concurrency_(limits.max_concurrency),
        gate_(instance_->label(), limits, instance_->clock()) {}

  const std::shared_ptr<Instance>& instance() const { return instance_; }
  std::uint32_t max_concurrency() const { return max_concurrency_; }
  Gate& gate() { return gate_; }
  // Set by the binding before anybody else sees it.
  const std::filesystem::path& library() const { return library_; }
  void set_library(std::filesystem::path library) { library_ = std::move(library); }

 private:
  std::shared_ptr<Instance> instance_;
  std::filesystem::path library_;
  std::uint32_t max_concurrency_;
  Gate gate_;
};

template <class Interface>
class ServedAs final : public Served {
 public:
  ServedAs(std::shared_ptr<Instance> instance, const GateSettings& limits,
           std::unique_ptr<Interface> adapter)
      : Served(std::move(instance), limits), adapter_(std::move(adapter)) {}
  Interface& adapter() { return *adapter_; }

 private:
  std::unique_ptr<Interface> adapter_;
};

class Binding {
 public:
  Binding(Registry& registry, BindingOptions options)
      : registry_(registry), options_(std::move(options)) {}
  virtual ~Binding() = default;
  Binding(const Binding&) = delete;
  Binding& operator=(const Binding&) = delete;

  const std::string& tenant() const { return options_.instance.tenant; }
  const std::string& slot() const { return options_.instance.name; }
  Deployment deployment() const;
  // "mvno-17/hsm"
  std::string name() const { return tenant() + "/" + slot(); }

  // Loads, verifies, starts and examines the new one under op's deadline, then moves the traffic.
  // Whatever fails is told, and the old one goes on: failures as of Registry::instance and of the
  // kind's adapter; "plugin.not_serving" when it says it is not; "plugin.swap_keys" and whatever
  // the owner's acceptance says when it could not take over. kAborted "plugin.swap_running" while
  // another swap of this binding runs.
  // Returns how many calls the old one still has.
  Result<std::uint32_t> swap(Deployment next, const Op& op);

  // The one that serves, then those that drain. Asks their health under op's deadline.
  std::vector<InstanceStatus> status(const Op& op) const;

  // Calls that the one that serves takes at once.
  std::uint32_t max_concurrency() const { return current()->max_concurrency(); }

  // Of the one that serves, then of those that drain.
  std::vector<std::shared_ptr<const Module>> modules() const;

 protected:
  // The first instance; called once, before anything else.
  Result<void> start(const Op& op);
  std::shared_ptr<Served> current() const;

  // The kind's adapter over an instance, and how many calls the kind itself allows at most.
  virtual Result<std::unique_ptr<Served>> adopt(std::shared_ptr<Instance> instance,
                                                GateSettings limits) = 0;
  // Could it do now what the old one does? Traffic has not moved yet.
  virtual Result<void> rehearse(const std::shared_ptr<Served>&, const Op&) { return {}; }
  // Traffic has moved to this one; the old gate is closed.
  virtual void moved_to(const std::shared_ptr<Served>&) {}
  // Of every instance, as far as the binding says it.
  const GateSettings& bounds() const { return options_.limits; }

 private:
  // One that makes way.
  struct Leaving {
    std::weak_ptr<Served> served;  // null: nobody uses it any more
    std::shared_ptr<const Farewell> farewell;
    std::weak_ptr<const Module> module;
    std::filesystem::path library;
  };
  std::vector<Leaving> leaving() const;
  Result<std::shared_ptr<Served>> make(const Deployment& deployment, const Op& op);
  std::shared_ptr<Served> publish(std::shared_ptr<Served> fresh, Deployment deployment);

  Registry& registry_;
  const BindingOptions options_;
  std::mutex swapping_;
  mutable std::mutex mutex_;
  std::shared_ptr<Served> current_;
  Deployment deployment_;
  std::vector<Leaving> leaving_;
};

// Why a call that was answered counts as one that failed; kinds with more to say overload it.
template <class T>
const Error* failure_of(const Result<T>& answer) {
  return answer ? nullptr : &answer.error();
}

// What the front of a kind needs: one call, on whichever instance serves.
template <class Interface>
class LiveBinding : public Binding {
 public:
  // Whether an instance may take over, asked of its adapter before traffic moves.
  using Acceptance = std::function<Result<void>(Interface& candidate, const Op& op)>;

  using Binding::Binding;
  // Before the first swap.
  void accept_only(Acceptance acceptance) { acceptance_ = std::move(acceptance); }

 protected:
  static Interface& adapter(Served& served) {
    return static_cast<ServedAs<Interface>&>(served).adapter();
  }

  // work(const std::shared_ptr<Served>&, const Op&) on the instance that serves; the op's deadline
  // is that of the binding where it is nearer.
  template <class Work>
  auto call(const Op& op, Work work) -> decltype(work(std::shared_ptr<Served>(), op)) {
    for (;;) {
      const std::shared_ptr<Served> served = current();
      BERTH_TRY(pass, served->gate().enter(op.deadline, Waiting::kMovable));
      if (pass) return pass_on(*pass, served, op, work);
    }
  }
  // The same on this one, whether it serves or drains.
  template <class Work>
  auto call_on(const std::shared_ptr<Served>& served, const Op& op, Work work)
      -> decltype(work(served, op)) {
    BERTH_TRY(pass, served->gate().enter(op.deadline, Waiting::kHere));
    return pass_on(*pass, served, op, work);
  }

  Result<void> rehearse(const std::shared_ptr<Served>& fresh, const Op& op) override {
    return acceptance_ ? acceptance_(adapter(*fresh), op) : Result<void>();
  }

 private:
  template <class Work>
  auto pass_on(Pass& pass, const std::shared_ptr<Served>& served, const Op& op, Work& work)
      -> decltype(work(served, op)) {
    // Most ops are nearer than the binding's deadline, and are not copied.
    std::optional<Op> nearer;
    if (pass.deadline() < op.deadline) {
      nearer = op;
      nearer->deadline = pass.deadline();
    }
    auto answer = work(served, nearer ? *nearer : op);
    pass.finish(failure_of(answer));
    return answer;
  }

  Acceptance acceptance_;
};

// The front of a kind: its interface over a binding. `make_adapter` puts the kind's adapter over an
// instance. Failures of the plugin pass through, besides those of Gate::enter. Thread-safe.
template <class Front, class Interface,
          Result<std::unique_ptr<Interface>> (*make_adapter)(std::shared_ptr<Instance>)>
class LiveFront : public Interface, public LiveBinding<Interface> {
 public:
  // Starts its first instance; failures as of Binding::swap.
  static Result<std::unique_ptr<Front>> start(Registry& registry, BindingOptions options,
                                              const Op& op) {
    auto front = std::make_unique<Front>(registry, std::move(options));
    BERTH_TRY_VOID(front->Binding::start(op));
    return front;
  }

 protected:
  // For start() alone: nothing serves yet.
  using LiveBinding<Interface>::LiveBinding;

  Result<std::unique_ptr<Served>> adopt(std::shared_ptr<Instance> instance,
                                        GateSettings limits) override {
    BERTH_TRY(made, make_adapter(instance));
    return std::unique_ptr<Served>(
        std::make_unique<ServedAs<Interface>>(std::move(instance), limits, std::move(made)));
  }

  // work(adapter, op) on the instance that serves.
  template <class Work>
  auto ask(const Op& op, Work work) -> decltype(work(std::declval<Interface&>(), op)) {
    return this->call(op, [&](const std::shared_ptr<Served>& served, const Op& bounded) {
      return work(LiveFront::adapter(*served), bounded);
    });
  }
};

}  // namespace berth::plugins
