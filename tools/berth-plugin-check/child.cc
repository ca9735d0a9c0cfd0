#include "tools/berth-plugin-check/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace berth::plugin_check {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTellDescriptor = 3;
constexpr int kNoProgram = 127;

[[noreturn]] void failed(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

[[noreturn]] void be_child(int tell_descriptor, const std::function<void()>& work) {
  ::setpgid(0, 0);
  const struct rlimit no_core { 0, 0 };
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  if (tell_descriptor == kTellDescriptor) {
    ::fcntl(tell_descriptor, F_SETFD, 0);
  } else {
    ::dup2(tell_descriptor, kTellDescriptor);
    ::close(tell_descriptor);
  }
  work();
  ::_exit(0);
}

// Takes what is there; false at the end of what is told.
bool take(int descriptor, std::string& told) {
  std::array<char, 4096> chunk;
  const ssize_t got = ::read(descriptor, chunk.data(), chunk.size());
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  if (got > 0 && told.size() < kMaxToldBytes)
    told.append(chunk.data(), static_cast<std::size_t>(got));
  return got > 0;
}

// Until the child has ended, or its time has. True: it ended.
bool listen(int descriptor, int process, Clock::time_point end, std::string& told) {
  for (bool open = true;;) {
    std::array<pollfd, 2> watched{{{process, POLLIN, 0}, {open ? descriptor : -1, POLLIN, 0}}};
    const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    if (rest.count() <= 0) return false;
    const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(rest.count()));
    if (ready < 0 && errno != EINTR) failed("poll");
    if (ready <= 0) continue;
    if (watched[1].revents != 0) open = take(descriptor, told);
    if (watched[0].revents != 0 && watched[1].revents == 0) return true;
  }
}

}  // namespace

ChildEnd run_child(const std::function<void()>& work, std::chrono::milliseconds time) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0) failed("pipe2");
  const pid_t child = ::fork();
  if (child < 0) failed("fork");
  if (child == 0) {
    ::fcntl(pipe[1], F_SETFL, 0);  // the child waits while its answer is read
    be_child(pipe[1], work);
  }
  ::setpgid(child, child);
  ::close(pipe[1]);
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  if (process < 0) failed("pidfd_open");
  ChildEnd result;
  result.timed_out = !listen(pipe[0], process, Clock::now() + time, result.told);
  ::kill(-child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ::close(process);
  ::close(pipe[0]);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  return result;
}

ChildEnd run_program(const std::vector<std::string>& arguments, std::chrono::milliseconds time) {
  std::vector<char*> raw;
  for (const std::string& argument : arguments) raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  return run_child(
      [&] {
        ::execv(raw[0], raw.data());
        ::_exit(kNoProgram);
      },
      time);
}

void tell(const std::string& answer) {
  std::size_t done = 0;
  while (done < answer.size()) {
    const ssize_t written = ::write(kTellDescriptor, answer.data() + done, answer.size() - done);
    if (written < 0 && errno != EINTR) return;
    if (written > 0) done += static_cast<std::size_t>(written);
  }
}

}  // namespace berth::plugin_check
