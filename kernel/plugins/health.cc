#include "kernel/plugins/health.h"

#include <algorithm>

#include "kernel/plugins/call.h"
#include "kernel/plugins/printable.h"

namespace berth::plugins {
namespace {

constexpr std::size_t kMaxDetail = 4096;

// Keeps the beginning of what it is given and takes the rest for nothing.
berth_status keep(berth_sink* self, berth_bytes chunk) noexcept try {
  auto& text = *static_cast<std::string*>(self->ctx);
  const std::size_t room = kMaxDetail - text.size();
  if (chunk.data != nullptr) {
    const auto* begin = reinterpret_cast<const char*>(chunk.data);
    text.append(begin, std::min<std::size_t>(room, chunk.len));
  }
  return BERTH_OK;
} catch (...) {
  return BERTH_RESOURCE_EXHAUSTED;
}

}  // namespace

Result<Health> check_health(const Instance& instance, const Op& op) {
  const auto& provides = instance.module().provides();
  if (std::find(provides.begin(), provides.end(), BERTH_HEALTH_V1) == provides.end()) {
    return Health{};
  }
  BERTH_TRY(table, instance.interface<berth_health>(BERTH_HEALTH_V1));
  Call call(op, instance.clock(), instance.label());
  BERTH_TRY_VOID(call.before());
  std::uint32_t state = 0;
  std::string detail;
  berth_sink sink{&detail, &keep};
  BERTH_TRY_VOID(call.finish(table->check(instance.handle(), call.op(), &state, &sink)));
  if (state < BERTH_HEALTH_SERVING || state > BERTH_HEALTH_NOT_SERVING) {
    return call.misbehaved("is in a state of health that does not exist");
  }
  return Health{static_cast<Fitness>(state), printable(detail, kMaxDetail)};
}

}  // namespace berth::plugins
