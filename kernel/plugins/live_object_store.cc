#include "kernel/plugins/live_object_store.h"

namespace berth::plugins {

Result<ObjectInfo> LiveObjectStore::put(const Op& op, std::string_view name, ByteView body,
                                        bool if_absent) {
  return ask(op, [&](ObjectStore& store, const Op& bounded) {
    return store.put(bounded, name, body, if_absent);
  });
}

Result<Bytes> LiveObjectStore::get(const Op& op, std::string_view name, std::uint64_t max_size) {
  return ask(op, [&](ObjectStore& store, const Op& bounded) {
    return store.get(bounded, name, max_size);
  });
}

Result<ObjectInfo> LiveObjectStore::stat(const Op& op, std::string_view name) {
  return ask(op, [&](ObjectStore& store, const Op& bounded) { return store.stat(bounded, name); });
}

Result<void> LiveObjectStore::remove(const Op& op, std::string_view name) {
  return ask(op,
             [&](ObjectStore& store, const Op& bounded) { return store.remove(bounded, name); });
}

Result<std::vector<std::string>> LiveObjectStore::list(const Op& op, std::string_view prefix,
                                                       std::string_view after, std::size_t max) {
  return ask(op, [&](ObjectStore& store, const Op& bounded) {
    return store.list(bounded, prefix, after, max);
  });
}

}  // namespace berth::plugins
