#include "kernel/host/process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

namespace berth::host {
namespace {

// Runs `body` in a child; its exit code. The test's own process stays as it is.
template <class Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("a hardened process leaves no core and is not dumpable", "[host]") {
  CHECK(in_child([] {
          harden_process();
          rlimit core{1, 1};
          ::getrlimit(RLIMIT_CORE, &core);
          return core.rlim_cur == 0 && core.rlim_max == 0 ? 0 : 1;
        }) == 0);
  CHECK(in_child([] {
          harden_process();
          return ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
        }) == 0);
}

TEST_CASE("files of a hardened process are private by default", "[host]") {
  CHECK(in_child([] {
          harden_process();
          return static_cast<int>(::umask(0));
        }) == 077);
}

TEST_CASE("a peer that closed is an error code, not the end of the process", "[host]") {
  CHECK(in_child([] {
          harden_process();
          int ends[2];
          if (::pipe(ends) != 0) return 1;
          ::close(ends[0]);
          return ::write(ends[1], "x", 1) == -1 && errno == EPIPE ? 0 : 2;
        }) == 0);
}

TEST_CASE("a stop signal is waited for, not died of", "[host]") {
  for (const int signal : {SIGINT, SIGTERM}) {
    CHECK(in_child([signal] {
            block_stop_signals();
            ::raise(signal);
            wait_for_stop_signal();
            return 7;
          }) == 7);
  }
}

}  // namespace berth::host
