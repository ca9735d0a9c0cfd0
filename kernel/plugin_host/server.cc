#include "kernel/plugin_host/server.h"

#include <pthread.h>

#include <cstring>

#include "kernel/plugin_host/library.h"
#include "kernel/plugin_host/sandbox.h"

namespace berth::plugin_host {
namespace {

// Every table: uint32_t struct_size, uint32_t reserved, then functions.
constexpr std::size_t kWord = sizeof(void*);
constexpr std::size_t kMaxFunctions = 64;

wire::Interface facts_of(const std::string& id, const void* table) {
  wire::Interface facts{id};
  if (table == nullptr) return facts;
  std::memcpy(&facts.struct_size, table, sizeof(facts.struct_size));
  const auto* words = static_cast<const char*>(table);
  for (std::size_t slot = 0; slot < kMaxFunctions; ++slot) {
    const std::size_t at = (slot + 1) * kWord;
    if (at + kWord > facts.struct_size) break;
    void* function = nullptr;
    std::memcpy(&function, words + at, kWord);
    if (function != nullptr) facts.functions |= std::uint64_t{1} << slot;
  }
  return facts;
}

// What a close that is not done yet could make fail, or would find gone.
bool counts_on_closes(const wire::CallHead& head) {
  switch (static_cast<wire::Slot>(head.slot)) {
    case wire::Slot::kHsmOpenKey:
    case wire::Slot::kHsmGenerateKey:
    case wire::Slot::kHsmImportKey:
    case wire::Slot::kDestroy:
    case wire::Slot::kDeinit:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Server::run() {
  hello();
  work();
}

void Server::hello() {
  const wire::Frame frame = connection_.next();
  wire::CallHead head;
  wire::Hello wanted;
  if (frame.type != wire::Type::kCall || !wire::decode(frame.payload, head, wanted) ||
      static_cast<wire::Slot>(head.slot) != wire::Slot::kHello) {
    Connection::give_up();
  }
  max_threads_ = wanted.max_calls;
  RemoteOp op(head);
  wire::Octets entry;
  berth_status status = BERTH_OK;
  if (const auto refused = confine({wanted.memory_bytes, wanted.network, wanted.max_calls})) {
    status = op.fail(BERTH_UNAVAILABLE, "plugin.process_start",
                     "the system does not let a plugin's process be confined (" + *refused + ")");
  } else {
    entry_ = load_library(op);
    if (entry_ == nullptr) status = BERTH_INVALID_ARGUMENT;
    if (entry_ != nullptr) entry = wire::encode(describe(*entry_));
  }
  connection_.send(wire::encode_frame(wire::Type::kAnswer, frame.id, op.answer(status), entry));
}

void* Server::work_on_thread(void* server) { static_cast<Server*>(server)->work(); }

bool Server::start_thread() {
  if (threads_ > max_threads_) return false;
  pthread_t thread{};
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  const bool started = ::pthread_create(&thread, &attributes, &Server::work_on_thread, this) == 0;
  ::pthread_attr_destroy(&attributes);
  if (started) ++threads_;
  return started;
}

void Server::work() {
  for (;;) {
    ++idle_;
    std::unique_lock turn(turn_);
    --idle_;
    for (;;) {
      const wire::Frame frame = connection_.next();
      if (take_turn_off(turn, frame)) break;
    }
  }
}

bool Server::take_turn_off(std::unique_lock<std::mutex>& turn, const wire::Frame& frame) {
  if (frame.type == wire::Type::kCancel) {
    cancel(frame.id);
    return false;
  }
  const bool closes = frame.type == wire::Type::kCloseKey;
  if (!closes && frame.type != wire::Type::kCall) Connection::give_up();
  const std::uint64_t close = closes ? closes_.asked() : closes_.last();
  // Somebody must go on reading: a cancellation may come, or what the call itself asks for.
  if (idle_ == 0 && !start_thread()) {
    if (closes) {
      close_key(frame, close);
    } else {
      refuse_busy(frame);
    }
    return false;
  }
  turn.unlock();
  if (closes) {
    close_key(frame, close);
  } else {
    run_call(frame, close);
  }
  return true;
}

void Server::refuse_busy(const wire::Frame& frame) {
  RemoteOp op({});
  const berth_status status = op.fail(BERTH_RESOURCE_EXHAUSTED, "plugin.busy",
                                      "the plugin's process runs as many calls as it may");
  connection_.send(wire::encode_frame(wire::Type::kAnswer, frame.id, op.answer(status)));
}

void Server::cancel(std::uint64_t id) {
  const std::lock_guard lock(running_mutex_);
  const auto call = running_.find(id);
  if (call != running_.end()) call->second->cancel();
}

void Server::close_key(const wire::Frame& frame, std::uint64_t number) {
  wire::CloseKey wanted;
  if (!wire::decode(frame.payload, wanted)) Connection::give_up();
  if (const auto instance = find(wanted.instance)) {
    berth_hsm_key* key = instance->forget_key(wanted.key);
    const auto* table =
        static_cast<const berth_hsm*>(entry_->get_interface(instance->handle, BERTH_HSM_V1));
    if (key != nullptr && table != nullptr) table->close_key(instance->handle, key);
  }
  closes_.done(number);
}

void Server::run_call(const wire::Frame& frame, std::uint64_t closes_before) {
  wire::CallHead head;
  wire::Reader reader(frame.payload);
  reader(head);
  if (!reader.good()) Connection::give_up();
  RemoteOp op(head);
  {
    const std::lock_guard lock(running_mutex_);
    running_.emplace(frame.id, &op);
  }
  if (counts_on_closes(head)) closes_.await(closes_before);
  wire::Octets answer;
  const berth_status status = serve(head, op, frame.id, reader.rest(), answer);
  {
    const std::lock_guard lock(running_mutex_);
    running_.erase(frame.id);
  }
  connection_.send(wire::encode_frame(wire::Type::kAnswer, frame.id, op.answer(status), answer));
}

std::shared_ptr<Instance> Server::find(std::uint32_t id) const {
  const std::shared_lock lock(mutex_);
  const auto found = instances_.find(id);
  return found == instances_.end() ? nullptr : found->second;
}

berth_status Server::serve(const wire::CallHead& head, RemoteOp& op, std::uint64_t id,
                           ByteView arguments, wire::Octets& answer) {
  const auto slot = static_cast<wire::Slot>(head.slot);
  if (slot == wire::Slot::kInit) return init(op, arguments);
  if (slot == wire::Slot::kDeinit) {
    entry_->deinit();
    return BERTH_OK;
  }
  if (slot == wire::Slot::kCreate) return create(head.instance, op, arguments, answer);
  if (slot == wire::Slot::kDestroy) return destroy(head.instance);
  const std::shared_ptr<Instance> instance = find(head.instance);
  if (!instance) {
    return op.fail(BERTH_INTERNAL, "plugin.unknown_instance",
                   "the host named an instance that is gone");
  }
  RunningCall call{connection_, *entry_, *instance, op, id};
  if (slot == wire::Slot::kStart) return entry_->start(instance->handle, op.abi());
  if (slot == wire::Slot::kDrain) return entry_->drain(instance->handle, op.abi());
  if (slot >= wire::Slot::kBssCheckOrder) return serve_bss(slot, call, arguments, answer);
  if (slot >= wire::Slot::kRate) return serve_rating(call, arguments);
  if (slot >= wire::Slot::kRegisterEvent) return serve_registrar(slot, call, arguments, answer);
  if (slot >= wire::Slot::kStoragePut) return serve_storage(slot, call, arguments, answer);
  if (slot >= wire::Slot::kHsmLimits) return serve_hsm(slot, call, arguments, answer);
  return serve_health(call, answer);
}

berth_status Server::init(RemoteOp& op, ByteView arguments) {
  module_host_ =
      std::make_unique<HostProxy>(connection_, 0, read_arguments<wire::HostFacts>(arguments));
  return entry_->init(module_host_->abi(), op.abi());
}

berth_status Server::create(std::uint32_t id, RemoteOp& op, ByteView arguments,
                            wire::Octets& answer) {
  auto wanted = read_arguments<wire::Create>(arguments);
  auto instance = std::make_shared<Instance>(connection_, id, std::move(wanted.host));
  berth_instance* handle = nullptr;
  const berth_status status =
      entry_->create(instance->host(), op.abi(), abi(wanted.config_json), &handle);
  wire::Created created;
  if (status == BERTH_OK && handle != nullptr) {
    instance->handle = handle;
    created.made = true;
    for (const char* const* next = entry_->provides; next != nullptr && *next != nullptr; ++next) {
      created.interfaces.push_back(facts_of(*next, entry_->get_interface(handle, *next)));
    }
    const std::lock_guard lock(mutex_);
    instances_[id] = std::move(instance);
  }
  answer = wire::encode(created);
  return status;
}

berth_status Server::destroy(std::uint32_t id) {
  std::shared_ptr<Instance> instance = find(id);
  if (!instance) return BERTH_OK;
  {
    const std::lock_guard lock(mutex_);
    instances_.erase(id);
  }
  // The host makes no call of an instance that it destroys.
  entry_->destroy(instance->handle);
  return BERTH_OK;
}

}  // namespace berth::plugin_host
