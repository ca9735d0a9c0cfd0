#include "kernel/base/assert.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

namespace {

// The signal that ended a child which ran BERTH_ASSERT(condition), or 0 when it ended well.
int signal_of_assertion(bool condition) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    static_cast<void>(::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO));
    BERTH_ASSERT(condition);
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("a broken invariant aborts the process in every build", "[base]") {
  CHECK(signal_of_assertion(false) == SIGABRT);
  CHECK(signal_of_assertion(true) == 0);
}
