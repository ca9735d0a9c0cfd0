// The instances of this process, and the services that run the slots of each table.

#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "berth/abi/hsm.h"
#include "kernel/plugin_host/connection.h"
#include "kernel/plugin_host/host_proxy.h"
#include "kernel/plugin_host/remote_op.h"

namespace berth::plugin_host {

class Instance {
 public:
  Instance(Connection& connection, std::uint32_t id, wire::HostFacts facts)
      : host_(connection, id, std::move(facts)) {}

  const berth_host* host() const { return host_.abi(); }
  berth_instance* handle = nullptr;

  // Keys under the numbers that the host knows them by. 0 for a null key; null for a number that
  // was not given out.
  std::uint64_t keep_key(berth_hsm_key* key);
  berth_hsm_key* key(std::uint64_t number) const;
  berth_hsm_key* forget_key(std::uint64_t number);

 private:
  HostProxy host_;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, berth_hsm_key*> keys_;
  std::uint64_t next_key_ = 1;
};

// What a service needs of the call it runs.
struct RunningCall {
  Connection& connection;
  const berth_plugin_entry& entry;
  Instance& instance;
  RemoteOp& op;
  std::uint64_t id;

  // Null, with op.fail called, when the plugin does not answer for it.
  const void* table(const char* name) const;
};

// Each: decodes the slot's arguments, calls the plugin, encodes what came out. The host is trusted:
// arguments that cannot be read end the process.
berth_status serve_hsm(wire::Slot slot, RunningCall& call, ByteView arguments,
                       wire::Octets& answer);
berth_status serve_storage(wire::Slot slot, RunningCall& call, ByteView arguments,
                           wire::Octets& answer);
berth_status serve_health(RunningCall& call, wire::Octets& answer);
berth_status serve_registrar(wire::Slot slot, RunningCall& call, ByteView arguments,
                             wire::Octets& answer);
berth_status serve_rating(RunningCall& call, ByteView arguments);
berth_status serve_bss(wire::Slot slot, RunningCall& call, ByteView arguments,
                       wire::Octets& answer);

template <class Arguments>
Arguments read_arguments(ByteView octets) {
  Arguments arguments;
  if (!wire::decode(octets, arguments)) Connection::give_up();
  return arguments;
}
inline berth_str abi(const std::string& text) { return {text.data(), text.size()}; }
inline berth_bytes abi(const wire::Octets& octets) { return {octets.data(), octets.size()}; }

// The caller's sink or source of a call, as the plugin sees it: every use is a question.
class StreamProxy {
 public:
  StreamProxy(RunningCall& call, std::uint32_t stream) : call_(call), stream_(stream) {}
  berth_sink* sink() { return &sink_; }
  berth_source* source() { return &source_; }

 private:
  static berth_status write(berth_sink* self, berth_bytes chunk) noexcept;
  static berth_status read(berth_source* self, berth_buf* into) noexcept;

  RunningCall& call_;
  std::uint32_t stream_;
  berth_sink sink_{this, &StreamProxy::write};
  berth_source source_{this, &StreamProxy::read};
};

}  // namespace berth::plugin_host
