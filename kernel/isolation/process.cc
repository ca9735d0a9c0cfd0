// The life of the process: started, watched, started again. Its calls are in process_calls.cc.

#include "kernel/isolation/process.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernel/isolation/internal_op.h"
#include "kernel/isolation/remote.h"
#include "kernel/isolation/running.h"
#include "kernel/isolation/spawn.h"

namespace berth::isolation {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// For a module's own farewell, when everything else has gone.
constexpr milliseconds kFarewell{1000};

std::string how_it_ended(int status) {
  if (WIFEXITED(status)) return "it exited with code " + std::to_string(WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  const char* name = ::sigabbrev_np(number);
  return "signal " + std::to_string(number) + (name == nullptr ? "" : std::string(" SIG") + name);
}

}  // namespace

Process::Process(int library, ProcessOptions options, ProcessObserver observer)
    : library_(library),
      options_(std::move(options)),
      observer_(observer ? std::move(observer) : [](const ProcessEvent&) {}) {}

Result<std::unique_ptr<Process>> Process::start(int library, ProcessOptions options,
                                                ProcessObserver observer) {
  std::unique_ptr<Process> process(new Process(library, std::move(options), std::move(observer)));
  std::promise<Result<void>> first;
  auto started = first.get_future();
  process->watcher_ = std::jthread(
      [raw = process.get(), promise = std::move(first)](const std::stop_token& stop) mutable {
        raw->watch(stop, std::move(promise));
      });
  BERTH_TRY_VOID(started.get());
  return process;
}

Process::~Process() {
  if (const auto running = serving(); running && inited_) {
    InternalOp op(module_host_, "plugin-deinit", kFarewell);
    Request request{wire::Slot::kDeinit};
    wire::Octets ignored;
    static_cast<void>(call_in(*running, op.abi(), request, ignored));
  }
  watcher_.request_stop();
}

Error Process::failure(std::string_view reason, const std::string& what) const {
  return {ErrorCode::kUnavailable, reason, "the process of plugin " + options_.name + " " + what};
}

std::shared_ptr<Process::Running> Process::serving() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

std::uint64_t Process::generation() const {
  const auto running = serving();
  return running ? running->generation : 0;
}

ProcessStatus Process::status() const {
  const std::lock_guard lock(mutex_);
  return {running_ ? running_->pid : 0, restarts_, trouble_};
}

void Process::watch(const std::stop_token& stop, std::promise<Result<void>> first) {
  Backoff backoff;
  bool begun = false;
  while (!stop.stop_requested()) {
    auto launched = launch(stop);
    if (!launched && !begun) return first.set_value(std::move(launched).error());
    milliseconds served{0};
    std::string trouble;
    if (launched) {
      const std::shared_ptr<Running> running = *launched;
      const auto change = begun ? ProcessChange::kRestarted : ProcessChange::kStarted;
      observer_({change, options_.name, running->pid, trouble_});
      serve(running);
      if (!begun) first.set_value({});
      begun = true;
      running->reader.join();
      served = std::chrono::duration_cast<milliseconds>(steady_clock::now() - running->since);
      trouble = bury(*running);
      if (!stop.stop_requested()) {
        observer_({ProcessChange::kEnded, options_.name, running->pid, trouble});
      }
    } else {
      trouble = launched.error().message();
      if (!stop.stop_requested()) {
        observer_({ProcessChange::kNotRestarted, options_.name, 0, trouble});
      }
    }
    std::unique_lock lock(mutex_);
    const milliseconds wait = backoff.after_death(served);
    running_.reset();
    trouble_ = trouble;
    back_at_ = steady_clock::now() + wait;
    changed_.wait_until(lock, stop, back_at_, [] { return false; });
  }
}

void Process::serve(const std::shared_ptr<Running>& running) {
  const std::lock_guard lock(mutex_);
  if (running->generation > 1) ++restarts_;
  running_ = running;
}

Result<std::shared_ptr<Process::Running>> Process::launch(const std::stop_token& stop) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return failure("plugin.process_start",
                   std::string("could not be given a socket: ") + std::strerror(errno));
  }
  const auto pid = spawn({options_.program, ends[1], library_, options_.environment});
  ::close(ends[1]);
  if (!pid) {
    ::close(ends[0]);
    return pid.error();
  }
  auto running = std::make_shared<Running>(
      ends[0],
      [this](Channel& channel, const wire::Frame& frame) { return aside(channel, frame); });
  running->pid = *pid;
  {
    const std::lock_guard lock(mutex_);
    running->generation = ++generation_;
  }
  running->reader = std::jthread([raw = running.get()] { raw->channel.read_until_end(); });
  running->stopping.emplace(stop, [raw = running.get()] { raw->channel.end(); });
  Result<void> ready = greet(*running);
  if (ready) ready = bring_back(*running);
  if (!ready) {
    running->channel.end();
    running->reader.join();
    const std::string end = bury(*running);
    Error error = std::move(ready).error();
    if (error.reason() != "plugin.process_died") return error;
    return failure("plugin.process_died", "ended while it was started: " + end);
  }
  running->since = steady_clock::now();
  return running;
}

