// The synthetic entry: its slots, and what they do to the process's list of instances.

#include <algorithm>
#include <array>
#include <cstring>

#include "kernel/isolation/internal_op.h"
#include "kernel/isolation/remote.h"
#include "kernel/isolation/running.h"

namespace berth::isolation {
namespace {

// For an instance to join its threads and go.
constexpr std::chrono::seconds kDestroyTime{10};
// Every table: uint32_t struct_size, uint32_t reserved, then functions.
constexpr std::size_t kWord = sizeof(void*);
static_assert(kWord == 2 * sizeof(std::uint32_t));

Process* process_of(const berth_host* host) {
  return const_cast<Process*>(
      static_cast<const Process*>(host->get_interface(host, kProcessInterface)));
}

berth_status init(const berth_host* host, const berth_op* op) noexcept {
  return process_of(host)->init(host, op);
}
void deinit() noexcept {}  // Process says it when it ends, since this slot cannot know which
berth_status create(const berth_host* host, const berth_op* op, berth_str config,
                    berth_instance** out) noexcept {
  return process_of(host)->create(host, op, config, out);
}
berth_status start(berth_instance* self, const berth_op* op) noexcept {
  Remote& remote = Remote::of(self);
  return remote.process.start(remote, op);
}
berth_status drain(berth_instance* self, const berth_op* op) noexcept {
  wire::Nothing nothing;
  return invoke(Remote::of(self), op, wire::Slot::kDrain, nothing, nothing);
}
void destroy(berth_instance* self) noexcept {
  Remote& remote = Remote::of(self);
  remote.process.destroy(remote);
}
const void* get_interface(berth_instance* self, const char* id) noexcept {
  for (const Remote::Table& table : Remote::of(self).tables) {
    if (table.id == id) return table.words.data();
  }
  return nullptr;
}

const ProxyTable* proxy_of(std::string_view id) {
  const auto all = proxy_tables();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const ProxyTable& one) { return one.id == id; });
  return found == all.end() ? nullptr : &*found;
}

// The proxies of one interface, as long as the plugin's own table and without what it lacks.
Remote::Table table_of(const ProxyTable& proxy, const wire::Interface& theirs) {
  Remote::Table table{proxy.id, std::vector<void*>(proxy.size / kWord)};
  std::memcpy(table.words.data(), proxy.table, proxy.size);
  const auto size =
      static_cast<std::uint32_t>(std::min<std::size_t>(theirs.struct_size, proxy.size));
  std::memcpy(table.words.data(), &size, sizeof(size));
  for (std::size_t slot = 0; slot + 1 < table.words.size(); ++slot) {
    if ((theirs.functions >> slot & 1) == 0) table.words[slot + 1] = nullptr;
  }
  return table;
}

}  // namespace

std::span<const ProxyTable> proxy_tables() {
  static const std::array<ProxyTable, 7> all{kHsmProxy,    kHsmImportProxy, kStorageProxy,
                                             kHealthProxy, kRegistrarProxy, kRatingProxy,
                                             kBssProxy};
  return all;
}

berth_plugin_entry proxy_entry() {
  berth_plugin_entry entry{};
  entry.init = &init;
  entry.deinit = &deinit;
  entry.create = &create;
  entry.start = &start;
  entry.drain = &drain;
  entry.destroy = &destroy;
  entry.get_interface = &get_interface;
  return entry;
}

void leave_out(berth_plugin_entry& entry, std::uint32_t functions) {
  const auto keep = [&](unsigned slot) { return (functions >> slot & 1) != 0; };
  if (!keep(0)) entry.init = nullptr;
  if (!keep(1)) entry.deinit = nullptr;
  if (!keep(2)) entry.create = nullptr;
  if (!keep(3)) entry.start = nullptr;
  if (!keep(4)) entry.drain = nullptr;
  if (!keep(5)) entry.destroy = nullptr;
  if (!keep(6)) entry.get_interface = nullptr;
}

wire::HostFacts facts_of(const berth_host* host) {
  wire::HostFacts facts;
  facts.product = text_of(host->product);
  facts.version = text_of(host->version);
  // Those that can cross; every other service is answered NULL, as one that was not granted.
  for (const char* id : {BERTH_HOST_LOG_V1, BERTH_HOST_CLOCK_V1}) {
    if (host->get_interface(host, id) != nullptr) facts.services.emplace_back(id);
  }
  const auto* log =
      static_cast<const berth_host_log*>(host->get_interface(host, BERTH_HOST_LOG_V1));
  for (std::uint32_t level = BERTH_LOG_DEBUG; log != nullptr && level <= BERTH_LOG_ERROR; ++level) {
    if (log->enabled(host, level)) facts.log_levels |= 1U << level;
  }
  return facts;
}

