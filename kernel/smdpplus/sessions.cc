#include "kernel/smdpplus/sessions.h"

#include <spdlog/spdlog.h>

#include <typeinfo>

namespace berth::smdpplus {

SessionLease::~SessionLease() {
  if (session_ == nullptr) return;
  // The answer does not depend on it any more: a session that cannot be given back is free again
  // when its hold is over.
  try {
    const auto given = give_back();
    if (given && *given) return;
    spdlog::warn("tenant={} session not given back: {}", tenant_.text(),
                 given ? "held for too long" : given.error().reason());
  } catch (const std::exception& e) {
    spdlog::error("tenant={} session not given back: exception {}", tenant_.text(),
                  typeid(e).name());
  }
}

Result<bool> SessionLease::give_back() {
  BERTH_ASSERT(session_ != nullptr);
  return store_->give_back(tenant_, std::move(session_), claim_, closed_);
}

}  // namespace berth::smdpplus
