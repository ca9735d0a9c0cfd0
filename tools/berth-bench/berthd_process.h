// The real berthd as a child, and what the operating system says of it.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace berth::bench {

class BerthdProcess {
 public:
  // Returns when it says it is ready; throws when it does not get there. Its log goes to
  // "berthd.log" beside the configuration. It dies with the thread that made it.
  BerthdProcess(const std::filesystem::path& program, const std::filesystem::path& configuration);
  ~BerthdProcess();  // asks it to stop, waits
  // The same now. Throws when it does not end well: then it was not in order while it was measured.
  void stop();
  void kill_now();  // SIGKILL, and waits for the end
  BerthdProcess(const BerthdProcess&) = delete;
  BerthdProcess& operator=(const BerthdProcess&) = delete;

  pid_t pid() const { return pid_; }
  std::uint16_t es9_port() const { return port_; }
  // From the start of the process to its line "berthd ready".
  double ready_ms() const { return ready_ms_; }
  // User and system time of all its threads so far, also of those that ended, from the process'
  // CPU clock (clock_getcpuclockid): nanoseconds, not ticks.
  double cpu_seconds() const;
  // VmRSS and Threads of /proc/PID/status.
  double rss_mb() const;
  int threads() const;

 private:
  int end(int signal);  // what waitpid says of it
  long status_value(const std::string& name) const;
  pid_t pid_ = -1;
  std::filesystem::path log_file_;
  std::uint16_t port_ = 0;
  double ready_ms_ = 0;
};

}  // namespace berth::bench
