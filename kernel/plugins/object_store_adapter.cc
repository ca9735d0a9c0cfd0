#include "kernel/plugins/object_store_adapter.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "berth/abi/storage.h"
#include "kernel/base/digest.h"
#include "kernel/plugins/call.h"

namespace berth::plugins {
namespace {

// Gives the plugin the body, as much at a time as it asks for.
struct Source {
  ByteView left;

  static berth_status read(berth_source* self, berth_buf* into) noexcept {
    auto& source = *static_cast<Source*>(self->ctx);
    const std::size_t count = std::min(into->cap, source.left.size());
    if (count > 0) std::memcpy(into->data, source.left.data(), count);
    into->len = count;
    source.left = source.left.subspan(count);
    return BERTH_OK;
  }
};

// Takes the body up to a limit, then refuses.
struct Sink {
  std::uint64_t max_size;
  Bytes octets{};
  bool refused = false;

  static berth_status write(berth_sink* self, berth_bytes chunk) noexcept {
    auto& sink = *static_cast<Sink*>(self->ctx);
    if (chunk.len > sink.max_size - sink.octets.size()) {
      sink.refused = true;
      return BERTH_RESOURCE_EXHAUSTED;
    }
    if (chunk.len > 0) append(sink.octets, {chunk.data, chunk.len});
    return BERTH_OK;
  }
};

struct Listing {
  std::string_view prefix;
  std::string last;
  std::size_t max;
  std::vector<std::string> names{};
  bool broken = false;

  static berth_status emit(void* ctx, berth_str name, const berth_object_info*) noexcept {
    auto& listing = *static_cast<Listing*>(ctx);
    const std::string_view text = text_of(name);
    if (listing.names.size() == listing.max || text.empty() ||
        text.size() > BERTH_STORAGE_NAME_MAX || !text.starts_with(listing.prefix) ||
        text <= listing.last) {
      listing.broken = true;
      return BERTH_INTERNAL;
    }
    listing.last = text;
    listing.names.emplace_back(text);
    return BERTH_OK;
  }
};

berth_object_info empty_info() {
  berth_object_info info{};
  info.struct_size = sizeof(info);
  return info;
}

std::optional<ObjectInfo> info_of(const berth_object_info& info) {
  if (info.etag_len > sizeof(info.etag)) return std::nullopt;
  return ObjectInfo{info.size, std::string(info.etag, info.etag_len), info.modified_unix_ms};
}

class PluginObjectStore final : public ObjectStore {
 public:
  PluginObjectStore(std::shared_ptr<Instance> instance, const berth_storage* table)
      : instance_(std::move(instance)), table_(table) {}

  Result<ObjectInfo> put(const Op& op, std::string_view name, ByteView body,
                         bool if_absent) override {
    Call call(op, instance_->clock(), instance_->label());
    BERTH_TRY_VOID(call.before());
    const Sha256 digest = sha256(body);
    berth_object_put options{};
    options.struct_size = sizeof(options);
    options.content_len = body.size();
    options.sha256 = abi(digest);
    options.if_absent = if_absent;
    Source source{body};
    berth_source abi_source{&source, &Source::read};
    berth_object_info info = empty_info();
    BERTH_TRY_VOID(call.finish(
        table_->put(instance_->handle(), call.op(), abi(name), &options, &abi_source, &info)));
    const auto stored = info_of(info);
    if (!source.left.empty() || !stored || stored->size != body.size()) {
      return call.misbehaved("says it stored an object but did not take the whole of it");
    }
    return *stored;
  }

  Result<Bytes> get(const Op& op, std::string_view name, std::uint64_t max_size) override {
    Call call(op, instance_->clock(), instance_->label());
    BERTH_TRY_VOID(call.before());
    Sink sink{max_size};
    berth_sink abi_sink{&sink, &Sink::write};
    berth_object_info info = empty_info();
    const Result<void> result =
        call.finish(table_->get(instance_->handle(), call.op(), abi(name), 0, 0, &abi_sink, &info));
    // However the plugin tells the story, the cause was ours.
    if (sink.refused) {
      return Error{ErrorCode::kResourceExhausted, "storage.too_large",
                   "the stored object is larger than the " + std::to_string(max_size) +
                       " octets it may have"};
    }
    if (!result) return result.error();
    if (info.size != sink.octets.size()) {
      return call.misbehaved("gave another number of octets than the object has");
    }
    return std::move(sink.octets);
  }

  Result<ObjectInfo> stat(const Op& op, std::string_view name) override {
    Call call(op, instance_->clock(), instance_->label());
    BERTH_TRY_VOID(call.before());
    berth_object_info info = empty_info();
    BERTH_TRY_VOID(call.finish(table_->stat(instance_->handle(), call.op(), abi(name), &info)));
    const auto found = info_of(info);
    if (!found) return call.misbehaved("gave an etag longer than an etag can be");
    return *found;
  }

  Result<void> remove(const Op& op, std::string_view name) override {
    Call call(op, instance_->clock(), instance_->label());
    BERTH_TRY_VOID(call.before());
    return call.finish(table_->remove(instance_->handle(), call.op(), abi(name)));
  }

  Result<std::vector<std::string>> list(const Op& op, std::string_view prefix,
                                        std::string_view after, std::size_t max) override {
    Call call(op, instance_->clock(), instance_->label());
    BERTH_TRY_VOID(call.before());
    Listing listing{prefix, std::string(after), max};
    const Result<void> result = call.finish(table_->list(
        instance_->handle(), call.op(), abi(prefix), abi(after), max, &listing, &Listing::emit));
    if (listing.broken) {
      return call.misbehaved("listed names that were not asked for or are out of order");
    }
    if (!result) return result.error();
    return std::move(listing.names);
  }

 private:
  std::shared_ptr<Instance> instance_;
  const berth_storage* table_;
};

}  // namespace

Result<std::unique_ptr<ObjectStore>> make_object_store(std::shared_ptr<Instance> instance) {
  BERTH_TRY(table, instance->interface<berth_storage>(BERTH_STORAGE_V1));
  return std::unique_ptr<ObjectStore>(
      std::make_unique<PluginObjectStore>(std::move(instance), table));
}

}  // namespace berth::plugins
