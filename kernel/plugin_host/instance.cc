#include "kernel/plugin_host/instance.h"

#include <algorithm>
#include <cstring>

namespace berth::plugin_host {

std::uint64_t Instance::keep_key(berth_hsm_key* key) {
  if (key == nullptr) return 0;
  const std::lock_guard lock(mutex_);
  keys_.emplace(next_key_, key);
  return next_key_++;
}

berth_hsm_key* Instance::key(std::uint64_t number) const {
  const std::lock_guard lock(mutex_);
  const auto found = keys_.find(number);
  return found == keys_.end() ? nullptr : found->second;
}

berth_hsm_key* Instance::forget_key(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = keys_.find(number);
  if (found == keys_.end()) return nullptr;
  berth_hsm_key* key = found->second;
  keys_.erase(found);
  return key;
}

const void* RunningCall::table(const char* name) const {
  const void* table = entry.get_interface(instance.handle, name);
  if (table == nullptr) {
    op.fail(BERTH_UNSUPPORTED, "plugin.interface_missing",
            std::string("the plugin does not answer for ") + name + " any more");
  }
  return table;
}

berth_status StreamProxy::write(berth_sink* self, berth_bytes chunk) noexcept {
  auto& stream = *static_cast<StreamProxy*>(self->ctx);
  ByteView rest{chunk.data, chunk.data == nullptr ? 0 : chunk.len};
  do {
    const ByteView part = rest.first(std::min(rest.size(), wire::kMaxChunk));
    rest = rest.subspan(part.size());
    wire::Ask ask;
    ask.stream = stream.stream_;
    ask.octets = wire::to_octets(part);
    const auto answer =
        stream.call_.connection.ask<wire::AskAnswer>(wire::Type::kAsk, stream.call_.id, ask);
    if (answer.status != BERTH_OK) return answer.status;
  } while (!rest.empty());
  return BERTH_OK;
}

berth_status StreamProxy::read(berth_source* self, berth_buf* into) noexcept {
  auto& stream = *static_cast<StreamProxy*>(self->ctx);
  wire::Ask ask;
  ask.stream = stream.stream_;
  ask.capacity = std::min(into->cap, wire::kMaxChunk);
  const auto answer =
      stream.call_.connection.ask<wire::AskAnswer>(wire::Type::kAsk, stream.call_.id, ask);
  if (answer.status != BERTH_OK) return answer.status;
  if (answer.octets.size() > into->cap) Connection::give_up();
  if (!answer.octets.empty()) {
    std::memcpy(into->data, answer.octets.data(), answer.octets.size());
  }
  into->len = answer.octets.size();
  return BERTH_OK;
}

}  // namespace berth::plugin_host
