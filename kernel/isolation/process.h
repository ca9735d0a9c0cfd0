// One plugin library in a process of its own, for one tenant: started, watched, started again.
//
// What the rest of the kernel sees is entry(): a berth_plugin_entry whose tables are proxies, so
// that instances and adapters do not know where the plugin runs. A call that meets a dead process
// fails with UNAVAILABLE and says when to come again:
//
//   plugin.process_died    it ended while the call was in flight; the outcome is unknown
//   plugin.process_away    it is being started again (Backoff), or cannot be; nothing was called
//   plugin.process_killed  DEADLINE_EXCEEDED: the call did not end within ProcessOptions::grace of
//                          its deadline, so the process was ended; the outcome is unknown
//   plugin.call_too_large  INVALID_ARGUMENT: the arguments do not fit one frame
//
// A process that starts again gets its instances back, created and started with their own
// configuration, before it serves.
//
// Thread-safe. Keeps two threads: one starts and watches the process, one reads its socket.

#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "berth/abi/host.h"
#include "kernel/base/result.h"
#include "kernel/isolation/backoff.h"
#include "kernel/isolation/channel.h"

namespace berth::isolation {

class Remote;

// How entry().init and create find their process: their host answers for this id with it. Hosts of
// plugins inside the kernel answer null, as for every id they do not know.
inline constexpr const char* kProcessInterface = "berth.kernel.process";

inline constexpr std::uint64_t kDefaultMemoryMb = 256;
inline constexpr std::uint32_t kMaxCalls = 128;  // at once in one process

struct ProcessOptions {
  std::filesystem::path program;  // berth-plugin-host
  std::string name;               // for messages: "softkeys.so for mvno-17"
  std::uint64_t memory_bytes = kDefaultMemoryMb << 20;
  bool network = false;
  std::vector<std::string> environment = {};  // "NAME=value"
  // How long a call may go on after its deadline before the process is ended.
  std::chrono::milliseconds grace{2000};
  std::chrono::milliseconds start_time{30'000};  // for a process and its instances to be there
};

enum class ProcessChange : std::uint8_t { kStarted = 1, kRestarted, kEnded, kNotRestarted };
struct ProcessEvent {
  ProcessChange change;
  const std::string& name;
  pid_t pid;  // 0: there was none
  std::string detail;
};
// On the watching thread; must not call the process.
// Empty: nobody is told.
using ProcessObserver = std::function<void(const ProcessEvent&)>;

struct ProcessStatus {
  pid_t pid = 0;  // 0: away
  std::uint64_t restarts = 0;
  std::string last_end = {};  // how it ended the last time
};

class Process {
 public:
  // Starts the process and has it load the library (a descriptor of sealed memory, borrowed for the
  // life of the Process). Failures: "plugin.process_start" (no such program, no sandbox),
  // "plugin.load_failed", "plugin.no_entry", "plugin.process_died" (it ended while it loaded).
  static Result<std::unique_ptr<Process>> start(int library, ProcessOptions options,
                                                ProcessObserver observer);
  // Ends the process. Instances must be gone.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // As the library's own entry says it, to be judged like any other. Lives as long as the Process.
  const berth_plugin_entry& entry() const { return entry_; }
  const ProcessOptions& options() const { return options_; }
  ProcessStatus status() const;

  // For the proxies. One call, with the plugin's story told to `op` and its answer in `answer`.
  // generation: 0 for whichever process serves now, else the one a handle belongs to; set to the
  // one that was called. remote: null for the module itself.
  struct Request {
    wire::Slot slot;
    const Remote* remote = nullptr;
    ByteView arguments = {};
    const AskHandler* ask = nullptr;
    std::uint64_t generation = 0;
  };
  berth_status call(const berth_op* op, Request& request, wire::Octets& answer);
  // What the process of that generation said is nonsense: ends it, and fails the call.
  berth_status distrust(const berth_op* op, std::uint64_t generation);
  // Which process serves now; 0: none.
  std::uint64_t generation() const;
  void close_key(const Remote& remote, std::uint64_t key, std::uint64_t generation);

  // For the entry's slots.
  berth_status init(const berth_host* host, const berth_op* op);
  berth_status create(const berth_host* host, const berth_op* op, berth_str config,
                      berth_instance** out);
  berth_status start(Remote& remote, const berth_op* op);
  void destroy(Remote& remote);

 private:
  struct Running;

  Process(int library, ProcessOptions options, ProcessObserver observer);
  void watch(const std::stop_token& stop, std::promise<Result<void>> first);
  // Starts a process and brings it to where the last one was.
  Result<std::shared_ptr<Running>> launch(const std::stop_token& stop);
  Result<void> greet(Running& running);
  Result<void> bring_back(Running& running);
  // Ends the process for certain; how it ended.
  std::string bury(Running& running);
  void serve(const std::shared_ptr<Running>& running);
  bool aside(Channel& channel, const wire::Frame& frame);

  berth_status call_in(Running& running, const berth_op* op, Request& request,
                       wire::Octets& answer);
  berth_status create_in(Running& running, const berth_op* op, Remote& remote,
                         wire::Created& created);
  berth_status away(const berth_op* op) const;
  std::shared_ptr<Running> serving() const;
  void describe(wire::Entry found);
  Error failure(std::string_view reason, const std::string& what) const;

  const int library_;
  const ProcessOptions options_;
  const ProcessObserver observer_;

  wire::Entry found_;
  std::vector<const char*> provides_;
  berth_plugin_entry entry_{};

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::shared_ptr<Running> running_;  // null: away
  std::chrono::steady_clock::time_point back_at_{};
  std::string trouble_;  // why it is away
  std::uint64_t generation_ = 0;
  std::uint64_t restarts_ = 0;

  // Held while instances are brought back, so that none goes meanwhile. Taken before the next.
  std::mutex restart_mutex_;
  // Instances in the order of their making. Held while a host is called about one of them, so
  // that none goes meanwhile; never during a call into the process.
  mutable std::mutex remotes_mutex_;
  std::list<std::shared_ptr<Remote>> remotes_;  // shared with a restart that brings them back
  std::uint32_t next_remote_ = 1;
  const berth_host* module_host_ = nullptr;  // since init was called
  bool inited_ = false;                      // and returned OK

  std::jthread watcher_;  // last: it uses all of the above
};

}  // namespace berth::isolation