Result<void> Process::greet(Running& running) {
  InternalOp op(module_host_, "plugin-hello", options_.start_time);
  const wire::Octets hello =
      wire::encode(wire::Hello{options_.memory_bytes, options_.network, kMaxCalls});
  Request request{wire::Slot::kHello, nullptr, hello};
  wire::Octets octets;
  if (call_in(running, op.abi(), request, octets) != BERTH_OK) return op.error();
  wire::Entry found;
  if (!wire::decode(octets, found)) {
    return failure("plugin.process_died", "did not say what it loaded");
  }
  if (provides_.empty() && entry_.magic == 0) {
    describe(std::move(found));
  } else if (wire::encode(found) != wire::encode(found_)) {
    return failure("plugin.process_died", "loaded something else than the first time");
  }
  return {};
}

Result<void> Process::bring_back(Running& running) {
  const std::lock_guard restarting(restart_mutex_);
  std::vector<std::shared_ptr<Remote>> all;
  {
    const std::lock_guard lock(remotes_mutex_);
    if (!inited_) return {};  // nothing was there yet
    for (const auto& remote : remotes_) {
      if (remote->created) all.push_back(remote);
    }
  }
  InternalOp op(module_host_, "plugin-restart", options_.start_time);
  const wire::Octets facts = wire::encode(facts_of(module_host_));
  Request request{wire::Slot::kInit, nullptr, facts};
  wire::Octets octets;
  if (call_in(running, op.abi(), request, octets) != BERTH_OK) return op.error();
  for (const auto& remote : all) {
    InternalOp again(remote->host, "plugin-restart", options_.start_time);
    wire::Created created;
    if (create_in(running, again.abi(), *remote, created) != BERTH_OK) return again.error();
    if (!created.made) return failure("plugin.process_died", "made no instance any more");
    if (!remote->started) continue;
    InternalOp starting(remote->host, "plugin-restart", options_.start_time);
    Request start{wire::Slot::kStart, remote.get()};
    if (call_in(running, starting.abi(), start, octets) != BERTH_OK) return starting.error();
  }
  return {};
}

std::string Process::bury(Running& running) {
  running.channel.end();
  ::kill(running.pid, SIGKILL);  // whatever it still does
  int status = 0;
  while (::waitpid(running.pid, &status, 0) < 0 && errno == EINTR) {
  }
  return running.channel.overran() ? "the host ended it, since a call overran its deadline"
                                   : how_it_ended(status);
}

void Process::describe(wire::Entry found) {
  found_ = std::move(found);
  for (const std::string& id : found_.provides) provides_.push_back(id.c_str());
  provides_.push_back(nullptr);
  entry_ = proxy_entry();
  entry_.magic = found_.magic;
  entry_.struct_size = found_.struct_size;
  entry_.abi_major = static_cast<std::uint16_t>(found_.abi_major);
  entry_.abi_minor = static_cast<std::uint16_t>(found_.abi_minor);
  entry_.id = found_.id.c_str();
  entry_.version = found_.version.c_str();
  entry_.provides = provides_.data();
  leave_out(entry_, found_.functions);
}

}  // namespace berth::isolation
