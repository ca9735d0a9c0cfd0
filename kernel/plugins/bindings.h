// Every binding of a host, for those who look at them and exchange what serves them.
//
// Borrows the bindings. May grow while it is asked; thread-safe.

#pragma once

#include <mutex>
#include <string_view>
#include <vector>

#include "kernel/plugins/binding.h"

namespace berth::plugins {

class Bindings {
 public:
  // One of each tenant and slot; must outlive this.
  void add(Binding& binding);

  // In the order they were added.
  std::vector<Binding*> all() const;
  // Null: there is none.
  Binding* find(std::string_view tenant, std::string_view slot) const;

 private:
  mutable std::mutex mutex_;  // of the list
  std::vector<Binding*> all_;
};

}  // namespace berth::plugins
