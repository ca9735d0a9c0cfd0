#include "kernel/plugins/bindings.h"

#include <algorithm>

namespace berth::plugins {

void Bindings::add(Binding& binding) {
  BERTH_ASSERT(find(binding.tenant(), binding.slot()) == nullptr);
  const std::lock_guard lock(mutex_);
  all_.push_back(&binding);
}

std::vector<Binding*> Bindings::all() const {
  const std::lock_guard lock(mutex_);
  return all_;
}

Binding* Bindings::find(std::string_view tenant, std::string_view slot) const {
  const auto known = all();
  const auto found = std::find_if(known.begin(), known.end(), [&](const Binding* one) {
    return one->tenant() == tenant && one->slot() == slot;
  });
  return found == known.end() ? nullptr : *found;
}

}  // namespace berth::plugins
