#include "kernel/isolation/spawn.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "kernel/wire/messages.h"

namespace berth::isolation {
namespace {

// Above every number that the new process will use, so that moving one does not overwrite another.
constexpr int kAside = 16;

class Actions {
 public:
  Actions() { ::posix_spawn_file_actions_init(&actions_); }
  ~Actions() { ::posix_spawn_file_actions_destroy(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class Attributes {
 public:
  Attributes() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    constexpr int kFlags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID;
    ::posix_spawnattr_setflags(&attributes_, static_cast<short>(kFlags));
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

// A copy of a descriptor under a number that is out of the way.
class Aside {
 public:
  explicit Aside(int descriptor) : number_(::fcntl(descriptor, F_DUPFD_CLOEXEC, kAside)) {}
  ~Aside() {
    if (number_ >= 0) ::close(number_);
  }
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

Error failed(const Spawn& wanted, int error) {
  return Error(ErrorCode::kUnavailable, "plugin.process_start",
               "no process for a plugin could be started with " + wanted.program.string() + ": " +
                   std::strerror(error) +
                   "; install berth-plugin-host beside berthd, or name it in plugins.hostProgram");
}

}  // namespace

Result<pid_t> spawn(const Spawn& wanted) {
  const Aside socket(wanted.socket);
  const Aside library(wanted.library);
  if (socket.number() < 0 || library.number() < 0) return failed(wanted, errno);
  Actions actions;
  for (int standard = 0; standard <= 2; ++standard) {
    ::posix_spawn_file_actions_addopen(actions.get(), standard, "/dev/null", O_RDWR, 0);
  }
  ::posix_spawn_file_actions_adddup2(actions.get(), socket.number(), wire::kSocketDescriptor);
  ::posix_spawn_file_actions_adddup2(actions.get(), library.number(), wire::kLibraryDescriptor);
  ::posix_spawn_file_actions_addclosefrom_np(actions.get(), wire::kLibraryDescriptor + 1);
  ::posix_spawn_file_actions_addchdir_np(actions.get(), "/");

  std::string name = "berth-plugin-host";
  char* arguments[] = {name.data(), nullptr};
  std::vector<std::string> words = wanted.environment;
  std::vector<char*> environment;
  for (std::string& word : words) environment.push_back(word.data());
  environment.push_back(nullptr);
  const Attributes attributes;
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, wanted.program.c_str(), actions.get(), attributes.get(),
                                  arguments, environment.data());
  if (error != 0) return failed(wanted, error);
  return pid;
}

}  // namespace berth::isolation
