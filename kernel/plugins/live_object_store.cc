#include "kernel/plugins/live_object_store.h"

#include "kernel/plugins/object_store_adapter.h"

namespace berth::plugins {

using ServedPtr = std::shared_ptr<Served>;

Result<std::unique_ptr<LiveObjectStore>> LiveObjectStore::start(Registry& registry,
                                                                BindingOptions options,
                                                                const Op& op) {
  std::unique_ptr<LiveObjectStore> store(new LiveObjectStore(registry, std::move(options)));
  BERTH_TRY_VOID(store->Binding::start(op));
  return store;
}

Result<std::unique_ptr<Served>> LiveObjectStore::adopt(std::shared_ptr<Instance> instance,
                                                       GateSettings limits) {
  BERTH_TRY(made, make_object_store(instance));
  return std::unique_ptr<Served>(
      std::make_unique<ServedAs<ObjectStore>>(std::move(instance), limits, std::move(made)));
}

Result<ObjectInfo> LiveObjectStore::put(const Op& op, std::string_view name, ByteView body,
                                        bool if_absent) {
  return call(op, [&](const ServedPtr& served, const Op& bounded) {
    return adapter(*served).put(bounded, name, body, if_absent);
  });
}

Result<Bytes> LiveObjectStore::get(const Op& op, std::string_view name, std::uint64_t max_size) {
  return call(op, [&](const ServedPtr& served, const Op& bounded) {
    return adapter(*served).get(bounded, name, max_size);
  });
}

Result<ObjectInfo> LiveObjectStore::stat(const Op& op, std::string_view name) {
  return call(op, [&](const ServedPtr& served, const Op& bounded) {
    return adapter(*served).stat(bounded, name);
  });
}

Result<void> LiveObjectStore::remove(const Op& op, std::string_view name) {
  return call(op, [&](const ServedPtr& served, const Op& bounded) {
    return adapter(*served).remove(bounded, name);
  });
}

Result<std::vector<std::string>> LiveObjectStore::list(const Op& op, std::string_view prefix,
                                                       std::string_view after, std::size_t max) {
  return call(op, [&](const ServedPtr& served, const Op& bounded) {
    return adapter(*served).list(bounded, prefix, after, max);
  });
}

}  // namespace berth::plugins
