// What a berth_instance* of an isolated plugin points to, and how its proxies call. Private to this
// room.

#pragma once

#include <span>

#include "kernel/isolation/process.h"

namespace berth::isolation {

// One instance in another process.
class Remote {
 public:
  Remote(Process& owner, std::uint32_t number, const berth_host* its_host, std::string config)
      : process(owner), id(number), host(its_host), config_json(std::move(config)) {}

  static Remote& of(berth_instance* self) { return *reinterpret_cast<Remote*>(self); }
  berth_instance* handle() { return reinterpret_cast<berth_instance*>(this); }

  Process& process;
  const std::uint32_t id;
  const berth_host* const host;
  const std::string config_json;
  // Guarded by the process's remotes_mutex_.
  bool created = false;
  bool started = false;
  // Each interface's table as the plugin's own is: as long, with the same functions. Set once, when
  // the instance is made.
  struct Table {
    std::string id;
    std::vector<void*> words;
  };
  std::vector<Table> tables = {};
};

// A whole table of proxies.
struct ProxyTable {
  const char* id;
  const void* table;
  std::size_t size;  // octets
};
// Every interface that can cross. A new one is a row here, its messages in kernel/wire and its
// service in kernel/plugin_host.
std::span<const ProxyTable> proxy_tables();
extern const ProxyTable kHsmProxy;
extern const ProxyTable kHsmImportProxy;
extern const ProxyTable kStorageProxy;
extern const ProxyTable kHealthProxy;
extern const ProxyTable kRegistrarProxy;
extern const ProxyTable kRatingProxy;
extern const ProxyTable kBssProxy;

// The proxies of the entry's own slots, without facts.
berth_plugin_entry proxy_entry();
// Takes away the functions whose bits are 0, in the order of the entry's slots.
void leave_out(berth_plugin_entry& entry, std::uint32_t functions);
// What an instance is told of its host.
wire::HostFacts facts_of(const berth_host* host);
// As the plugin would through its host; null: nobody's line, dropped.
void write_log(const berth_host* host, const wire::LogLine& line);
std::int64_t unix_ms(const berth_host* host);

inline std::string text_of(berth_str text) {
  return text.data == nullptr ? std::string() : std::string(text.data, text.len);
}
inline wire::Octets octets_of(berth_bytes octets) {
  if (octets.data == nullptr) return {};
  return {octets.data, octets.data + octets.len};
}
berth_status fail(const berth_op* op, berth_status code, std::string_view reason,
                  std::string_view message, std::chrono::milliseconds retry_after = {});

// Calls with `arguments` and reads `answer`, which is empty unless the process said something.
template <class Arguments, class Answer>
berth_status invoke(const Remote& remote, const berth_op* op, wire::Slot slot,
                    const Arguments& arguments, Answer& answer, const AskHandler* ask = nullptr,
                    std::uint64_t* generation = nullptr) {
  const wire::Octets encoded = wire::encode(arguments);
  Process::Request request{slot, &remote, encoded, ask, generation == nullptr ? 0 : *generation};
  wire::Octets octets;
  const berth_status status = remote.process.call(op, request, octets);
  if (generation != nullptr) *generation = request.generation;
  if (octets.empty() && status != BERTH_OK) return status;  // nothing came back
  if (!wire::decode(octets, answer)) return remote.process.distrust(op, request.generation);
  return status;
}

// The caller's streams as answers to questions. False: not for this stream, or too much.
bool answer_from(berth_source* source, const wire::Ask& ask, wire::AskAnswer& answer);
bool answer_from(berth_sink* sink, const wire::Ask& ask, wire::AskAnswer& answer);

}  // namespace berth::isolation
