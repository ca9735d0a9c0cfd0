// The slots of "berth.storage/1" and "berth.health/1".

#include <algorithm>

#include "berth/abi/storage.h"
#include "berth/sdk/views.h"
#include "kernel/plugin_host/instance.h"
#include "kernel/wire/tables.h"

namespace berth::plugin_host {
namespace {

using wire::Slot;

berth_object_info empty_info() {
  berth_object_info info{};
  info.struct_size = sizeof(info);
  return info;
}

wire::ObjectInfo told(const berth_object_info& info) {
  const std::size_t length = std::min<std::size_t>(info.etag_len, sizeof(info.etag));
  return {info.size, info.modified_unix_ms, info.etag_len, std::string(info.etag, length)};
}

berth_status emit(void* ctx, berth_str name, const berth_object_info* info) noexcept {
  auto& call = *static_cast<RunningCall*>(ctx);
  // Longer than any name is enough to be seen as such.
  constexpr std::size_t kMaxName = BERTH_STORAGE_NAME_MAX + 1;
  wire::Ask ask;
  if (name.data != nullptr) ask.name.assign(name.data, std::min(name.len, kMaxName));
  ask.octets = wire::encode(told(sdk::read_struct(info)));
  return call.connection.ask<wire::AskAnswer>(wire::Type::kAsk, call.id, ask).status;
}

berth_status put(RunningCall& call, const berth_storage& table, ByteView arguments,
                 wire::Octets& answer) {
  const auto wanted = read_arguments<wire::Put>(arguments);
  berth_object_put options{};
  options.struct_size = sizeof(options);
  options.content_len = wanted.content_len;
  options.sha256 = abi(wanted.sha256);
  options.if_match = abi(wanted.if_match);
  options.if_absent = wanted.if_absent;
  StreamProxy body(call, 0);
  berth_object_info info = empty_info();
  const berth_status status = table.put(call.instance.handle, call.op.abi(), abi(wanted.name),
                                        &options, body.source(), &info);
  answer = wire::encode(told(info));
  return status;
}

berth_status get(RunningCall& call, const berth_storage& table, ByteView arguments,
                 wire::Octets& answer) {
  const auto wanted = read_arguments<wire::Get>(arguments);
  StreamProxy body(call, 0);
  berth_object_info info = empty_info();
  const berth_status status = table.get(call.instance.handle, call.op.abi(), abi(wanted.name),
                                        wanted.offset, wanted.length, body.sink(), &info);
  answer = wire::encode(told(info));
  return status;
}

berth_status stat(RunningCall& call, const berth_storage& table, ByteView arguments,
                  wire::Octets& answer) {
  const auto wanted = read_arguments<wire::Name>(arguments);
  berth_object_info info = empty_info();
  const berth_status status =
      table.stat(call.instance.handle, call.op.abi(), abi(wanted.name), &info);
  answer = wire::encode(told(info));
  return status;
}

}  // namespace

berth_status serve_storage(Slot slot, RunningCall& call, ByteView arguments, wire::Octets& answer) {
  const auto* table = static_cast<const berth_storage*>(call.table(BERTH_STORAGE_V1));
  if (table == nullptr) return BERTH_UNSUPPORTED;
  switch (slot) {
    case Slot::kStoragePut:
      return put(call, *table, arguments, answer);
    case Slot::kStorageGet:
      return get(call, *table, arguments, answer);
    case Slot::kStorageStat:
      return stat(call, *table, arguments, answer);
    case Slot::kStorageRemove: {
      const auto wanted = read_arguments<wire::Name>(arguments);
      return table->remove(call.instance.handle, call.op.abi(), abi(wanted.name));
    }
    case Slot::kStorageList: {
      const auto wanted = read_arguments<wire::List>(arguments);
      return table->list(call.instance.handle, call.op.abi(), abi(wanted.prefix), abi(wanted.after),
                         wanted.max, &call, &emit);
    }
    default:
      Connection::give_up();
  }
}

berth_status serve_health(RunningCall& call, wire::Octets& answer) {
  const auto* table = static_cast<const berth_health*>(call.table(BERTH_HEALTH_V1));
  if (table == nullptr) return BERTH_UNSUPPORTED;
  StreamProxy detail(call, 0);
  wire::HealthAnswer health;
  const berth_status status =
      table->check(call.instance.handle, call.op.abi(), &health.state, detail.sink());
  answer = wire::encode(health);
  return status;
}

}  // namespace berth::plugin_host
