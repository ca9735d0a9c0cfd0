// An object store in memory that works. What is derived from it breaks one rule while it works.

#pragma once

#include <map>
#include <mutex>
#include <string>

#include "berth/sdk/storage.h"

namespace working {

using namespace berth::sdk;  // NOLINT: what a plugin's file does

// Where what is lost was last seen; without it the compiler would leave the allocation out.
inline char* volatile lost = nullptr;

class Store : public ObjectStore {
 public:
  Store(Host host, const Config& config) : host_(host) {
    if (config.json() != "{}") throw Error(BERTH_INVALID_ARGUMENT, "test.config", "only {}");
  }

  ObjectInfo put(const Op& op, std::string_view name, const PutOptions& options,
                 const Source& body) override {
    std::string content(options.content_len + 1, '\0');
    std::size_t done = 0;
    while (done < content.size()) {
      op.throw_if_cancelled();
      const std::size_t got = body.read({reinterpret_cast<std::uint8_t*>(&content[done]),  //
                                         content.size() - done});
      if (got == 0) break;
      done += got;
    }
    content.resize(done);
    const std::lock_guard lock(mutex_);
    objects_[std::string(name)] = content;
    return {content.size(), 0, "1"};
  }
  ObjectInfo get(const Op&, std::string_view name, std::uint64_t, std::uint64_t,
                 const Sink& body) override {
    const std::string content = find(name);
    body.write(content);
    return {content.size(), 0, "1"};
  }
  ObjectInfo stat(const Op&, std::string_view name) override { return {find(name).size(), 0, "1"}; }
  void remove(const Op&, std::string_view name) override {
    const std::lock_guard lock(mutex_);
    objects_.erase(std::string(name));
  }
  void list(const Op&, std::string_view prefix, std::string_view after, std::size_t max,
            const ListSink& out) override {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, content] : objects_) {
      if (!name.starts_with(prefix) || name <= after) continue;
      if (max-- == 0) return;
      out.emit(name, {content.size(), 0, "1"});
    }
  }

 private:
  std::string find(std::string_view name) {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(std::string(name));
    if (found == objects_.end()) throw Error(BERTH_NOT_FOUND, "storage.not_found", "not there");
    return found->second;
  }

  Host host_;
  std::mutex mutex_;
  std::map<std::string, std::string> objects_;
};

}  // namespace working

// The exported object of a store that is broken in its table: the working one's after `change`, an
// expression over `table`.
#define BERTH_TEST_WORKING_TABLE(change)                                                       \
  namespace {                                                                                  \
  using Thunks = berth::sdk::detail::StorageThunks<working::Store>;                            \
  constexpr berth_storage kTable = [] {                                                        \
    berth_storage table = Thunks::kTable;                                                      \
    change;                                                                                    \
    return table;                                                                              \
  }();                                                                                         \
  const void* get_interface(berth_instance* self, const char* id) noexcept {                   \
    return std::strcmp(id, BERTH_STORAGE_V1) == 0 ? &kTable : Thunks::get_interface(self, id); \
  }                                                                                            \
  constexpr berth_plugin_entry make() {                                                        \
    auto entry =                                                                               \
        berth::sdk::detail::make_entry<working::Store, Thunks>("org.example.test", "1.0.0");   \
    entry.get_interface = &get_interface;                                                      \
    return entry;                                                                              \
  }                                                                                            \
  }                                                                                            \
  constinit const berth_plugin_entry berth_plugin_entry_v1 = make()