void write_log(const berth_host* host, const wire::LogLine& line) {
  if (host == nullptr) return;
  const auto* log =
      static_cast<const berth_host_log*>(host->get_interface(host, BERTH_HOST_LOG_V1));
  if (log == nullptr) return;
  std::vector<berth_field> fields;
  for (const wire::LogField& field : line.log_fields) {
    fields.push_back(
        {{field.key.data(), field.key.size()}, {field.value.data(), field.value.size()}});
  }
  log->write(host, line.level, {line.message.data(), line.message.size()}, fields.data(),
             fields.size());
}

std::int64_t unix_ms(const berth_host* host) {
  const auto* clock =
      host == nullptr
          ? nullptr
          : static_cast<const berth_host_clock*>(host->get_interface(host, BERTH_HOST_CLOCK_V1));
  return clock == nullptr ? 0 : clock->unix_ms(host);
}

berth_status Process::init(const berth_host* host, const berth_op* op) {
  {
    const std::lock_guard lock(remotes_mutex_);
    module_host_ = host;
  }
  const wire::Octets facts = wire::encode(facts_of(host));
  Request request{wire::Slot::kInit, nullptr, facts};
  wire::Octets octets;
  const berth_status status = call(op, request, octets);
  const std::lock_guard lock(remotes_mutex_);
  inited_ = status == BERTH_OK;
  return status;
}

berth_status Process::create_in(Running& running, const berth_op* op, Remote& remote,
                                wire::Created& created) {
  const wire::Octets arguments =
      wire::encode(wire::Create{facts_of(remote.host), remote.config_json});
  Request request{wire::Slot::kCreate, &remote, arguments};
  wire::Octets octets;
  const berth_status status = call_in(running, op, request, octets);
  if (octets.empty() && status != BERTH_OK) return status;
  if (!wire::decode(octets, created)) return distrust(op, running.generation);
  return status;
}

berth_status Process::create(const berth_host* host, const berth_op* op, berth_str config,
                             berth_instance** out) {
  for (const std::string& id : found_.provides) {
    if (proxy_of(id) != nullptr) continue;
    return fail(op, BERTH_UNSUPPORTED, "plugin.not_isolatable",
                "plugin " + options_.name + " provides " + id +
                    ", which cannot be called in another process; bind it with \"isolation\": "
                    "\"none\", or a plugin without it");
  }
  const auto running = serving();
  if (!running) return away(op);
  std::shared_ptr<Remote> remote;
  {
    const std::lock_guard lock(remotes_mutex_);
    remote = std::make_shared<Remote>(*this, next_remote_++, host, text_of(config));
    remotes_.push_back(remote);
  }
  wire::Created created;
  const berth_status status = create_in(*running, op, *remote, created);
  if (status != BERTH_OK || !created.made) {
    const std::lock_guard lock(remotes_mutex_);
    remotes_.remove(remote);
    return status;
  }
  for (const wire::Interface& theirs : created.interfaces) {
    const ProxyTable* proxy = proxy_of(theirs.id);
    if (proxy != nullptr && theirs.struct_size != 0) {
      remote->tables.push_back(table_of(*proxy, theirs));
    }
  }
  const std::lock_guard lock(remotes_mutex_);
  if (generation() != running->generation) {
    remotes_.remove(remote);
    return fail(op, BERTH_UNAVAILABLE, "plugin.process_died",
                "the process of plugin " + options_.name +
                    " ended when it had made the instance; it is started again",
                Backoff::kFirst);
  }
  remote->created = true;
  *out = remote->handle();
  return BERTH_OK;
}

berth_status Process::start(Remote& remote, const berth_op* op) {
  wire::Nothing nothing;
  std::uint64_t called = 0;
  const berth_status status =
      invoke(remote, op, wire::Slot::kStart, nothing, nothing, nullptr, &called);
  if (status != BERTH_OK) return status;
  const std::lock_guard lock(remotes_mutex_);
  if (generation() != called) {
    return fail(op, BERTH_UNAVAILABLE, "plugin.process_died",
                "the process of plugin " + options_.name +
                    " ended when it had started the instance; it is started again",
                Backoff::kFirst);
  }
  remote.started = true;
  return status;
}

void Process::destroy(Remote& remote) {
  const std::lock_guard restarting(restart_mutex_);
  InternalOp op(remote.host, "plugin-destroy", kDestroyTime);
  wire::Nothing nothing;
  // What it says does not matter: the instance is gone, or its process is.
  static_cast<void>(invoke(remote, op.abi(), wire::Slot::kDestroy, nothing, nothing));
  const std::lock_guard lock(remotes_mutex_);
  remotes_.remove_if([&](const auto& one) { return one.get() == &remote; });
}

}  // namespace berth::isolation
