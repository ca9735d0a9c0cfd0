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

InstanceStatus status_of(Served& served, const Op& op, bool draining) {
  InstanceStatus status{served.instance()->shared_module(),
                        served.library(),
                        ServiceState::kServing,
                        "",
                        served.gate().counts(),
                        served.max_concurrency()};
  if (draining) {
    status.state = ServiceState::kDraining;
    return status;
  }
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
  BERTH_TRY(served, adopt(instance, limits));
  served->set_library(deployment.library);
  return std::shared_ptr<Served>(served.release(), [&retirement = registry_.retirement()](
                                                       Served* one) { retirement.take(one); });
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
    std::erase_if(draining_, [](const auto& one) { return one.expired(); });
    if (old != nullptr) draining_.push_back(old);
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

std::vector<std::shared_ptr<Served>> Binding::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Served>> all = {current_};
  for (const auto& one : draining_) {
    if (auto alive = one.lock()) all.push_back(std::move(alive));
  }
  return all;
}

std::vector<InstanceStatus> Binding::status(const Op& op) const {
  std::vector<InstanceStatus> told;
  for (const auto& one : all()) told.push_back(status_of(*one, op, !told.empty()));
  return told;
}

std::vector<std::shared_ptr<const Module>> Binding::modules() const {
  std::vector<std::shared_ptr<const Module>> told;
  for (const auto& one : all()) told.push_back(one->instance()->shared_module());
  return told;
}

}  // namespace berth::plugins
