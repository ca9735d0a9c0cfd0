// What belongs to the whole process and so to no plugin: compared before and after, and watched.

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <clocale>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "kit/runner/checks.h"

namespace berth::kit::runner {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kRounds = 20;
constexpr std::chrono::seconds kLinger{5};  // a joined thread may stand in /proc a moment longer

std::atomic<int> forks{0};

std::map<std::string, std::string> state_of_process() {
  std::map<std::string, std::string> state;
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) != 0) continue;
    const auto handler = reinterpret_cast<std::uintptr_t>(action.sa_handler);
    state["the handler of " + std::string(::strsignal(number)) + " (signal " +
          std::to_string(number) + ")"] = std::to_string(handler);
  }
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  std::string blocked;
  for (int number = 1; number < NSIG; ++number) {
    if (::sigismember(&mask, number) == 1) blocked += std::to_string(number) + " ";
  }
  state["the signal mask of the thread that called"] = blocked;
  state["the locale"] = std::setlocale(LC_ALL, nullptr);
  state["the current folder"] = fs::current_path().string();
  std::string environment;
  for (char** one = environ; *one != nullptr; ++one) environment += std::string(*one) + "\n";
  state["the environment"] = environment;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Umask:")) state["the umask"] = line;
  }
  return state;
}

// The first thing that is not as it was; empty: nothing.
std::string changed(const std::map<std::string, std::string>& before) {
  for (const auto& [what, value] : state_of_process()) {
    const auto found = before.find(what);
    if (found == before.end() || found->second != value) return what;
  }
  return {};
}

std::size_t threads() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& one : fs::directory_iterator("/proc/self/task")) ++count;
  return count;
}

std::map<std::string, std::string> descriptors() {
  std::map<std::string, std::string> open;
  for (const auto& one : fs::directory_iterator("/proc/self/fd")) {
    std::error_code closed;  // the iterator's own
    const fs::path target = fs::read_symlink(one.path(), closed);
    if (!closed && target.string().find("/proc/") != 0) {
      open[one.path().filename().string()] = target.string();
    }
  }
  return open;
}

std::string inherited(const std::map<std::string, std::string>& before) {
  for (const auto& [number, target] : descriptors()) {
    if (before.contains(number)) continue;
    const int flags = ::fcntl(std::stoi(number), F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0) return target;
  }
  return {};
}

std::string children() {
  std::string all;
  for (const auto& task : fs::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "children");
    for (std::string id; file >> id;) all += id + " ";
  }
  return all;
}

// Nothing of an instance is left once it is destroyed.
std::string left(std::size_t threads_before, const std::map<std::string, std::string>& open) {
  const auto end = std::chrono::steady_clock::now() + kLinger;
  while (threads() > threads_before && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  if (threads() > threads_before) {
    return std::to_string(threads() - threads_before) +
           " threads run on after destroy: join every thread there";
  }
  for (const auto& [number, target] : descriptors()) {
    if (!open.contains(number)) return target + " is open after destroy: close it there";
  }
  const std::string running = children();
  if (!running.empty()) return "it left child processes: " + running + "; start none";
  return {};
}

}  // namespace

Verdict check_process(const Subject& subject) {
  // glibc's system() and posix_spawn() run no such handler, so what prepares folders is not
  // counted.
  ::pthread_atfork([] { ++forks; }, nullptr, nullptr);
  const auto before = state_of_process();
  const std::size_t threads_before = threads();
  const auto open_before = descriptors();
  std::map<std::string, std::string> open_after;
  for (int instance = 0; instance < 3; ++instance) {
    Worker worker(subject);
    for (std::uint64_t number = 0; number < kRounds; ++number) {
      worker.exercise().round(worker.caller(), number);
    }
    std::string wrong = changed(before);
    if (!wrong.empty()) return {false, "it changed " + wrong + ": the process is not the plugin's"};
    wrong = inherited(open_before);
    if (!wrong.empty())
      return {false, wrong + " is opened without O_CLOEXEC: a child would own it"};
    if (forks > 0) return {false, "it forked: a process with threads must not; start none"};
    worker.end();
    // What a library keeps open once for the process is no leak; one more for each instance is.
    if (instance == 0) open_after = descriptors();
    wrong = left(threads_before, open_after);
    if (!wrong.empty()) return {false, wrong};
  }
  const std::string wrong = changed(before);
  if (!wrong.empty()) return {false, "it changed " + wrong + ": the process is not the plugin's"};
  return {true, "signals, locale, folder, environment, threads and descriptors are as they were"};
}

}  // namespace berth::kit::runner
