// Writing an object store: derive from ObjectStore, then name the class once with
// BERTH_STORAGE_PLUGIN.
//
// Calls come from many threads. Failures are thrown as Error; berth/abi/storage.h lists the reasons
// every store uses.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "berth/abi/storage.h"
#include "berth/sdk/thunk.h"

namespace berth::sdk {

struct PutOptions {
  std::uint64_t content_len = 0;  // octets; the body must give exactly this many
  ByteView sha256;                // 32 octets, or empty
  std::string_view if_match;      // etag, "*" or empty
  bool if_absent = false;
};

struct ObjectInfo {
  std::uint64_t size = 0;  // octets
  std::int64_t modified_unix_ms = 0;
  std::string etag;  // at most 128 octets
};

// What is safe to turn into a path or a URL: see BERTH_STORAGE_NAME_MAX.
inline bool is_object_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > BERTH_STORAGE_NAME_MAX) return false;
  std::size_t segment = 0;
  for (std::size_t i = 0; i <= name.size(); ++i) {
    if (i == name.size() || name[i] == '/') {
      std::string_view part = name.substr(segment, i - segment);
      if (part.empty() || part.size() > BERTH_STORAGE_SEGMENT_MAX) return false;
      if (part == "." || part == "..") return false;
      segment = i + 1;
      continue;
    }
    char c = name[i];
    bool ok = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '_' || c == '-';
    if (!ok) return false;
  }
  return true;
}

// Where ObjectStore::list puts what it finds.
class ListSink {
 public:
  using Emit = berth_status (*)(void* ctx, berth_str name, const berth_object_info* info) noexcept;
  ListSink(Emit callback, void* ctx) noexcept : emit_(callback), ctx_(ctx) {}
  void emit(std::string_view name, const ObjectInfo& info) const;

 private:
  Emit emit_;
  void* ctx_;
};

class ObjectStore : public PluginInstance {
 public:
  virtual ObjectInfo put(const Op& op, std::string_view name, const PutOptions& options,
                         const Source& body) = 0;
  // length 0: to the end.
  virtual ObjectInfo get(const Op& op, std::string_view name, std::uint64_t offset,
                         std::uint64_t length, const Sink& body) = 0;
  virtual ObjectInfo stat(const Op& op, std::string_view name) = 0;
  virtual void remove(const Op& op, std::string_view name) = 0;
  // At most `max` names with `prefix`, ascending, strictly after `after`.
  virtual void list(const Op& op, std::string_view prefix, std::string_view after, std::size_t max,
                    const ListSink& out) = 0;
};

namespace detail {

inline berth_object_info to_abi_info(const ObjectInfo& info) {
  berth_object_info raw{};
  raw.struct_size = sizeof(raw);
  require(info.etag.size() <= sizeof(raw.etag), "etag is too long");
  raw.etag_len = static_cast<std::uint32_t>(info.etag.size());
  raw.size = info.size;
  raw.modified_unix_ms = info.modified_unix_ms;
  info.etag.copy(raw.etag, sizeof(raw.etag));
  return raw;
}

template <class Store>
struct StorageThunks {
  static_assert(std::is_base_of_v<ObjectStore, Store>);
  static ObjectStore& store(berth_instance* self) noexcept { return from_handle<Store>(self); }
  static std::string_view checked(berth_str raw) {
    std::string_view name = to_view(raw);
    if (!is_object_name(name)) {
      throw Error(BERTH_INVALID_ARGUMENT, "storage.bad_name",
                  "object names are 1 to 512 octets of A-Z a-z 0-9 . _ - in segments between '/'");
    }
    return name;
  }

  static berth_status put(berth_instance* self, const berth_op* op, berth_str name,
                          const berth_object_put* raw, berth_source* body,
                          berth_object_info* info) noexcept {
    return guarded(op, [&] {
      require(raw != nullptr && body != nullptr, "put: options or body is null");
      berth_object_put put = read_struct(raw);
      PutOptions options{put.content_len, to_view(put.sha256), to_view(put.if_match),
                         put.if_absent};
      require(!options.if_absent || options.if_match.empty(), "put: two conditions");
      require(options.sha256.empty() || options.sha256.size() == 32, "put: sha256 is 32 octets");
      write_struct(info,
                   to_abi_info(store(self).put(Op(op), checked(name), options, Source(body))));
    });
  }
  static berth_status get(berth_instance* self, const berth_op* op, berth_str name,
                          std::uint64_t offset, std::uint64_t length, berth_sink* body,
                          berth_object_info* info) noexcept {
    return guarded(op, [&] {
      require(body != nullptr, "get: body is null");
      write_struct(info,
                   to_abi_info(store(self).get(Op(op), checked(name), offset, length, Sink(body))));
    });
  }
  static berth_status stat(berth_instance* self, const berth_op* op, berth_str name,
                           berth_object_info* info) noexcept {
    return guarded(
        op, [&] { write_struct(info, to_abi_info(store(self).stat(Op(op), checked(name)))); });
  }
  static berth_status remove(berth_instance* self, const berth_op* op, berth_str name) noexcept {
    return guarded(op, [&] { store(self).remove(Op(op), checked(name)); });
  }
  static berth_status list(berth_instance* self, const berth_op* op, berth_str prefix,
                           berth_str after, std::size_t max, void* ctx,
                           berth_status (*emit)(void*, berth_str,
                                                const berth_object_info*) noexcept) noexcept {
    return guarded(op, [&] {
      require(emit != nullptr, "list: emit is null");
      if (max == 0) return;
      store(self).list(Op(op), to_view(prefix), to_view(after), max, ListSink(emit, ctx));
    });
  }

  static constexpr berth_storage kTable{
      sizeof(berth_storage), 0, &put, &get, &stat, &remove, &list};
  static constexpr const char* kProvides[] = {BERTH_STORAGE_V1, BERTH_HEALTH_V1, nullptr};

  static const void* get_interface(berth_instance*, const char* id) noexcept {
    if (id == nullptr) return nullptr;
    if (std::strcmp(id, BERTH_STORAGE_V1) == 0) return &kTable;
    if (std::strcmp(id, BERTH_HEALTH_V1) == 0) return &Life<Store>::kHealth;
    return nullptr;
  }
};

}  // namespace detail

inline void ListSink::emit(std::string_view name, const ObjectInfo& info) const {
  berth_object_info raw = detail::to_abi_info(info);
  berth_status status = emit_(ctx_, to_abi(name), &raw);
  if (status != BERTH_OK) throw CallerStopped{status};
}

}  // namespace berth::sdk

// Once per plugin, in a .cc at global scope. Class: constructible from (Host, const Config&).
#define BERTH_STORAGE_PLUGIN(Class, id, version)                                           \
  constinit const berth_plugin_entry berth_plugin_entry_v1 =                               \
      ::berth::sdk::detail::make_entry<Class, ::berth::sdk::detail::StorageThunks<Class>>( \
          id, version);
