// The object store of a binding, whichever instance serves it.

#pragma once

#include <memory>

#include "kernel/plugins/binding.h"
#include "kernel/plugins/object_store.h"

namespace berth::plugins {

// Thread-safe. Failures of the store pass through, besides those of Gate::enter.
class LiveObjectStore final : public ObjectStore, public LiveBinding<ObjectStore> {
 public:
  // Starts its first instance; failures as of Binding::swap.
  static Result<std::unique_ptr<LiveObjectStore>> start(Registry& registry, BindingOptions options,
                                                        const Op& op);

  Result<ObjectInfo> put(const Op& op, std::string_view name, ByteView body,
                         bool if_absent) override;
  Result<Bytes> get(const Op& op, std::string_view name, std::uint64_t max_size) override;
  Result<ObjectInfo> stat(const Op& op, std::string_view name) override;
  Result<void> remove(const Op& op, std::string_view name) override;
  Result<std::vector<std::string>> list(const Op& op, std::string_view prefix,
                                        std::string_view after, std::size_t max) override;

 private:
  using LiveBinding::LiveBinding;
  Result<std::unique_ptr<Served>> adopt(std::shared_ptr<Instance> instance,
                                        GateSettings limits) override;
};

}  // namespace berth::plugins
