#include "tools/berth-plugin-check/child.h"

#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace {

using namespace berth::plugin_check;  // NOLINT
using std::chrono::milliseconds;

constexpr milliseconds kLong{60'000};

}  // namespace

TEST_CASE("a child tells its answer, however long, and ends", "[plugin-check]") {
  const std::string answer(300'000, 'x');
  const ChildEnd end = run_child([&] { tell(answer); }, kLong);
  CHECK(end.told == answer);
  CHECK_FALSE(end.timed_out);
  CHECK(end.signal == 0);
  CHECK(end.exit_code == 0);
}

TEST_CASE("an answer without an end is cut", "[plugin-check]") {
  const ChildEnd end = run_child([] { tell(std::string(2 * kMaxToldBytes, 'x')); }, kLong);
  CHECK(end.told.size() < kMaxToldBytes + 4096);
  CHECK_FALSE(end.timed_out);
}

TEST_CASE("a child that crashes or ends the process is seen", "[plugin-check]") {
  CHECK(run_child([] { ::raise(SIGKILL); }, kLong).signal == SIGKILL);
  CHECK(run_child([] { ::_exit(7); }, kLong).exit_code == 7);
}

TEST_CASE("a child that hangs is killed when its time is up, with what it started",
          "[plugin-check]") {
  const ChildEnd end = run_child(
      [] {
        tell("begun");
        if (::fork() == 0) {
          for (;;) ::pause();
        }
        for (;;) ::pause();
      },
      milliseconds(300));
  CHECK(end.timed_out);
  CHECK(end.told == "begun");
}

TEST_CASE("a grandchild that keeps the way to tell open is not waited for", "[plugin-check]") {
  const ChildEnd end = run_child(
      [] {
        if (::fork() == 0) {
          for (;;) ::pause();
        }
        tell("done");
      },
      kLong);
  CHECK_FALSE(end.timed_out);
  CHECK(end.told == "done");
}

TEST_CASE("a program is run with its arguments", "[plugin-check]") {
  CHECK(run_program({"/bin/sh", "-c", "printf \"$0\" >&3", "a b"}, kLong).told == "a b");
  CHECK(run_program({"/nowhere/program"}, kLong).exit_code == 127);
}
