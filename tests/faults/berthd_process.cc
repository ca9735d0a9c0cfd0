#include "tests/faults/berthd_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>

extern char** environ;

namespace berth::faults {
namespace {

// The line "berthd ready es9plus_port=N …" from the pipe; empty when the process ends first.
std::string read_line(int pipe) {
  std::string line;
  char octet = 0;
  while (::read(pipe, &octet, 1) == 1) {
    if (octet == '\n') return line;
    line.push_back(octet);
  }
  return {};
}

}  // namespace

BerthdProcess::BerthdProcess(const std::filesystem::path& configuration) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string program = BERTHD_PATH;
  std::string option = "--config";
  std::string file = configuration.string();
  std::string level_option = "--log-level";
  std::string level = "error";
  const std::array<char*, 6> arguments = {program.data(),      option.data(), file.data(),
                                          level_option.data(), level.data(),  nullptr};
  const int failed =
      ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  const std::string line = failed == 0 ? read_line(ends[0]) : std::string();
  ::close(ends[0]);
  const std::string mark = "es9plus_port=";
  const std::size_t at = line.find(mark);
  if (at == std::string::npos) {
    kill_now();
    throw std::runtime_error("berthd did not start: " + line);
  }
  port_ = static_cast<std::uint16_t>(std::stoul(line.substr(at + mark.size())));
}

BerthdProcess::~BerthdProcess() { kill_now(); }

void BerthdProcess::kill_now() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  ended_by_itself_ = !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL;
  pid_ = -1;
}

void BerthdProcess::stop() { leaves_core(SIGTERM); }

bool BerthdProcess::leaves_core(int signal) {
  // kill(-1) would end every process of this user.
  if (pid_ <= 0) throw std::logic_error("berthd has ended before");
  ::kill(pid_, signal);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFSIGNALED(status) && WCOREDUMP(status);
}

}  // namespace berth::faults
