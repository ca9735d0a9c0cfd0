// Every binding of a host, for those who look at them and exchange what serves them.
//
// Borrows the bindings. Composed by one thread before anything asks; then thread-safe.

#pragma once

#include <string_view>
#include <vector>

#include "kernel/plugins/binding.h"

namespace berth::plugins {

class Bindings {
 public:
  // One of each tenant and slot; must outlive this.
  void add(Binding& binding);

  // In the order they were added.
  const std::vector<Binding*>& all() const { return all_; }
  // Null: there is none.
  Binding* find(std::string_view tenant, std::string_view slot) const;

 private:
  std::vector<Binding*> all_;
};

}  // namespace berth::plugins
