#include "kernel/plugins/binding.h"

#include <algorithm>

namespace berth::plugins {
namespace {

// For what says nothing itself: no manifest, or a kind without a limit of its own.
constexpr std::uint32_t kDefaultConcurrency = 64;

// What the plugin's author and the binding's operator allow, whichever is less.
std::uint32_t concurrency(const Instance& instance, std::uint32_t configured) {
  const auto& manifest = instance.module().plugin().manifest();
  const std::uint32_t claimed = manifest ? manifest->max_concurrency : kDefaultConcurrency;
  return configured == 0 ? claimed : std::min(configured, claimed);
}

// Started, and then of no use: it ends where the others do.
class Unfit final : public Retiring {
 public:
  explicit Unfit(std::shared_ptr<Instance> instance) : instance_(std::move(instance)) {}

 private:
  std::shared_ptr<Instance> instance_;
};

InstanceStatus status_of(Served& served, const Op& op) {
  InstanceStatus status{served.instance()->shared_module(),
                        served.library(),
                        ServiceState::kServing,
                        "",
                        served.gate().counts(),
                        served.max_concurrency()};
  const auto health = check_health(*served.instance(), op);
  if (!health) {
    status.state = ServiceState::kNotServing;
    status.detail = health.error().message();
  } else {
    status.detail = health->detail;
    if (health->fitness == Fitness::kDegraded) status.state = ServiceState::kDegraded;
    if (health->fitness == Fitness::kNotServing) status.state = ServiceState::kNotServing;
  }
  if (served.gate().breaker() != CircuitBreaker::State::kClosed) {
    status.state = ServiceState::kBreakerOpen;
  }
  return status;
}

// How it ends, for those who wonder why it still does.
void tell_end(InstanceStatus& status, std::chrono::nanoseconds since) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
  status.detail = "it was told to end " + std::to_string(seconds.count()) + " s ago";
  if (since <= Farewell::kDrainDeadline) return;
  status.state = ServiceState::kStuck;
  status.detail +=
      " and has not: its drain or destroy hangs, which nothing inside this process can end; it "
      "holds up nobody but what else of this tenant is to end";
}

}  // namespace

Deployment Binding::deployment() const {
  const std::lock_guard lock(mutex_);
  return deployment_;
}

std::shared_ptr<Served> Binding::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Result<std::shared_ptr<Served>> Binding::make(const Deployment& deployment, const Op& op) {
  InstanceOptions options = options_.instance;
  options.config_json = deployment.config_json;
  BERTH_TRY(instance, registry_.instance(deployment.library, std::move(options), op));
  GateSettings limits = options_.limits;
  limits.max_concurrency = concurrency(*instance, limits.max_concurrency);
  Retirement& retirement = registry_.retirement(tenant());
  auto served = adopt(instance, limits);
  if (!served) {
    retirement.take(new Unfit(std::move(instance)));
    return std::move(served).error();
  }
  (*served)->set_library(deployment.library);
  return std::shared_ptr<Served>(served->release(),
                                 [&retirement](Served* one) { retirement.take(one); });
}

Result<void> Binding::start(const Op& op) {
  Deployment deployment{options_.library, options_.instance.config_json};
  BERTH_TRY(first, make(deployment, op));
  publish(std::move(first), std::move(deployment));
  return {};
}

// Returns the one that served until now.
std::shared_ptr<Served> Binding::publish(std::shared_ptr<Served> fresh, Deployment deployment) {
  std::shared_ptr<Served> old;
  {
    const std::lock_guard lock(mutex_);
    old = std::exchange(current_, fresh);
    deployment_ = std::move(deployment);
    std::erase_if(leaving_, [](const Leaving& one) { return one.farewell->over.load(); });
    if (old != nullptr) {
      const Instance& instance = *old->instance();
      leaving_.push_back({old, instance.farewell(), instance.shared_module(), old->library()});
    }
  }
  if (old != nullptr) old->gate().close();
  moved_to(fresh);
  return old;
}

Result<std::uint32_t> Binding::swap(Deployment next, const Op& op) {
  const std::unique_lock only(swapping_, std::try_to_lock);
  if (!only.owns_lock()) {
    return Error(ErrorCode::kAborted, "plugin.swap_running",
                 "another swap of " + name() +
                     " has not ended; look at berthctl plugin list, then "
                     "decide again");
  }
  BERTH_TRY(fresh, make(next, op));
  BERTH_TRY(health, check_health(*fresh->instance(), op));
  if (health.fitness == Fitness::kNotServing) {
    return Error(ErrorCode::kFailedPrecondition, "plugin.not_serving",
                 "plugin " + fresh->instance()->label() + " started and says it cannot serve" +
                     (health.detail.empty() ? "" : ": " + health.detail));
  }
  BERTH_TRY_VOID(rehearse(fresh, op));
  return publish(std::move(fresh), std::move(next))->gate().counts().in_flight;
}

std::vector<Binding::Leaving> Binding::leaving() const {
  const std::lock_guard lock(mutex_);
  return leaving_;
}

std::vector<InstanceStatus> Binding::status(const Op& op) const {
  std::vector<InstanceStatus> told = {status_of(*current(), op)};
  for (const Leaving& one : leaving()) {
    // In this order: whoever is let go of meanwhile has begun to end.
    const auto served = one.served.lock();
    const auto module = one.module.lock();
    if (one.farewell->over || module == nullptr) continue;
    InstanceStatus status{module, one.library, ServiceState::kDraining, "", {}, 0};
    if (served != nullptr) {
      status.counts = served->gate().counts();
      status.max_concurrency = served->max_concurrency();
    } else if (const auto since = one.farewell->began.load(); since.count() == 0) {
      status.detail = "it ends when what else of this tenant is to end has ended";
    } else {
      tell_end(status, registry_.clock().monotonic() - since);
    }
    told.push_back(std::move(status));
  }
  return told;
}

std::vector<std::shared_ptr<const Module>> Binding::modules() const {
  std::vector<std::shared_ptr<const Module>> told = {current()->instance()->shared_module()};
  for (const Leaving& one : leaving()) {
    const auto module = one.module.lock();
    if (module != nullptr && !one.farewell->over) told.push_back(module);
  }
  return told;
}

}  // namespace berth::plugins
