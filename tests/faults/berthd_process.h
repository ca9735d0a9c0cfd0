// berthd as a process of its own, started on a configuration file and killed at will.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>

namespace berth::faults {

class BerthdProcess {
 public:
  // Returns when it is ready; throws when it does not get there.
  explicit BerthdProcess(const std::filesystem::path& configuration);
  ~BerthdProcess();  // kills it
  BerthdProcess(const BerthdProcess&) = delete;
  BerthdProcess& operator=(const BerthdProcess&) = delete;

  std::uint16_t es9_port() const { return port_; }
  pid_t pid() const { return pid_; }
  void kill_now();  // SIGKILL, and waits for the end
  void stop();      // SIGTERM, and waits until it has finished what runs
  // Ends it by this signal; did the system write a core?
  bool leaves_core(int signal);
  // After kill_now(): it had ended before, which to its clients looks just like being killed.
  bool ended_by_itself() const { return ended_by_itself_; }

 private:
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
  bool ended_by_itself_ = false;
};

}  // namespace berth::faults
