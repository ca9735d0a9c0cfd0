// "berth.storage/1" and "berth.health/1" of an instance in another process.

#include <algorithm>
#include <cstring>

#include "berth/abi/storage.h"
#include "berth/sdk/views.h"
#include "kernel/isolation/remote.h"
#include "kernel/wire/tables.h"

namespace berth::isolation {
namespace {

using sdk::read_struct;
using sdk::write_struct;
using wire::Slot;

berth_object_info info_of(const wire::ObjectInfo& from) {
  berth_object_info info{};
  info.etag_len = from.etag_len;  // also one that cannot be right: the caller says so
  info.size = from.size;
  info.modified_unix_ms = from.modified_unix_ms;
  std::memcpy(info.etag, from.etag.data(), std::min(from.etag.size(), sizeof(info.etag)));
  return info;
}

berth_status put(berth_instance* self, const berth_op* op, berth_str name,
                 const berth_object_put* theirs, berth_source* body,
                 berth_object_info* info) noexcept {
  const berth_object_put options = read_struct(theirs);
  const AskHandler ask = [body](const wire::Ask& question, wire::AskAnswer& answer) {
    return question.stream == 0 && answer_from(body, question, answer);
  };
  wire::ObjectInfo stored;
  const berth_status status =
      invoke(Remote::of(self), op, Slot::kStoragePut,
             wire::Put{text_of(name), options.content_len, octets_of(options.sha256),
                       text_of(options.if_match), options.if_absent},
             stored, &ask);
  if (status == BERTH_OK) write_struct(info, info_of(stored));
  return status;
}

berth_status get(berth_instance* self, const berth_op* op, berth_str name, std::uint64_t offset,
                 std::uint64_t length, berth_sink* body, berth_object_info* info) noexcept {
  const AskHandler ask = [body](const wire::Ask& question, wire::AskAnswer& answer) {
    return question.stream == 0 && answer_from(body, question, answer);
  };
  wire::ObjectInfo found;
  const berth_status status = invoke(Remote::of(self), op, Slot::kStorageGet,
                                     wire::Get{text_of(name), offset, length}, found, &ask);
  if (status == BERTH_OK) write_struct(info, info_of(found));
  return status;
}

berth_status stat(berth_instance* self, const berth_op* op, berth_str name,
                  berth_object_info* info) noexcept {
  wire::ObjectInfo found;
  const berth_status status =
      invoke(Remote::of(self), op, Slot::kStorageStat, wire::Name{text_of(name)}, found);
  if (status == BERTH_OK) write_struct(info, info_of(found));
  return status;
}

berth_status remove(berth_instance* self, const berth_op* op, berth_str name) noexcept {
  wire::Nothing nothing;
  return invoke(Remote::of(self), op, Slot::kStorageRemove, wire::Name{text_of(name)}, nothing);
}

berth_status list(berth_instance* self, const berth_op* op, berth_str prefix, berth_str after,
                  std::size_t max, void* ctx,
                  berth_status (*emit)(void* ctx, berth_str name,
                                       const berth_object_info* info) noexcept) noexcept {
  const AskHandler ask = [&](const wire::Ask& question, wire::AskAnswer& answer) {
    wire::ObjectInfo found;
    if (question.stream != 0 || !wire::decode(question.octets, found)) return false;
    berth_object_info info = info_of(found);
    info.struct_size = sizeof(info);
    answer.status = emit(ctx, {question.name.data(), question.name.size()}, &info);
    return true;
  };
  wire::Nothing nothing;
  return invoke(Remote::of(self), op, Slot::kStorageList,
                wire::List{text_of(prefix), text_of(after), max}, nothing, &ask);
}

berth_status check(berth_instance* self, const berth_op* op, std::uint32_t* state,
                   berth_sink* detail_json) noexcept {
  const AskHandler ask = [detail_json](const wire::Ask& question, wire::AskAnswer& answer) {
    return question.stream == 0 && answer_from(detail_json, question, answer);
  };
  wire::Nothing nothing;
  wire::HealthAnswer health;
  const berth_status status =
      invoke(Remote::of(self), op, Slot::kHealthCheck, nothing, health, &ask);
  if (status == BERTH_OK) *state = health.state;
  return status;
}

constexpr berth_storage kStorageTable{sizeof(berth_storage), 0, &put, &get, &stat, &remove, &list};
constexpr berth_health kHealthTable{sizeof(berth_health), 0, &check};

}  // namespace

const ProxyTable kStorageProxy{BERTH_STORAGE_V1, &kStorageTable, sizeof(kStorageTable)};
const ProxyTable kHealthProxy{BERTH_HEALTH_V1, &kHealthTable, sizeof(kHealthTable)};

}  // namespace berth::isolation
