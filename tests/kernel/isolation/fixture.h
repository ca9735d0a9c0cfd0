// What the tests of processes share: a host to give instances, and one process with one instance.

#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "berth/abi/hsm.h"
#include "berth/abi/storage.h"
#include "kernel/isolation/internal_op.h"
#include "kernel/isolation/process.h"

namespace berth::isolation::testing {

inline constexpr std::chrono::seconds kPlenty{60};

// Whoever is isolated asks its host for the process, the log and the clock; here it gets the first.
struct TestHost {
  explicit TestHost(const Process* its_process = nullptr) : process(its_process) {
    host.struct_size = sizeof(host);
    host.host_data = this;
    host.get_interface = [](const berth_host* self, const char* id) noexcept -> const void* {
      const auto& me = *static_cast<const TestHost*>(self->host_data);
      return id == std::string_view(kProcessInterface) ? me.process : nullptr;
    };
  }
  const Process* process;
  berth_host host{};
};

// What a call came to.
struct Told {
  berth_status status = BERTH_OK;
  std::string reason = {};
  std::string content = {};
  bool ok() const { return status == BERTH_OK; }
};

inline int open_library(const std::string& name) {
  return ::open((std::string(BERTH_BAD_PLUGINS) + "/" + name + ".so").c_str(),
                O_RDONLY | O_CLOEXEC);
}

// A process with `does_as_told` (or another plugin) and a started instance of it.
class Subject {
 public:
  explicit Subject(ProcessOptions wanted = {}, const std::string& plugin = "does_as_told")
      : library_(open_library(plugin)) {
    if (wanted.program.empty()) wanted.program = BERTH_PLUGIN_HOST;
    wanted.name = plugin;
    auto started = Process::start(library_, wanted, [this](const ProcessEvent& event) {
      const std::lock_guard lock(mutex_);
      changes_.push_back(event.change);
    });
    if (!started) {
      refusal = started.error().reason();
      return;
    }
    process_ = std::move(*started);
    host_.process = process_.get();
    InternalOp op(nullptr, "init", kPlenty);
    if (process_->entry().init(&host_.host, op.abi()) == BERTH_OK) made = make("{}");
  }
  ~Subject() {
    if (instance != nullptr) process_->entry().destroy(instance);
    process_.reset();
    ::close(library_);
  }
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  // Creates and starts the instance.
  Told make(std::string_view config) {
    InternalOp op(nullptr, "create", kPlenty);
    const berth_plugin_entry& entry = process_->entry();
    berth_status status =
        entry.create(&host_.host, op.abi(), {config.data(), config.size()}, &instance);
    if (status == BERTH_OK) status = entry.start(instance, op.abi());
    return told(op, status);
  }

  Told get(std::string_view name, std::chrono::milliseconds time = kPlenty) {
    std::string content;
    berth_sink sink{&content, [](berth_sink* self, berth_bytes chunk) noexcept -> berth_status {
                      static_cast<std::string*>(self->ctx)->append(
                          reinterpret_cast<const char*>(chunk.data), chunk.len);
                      return BERTH_OK;
                    }};
    InternalOp op(nullptr, "get", time);
    const auto* table = this->table<berth_storage>(BERTH_STORAGE_V1);
    Told answer =
        told(op, table->get(instance, op.abi(), {name.data(), name.size()}, 0, 0, &sink, nullptr));
    answer.content = content;
    return answer;
  }
  // Until it answers again, for as long as a loaded machine may take.
  Told get_when_back(std::string_view name) {
    const auto until = std::chrono::steady_clock::now() + kPlenty;
    Told answer = get(name);
    while (!answer.ok() && std::chrono::steady_clock::now() < until) {
      ::usleep(20'000);
      answer = get(name);
    }
    return answer;
  }
  template <class Table>
  const Table* table(const char* id) {
    return static_cast<const Table*>(process_->entry().get_interface(instance, id));
  }
  Process& process() { return *process_; }
  std::vector<ProcessChange> changes() const {
    const std::lock_guard lock(mutex_);
    return changes_;
  }
  static Told told(const InternalOp& op, berth_status status) {
    if (status == BERTH_OK) return {};
    return {status, std::string(op.error().reason())};
  }

  std::string refusal;  // of the process itself
  Told made;
  berth_instance* instance = nullptr;

 private:
  int library_;
  mutable std::mutex mutex_;
  std::vector<ProcessChange> changes_;
  TestHost host_;
  std::unique_ptr<Process> process_;
};

}  // namespace berth::isolation::testing
