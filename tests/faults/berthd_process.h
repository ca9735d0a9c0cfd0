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
  void kill_now();  // SIGKILL, and waits for the end

 private:
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace berth::faults
