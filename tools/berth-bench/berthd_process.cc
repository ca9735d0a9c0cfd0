#include "tools/berth-bench/berthd_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <stdexcept>

namespace berth::bench {
namespace {

// A line from the pipe; empty when the process ends first.
std::string read_line(int pipe) {
  std::string line;
  char octet = 0;
  while (::read(pipe, &octet, 1) == 1) {
    if (octet == '\n') return line;
    line.push_back(octet);
  }
  return {};
}

// Between fork and exec: system calls only.
[[noreturn]] void become(char* const* arguments, int output, int log) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execv(arguments[0], arguments);
  ::_exit(127);
}

std::string last_line_of(const std::filesystem::path& file) {
  std::ifstream input(file);
  std::string last;
  for (std::string line; std::getline(input, line);) last = line;
  return last;
}

}  // namespace

BerthdProcess::BerthdProcess(const std::filesystem::path& program,
                             const std::filesystem::path& configuration)
    : log_file_(configuration.parent_path() / "berthd.log") {
  std::array<int, 2> ends{};
  const int log = ::open(log_file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0 || ::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  std::string command = program.string();
  std::string option = "--config";
  std::string file = configuration.string();
  const std::array<char*, 4> arguments = {command.data(), option.data(), file.data(), nullptr};
  const auto begun = std::chrono::steady_clock::now();
  pid_ = ::fork();
  if (pid_ == 0) become(arguments.data(), ends[1], log);
  ::close(ends[1]);
  ::close(log);
  const std::string line = pid_ > 0 ? read_line(ends[0]) : std::string();
  ready_ms_ =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
  ::close(ends[0]);
  const std::string mark = "es9plus_port=";
  const std::size_t at = line.find(mark);
  if (at == std::string::npos) {
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
    throw std::runtime_error(command + " did not start: " + last_line_of(log_file_));
  }
  port_ = static_cast<std::uint16_t>(std::stoul(line.substr(at + mark.size())));
}

BerthdProcess::~BerthdProcess() {
  if (pid_ > 0) end(SIGTERM);
}

int BerthdProcess::end(int signal) {
  // kill(-1) would end every process of this user.
  if (pid_ <= 0) throw std::runtime_error("berthd has ended before");
  int status = 0;
  ::kill(pid_, signal);
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return status;
}

void BerthdProcess::stop() {
  const int status = end(SIGTERM);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  throw std::runtime_error("berthd did not end well; its log: " + last_line_of(log_file_));
}

void BerthdProcess::kill_now() { end(SIGKILL); }

double BerthdProcess::cpu_seconds() const {
  clockid_t clock = 0;
  timespec time{};
  if (pid_ <= 0 || ::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    throw std::runtime_error("berthd is gone; see its log");
  }
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

long BerthdProcess::status_value(const std::string& name) const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::stol(line.substr(name.size() + 1));
  }
  throw std::runtime_error("no " + name + " of berthd");
}

double BerthdProcess::rss_mb() const { return static_cast<double>(status_value("VmRSS")) / 1024; }
int BerthdProcess::threads() const { return static_cast<int>(status_value("Threads")); }

}  // namespace berth::bench
