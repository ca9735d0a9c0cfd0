#include "kernel/plugins/bindings.h"

#include <algorithm>

namespace berth::plugins {

void Bindings::add(Binding& binding) {
  BERTH_ASSERT(find(binding.tenant(), binding.slot()) == nullptr);
  all_.push_back(&binding);
}

Binding* Bindings::find(std::string_view tenant, std::string_view slot) const {
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const Binding* one) {
    return one->tenant() == tenant && one->slot() == slot;
  });
  return found == all_.end() ? nullptr : *found;
}

}  // namespace berth::plugins
