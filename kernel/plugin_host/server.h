// Runs the host's calls, each on a thread of its own, up to a limit.
//
// Of the threads that have no call one reads the socket; when it gets a call it hands the reading
// on (starting another thread when none is idle) and runs the call itself, so that a call crosses
// no thread on its way in or out.

#pragma once

#include <map>
#include <memory>
#include <shared_mutex>

#include "kernel/plugin_host/instance.h"
#include "kernel/plugin_host/pending_closes.h"

namespace berth::plugin_host {

class Server {
 public:
  explicit Server(int socket) : connection_(socket) {}
  // Until the host goes; then the process ends.
  [[noreturn]] void run();

 private:
  void hello();
  [[noreturn]] void work();
  static void* work_on_thread(void* server);
  bool start_thread();
  // False: the frame was dealt with, read on. True: somebody else reads now.
  bool take_turn_off(std::unique_lock<std::mutex>& turn, const wire::Frame& frame);
  void run_call(const wire::Frame& frame, std::uint64_t closes_before);
  void refuse_busy(const wire::Frame& frame);
  void cancel(std::uint64_t id);
  void close_key(const wire::Frame& frame, std::uint64_t number);
  berth_status serve(const wire::CallHead& head, RemoteOp& op, std::uint64_t id, ByteView arguments,
                     wire::Octets& answer);
  berth_status init(RemoteOp& op, ByteView arguments);
  berth_status create(std::uint32_t id, RemoteOp& op, ByteView arguments, wire::Octets& answer);
  berth_status destroy(std::uint32_t id);
  std::shared_ptr<Instance> find(std::uint32_t id) const;

  Connection connection_;
  const berth_plugin_entry* entry_ = nullptr;
  std::unique_ptr<HostProxy> module_host_;
  std::uint32_t max_threads_ = 1;

  std::mutex turn_;  // to read
  std::atomic<std::uint32_t> idle_ = 0;
  std::atomic<std::uint32_t> threads_ = 1;

  mutable std::shared_mutex mutex_;
  std::map<std::uint32_t, std::shared_ptr<Instance>> instances_;
  PendingCloses closes_;
  std::mutex running_mutex_;
  std::map<std::uint64_t, RemoteOp*> running_;
};

}  // namespace berth::plugin_host
