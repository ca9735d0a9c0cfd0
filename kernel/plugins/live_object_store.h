// The object store of a binding, whichever instance serves it.

#pragma once

#include <memory>

#include "kernel/plugins/binding.h"
#include "kernel/plugins/object_store.h"
#include "kernel/plugins/object_store_adapter.h"

namespace berth::plugins {

class LiveObjectStore final : public LiveFront<LiveObjectStore, ObjectStore, make_object_store> {
 public:
  using LiveFront::LiveFront;
  Result<ObjectInfo> put(const Op& op, std::string_view name, ByteView body,
                         bool if_absent) override;
  Result<Bytes> get(const Op& op, std::string_view name, std::uint64_t max_size) override;
  Result<ObjectInfo> stat(const Op& op, std::string_view name) override;
  Result<void> remove(const Op& op, std::string_view name) override;
  Result<std::vector<std::string>> list(const Op& op, std::string_view prefix,
                                        std::string_view after, std::size_t max) override;
};

}  // namespace berth::plugins
