// An object store in memory: complete, small, and gone with the process.

#include <map>
#include <mutex>
#include <string>

#include "berth/sdk/storage.h"

namespace {

using namespace berth::sdk;

class MemoryStore final : public ObjectStore {
 public:
  // [control] Validate the configuration here; open what you need in start().
  MemoryStore(Host host, const Config& config) : host_(host) {
    if (config.json() != "{}") {
      throw Error(BERTH_INVALID_ARGUMENT, "memory_store.config", "this store takes no options");
    }
  }

  ObjectInfo put(const Op& op, std::string_view name, const PutOptions& options,
                 const Source& body) override {
    std::string content(options.content_len + 1, '\0');  // one more shows a body that is too long
    std::size_t done = 0;
    while (done < content.size()) {
      op.throw_if_cancelled();
      std::size_t got = body.read({reinterpret_cast<std::uint8_t*>(&content[done]),  //
                                   content.size() - done});
      if (got == 0) break;
      done += got;
    }
    if (done != options.content_len) {
      throw Error(BERTH_INVALID_ARGUMENT, "storage.length_mismatch", "body and length differ");
    }
    content.resize(done);

    std::lock_guard lock(mutex_);
    auto found = objects_.find(name);
    bool exists = found != objects_.end();
    if (options.if_absent && exists) {
      throw Error(BERTH_ALREADY_EXISTS, "storage.exists", "the name is taken");
    }
    bool matches = options.if_match.empty() ||
                   (exists && (options.if_match == "*" || options.if_match == found->second.etag));
    if (!matches) throw Error(BERTH_ABORTED, "storage.precondition", "the object has changed");
    Object& object = exists ? found->second : objects_[std::string(name)];
    object = {std::move(content), host_.unix_ms(), std::to_string(++version_)};
    return info(object);
  }

  ObjectInfo get(const Op&, std::string_view name, std::uint64_t offset, std::uint64_t length,
                 const Sink& body) override {
    Object object = find(name);  // a copy: nothing slow happens under the lock
    std::uint64_t size = object.content.size();
    if (offset > size || length > size - offset) {
      throw Error(BERTH_INVALID_ARGUMENT, "storage.range", "the range is outside the object");
    }
    body.write(std::string_view(object.content).substr(offset, length == 0 ? size : length));
    return info(object);
  }

  ObjectInfo stat(const Op&, std::string_view name) override { return info(find(name)); }

  void remove(const Op&, std::string_view name) override {
    std::lock_guard lock(mutex_);
    auto found = objects_.find(name);
    if (found != objects_.end()) objects_.erase(found);
  }

  void list(const Op&, std::string_view prefix, std::string_view after, std::size_t max,
            const ListSink& out) override {
    std::lock_guard lock(mutex_);
    for (auto at = objects_.upper_bound(after); at != objects_.end() && max > 0; ++at) {
      if (!at->first.starts_with(prefix)) continue;
      out.emit(at->first, info(at->second));
      --max;
    }
  }

 private:
  struct Object {
    std::string content;
    std::int64_t modified_unix_ms = 0;
    std::string etag;
  };

  static ObjectInfo info(const Object& object) {
    return {object.content.size(), object.modified_unix_ms, object.etag};
  }
  Object find(std::string_view name) {
    std::lock_guard lock(mutex_);
    auto found = objects_.find(name);
    if (found == objects_.end())
      throw Error(BERTH_NOT_FOUND, "storage.not_found", "no such object");
    return found->second;
  }

  Host host_;
  std::mutex mutex_;
  std::map<std::string, Object, std::less<>> objects_;
  std::uint64_t version_ = 0;
};

}  // namespace

BERTH_STORAGE_PLUGIN(MemoryStore, "example.memory-store", BERTH_PLUGIN_VERSION)
