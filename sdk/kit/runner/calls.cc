// Threads, deadlines, cancellation: the same rounds under other circumstances.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <semaphore>
#include <thread>
#include <vector>

#include "kit/runner/checks.h"

namespace berth::kit::runner {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kThreads = 16;
constexpr std::uint64_t kRoundsEach = 40;
constexpr std::chrono::seconds kThreadsTime{20};  // then fewer rounds have to do
// A call whose time is up may finish a step; a busy machine is slow at that.
constexpr std::chrono::seconds kPromptly{5};
constexpr std::chrono::milliseconds kShort{50};

std::string seconds(Clock::duration time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count() /
                        1000) +
         " s";
}

bool fair_when_late(berth_status status) {
  return status == BERTH_OK || status == BERTH_CANCELLED || status == BERTH_DEADLINE_EXCEEDED;
}

// Empty when `work` came back soon after `end`, and fit for more.
template <class Work>
std::string returns_promptly(Worker& worker, Caller& caller, Clock::time_point end,
                             const char* what, Work&& work) {
  const berth_status status = work(caller);
  const auto late = Clock::now() - end;
  if (late > kPromptly) {
    return std::string("a call went on ") + seconds(late) + " after " + what +
           ": poll op.cancelled() in loops and before anything that blocks";
  }
  if (!caller.violation().empty()) return caller.violation();
  if (!fair_when_late(status)) {
    return std::string("after ") + what + " a call failed as " + caller.failure() +
           "; CANCELLED or DEADLINE_EXCEEDED is what its caller understands";
  }
  if (worker.exercise().round(worker.caller(), 1) != BERTH_OK) {
    return std::string("after ") + what +
           " the instance no longer works: " + worker.caller().failure() +
           worker.caller().violation();
  }
  return {};
}

}  // namespace

Verdict check_threads(const Subject& subject) {
  Worker worker(subject);
  const std::uint32_t wanted = worker.exercise().concurrency(worker.caller());
  const std::uint32_t declared =
      wanted == 0 ? subject.concurrency : std::min(wanted, subject.concurrency);
  std::counting_semaphore<kThreads> in_flight(std::clamp(declared, 1u, kThreads));
  std::atomic<std::uint64_t> number{0};
  std::atomic<bool> failed{false};
  const auto end = Clock::now() + kThreadsTime;
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (std::uint64_t n = 0; n < kRoundsEach && !failed && Clock::now() < end; ++n) {
        in_flight.acquire();
        if (worker.exercise().round(worker.caller(), ++number) != BERTH_OK) failed = true;
        in_flight.release();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string wrong = worker.caller().violation();
  if (failed || !wrong.empty()) {
    return {false, (wrong.empty() ? worker.caller().failure() : wrong) + "; this came up with " +
                       std::to_string(std::min(declared, kThreads)) + " calls at once on " +
                       std::to_string(kThreads) +
                       " threads: lock what they share, or declare less concurrency"};
  }
  return {true, std::to_string(number) + " rounds on " + std::to_string(kThreads) + " threads, " +
                    std::to_string(std::min(declared, kThreads)) + " at once"};
}

Verdict check_deadlines(const Subject& subject) {
  Worker worker(subject);
  Caller passed;
  passed.set_deadline(system_monotonic_ns() - 1);
  std::string wrong = returns_promptly(worker, passed, Clock::now(), "a deadline that had passed",
                                       [&](Caller& c) { return worker.exercise().round(c, 2); });
  if (!wrong.empty()) return {false, wrong};
  Caller brief;
  const auto end = Clock::now() + kShort;
  brief.set_deadline(system_monotonic_ns() + std::chrono::nanoseconds(kShort).count());
  wrong = returns_promptly(worker, brief, end, "its deadline", [&](Caller& c) {
    return worker.exercise().long_call(c) ? BERTH_OK : worker.exercise().round(c, 3);
  });
  if (!wrong.empty()) return {false, wrong};
  return {true, "calls come back when their time is up, and the instance works on"};
}

Verdict check_cancellation(const Subject& subject) {
  Worker worker(subject);
  Caller caller;
  std::atomic<Clock::rep> given_up{0};
  std::thread impatient([&] {
    std::this_thread::sleep_for(kShort);
    given_up = Clock::now().time_since_epoch().count();
    caller.cancel();
  });
  const bool has_long_call = worker.exercise().long_call(caller);
  impatient.join();
  const Clock::time_point at{Clock::duration(given_up.load())};
  std::string wrong = returns_promptly(worker, caller, at, "its caller gave up", [&](Caller& c) {
    return has_long_call ? BERTH_OK : worker.exercise().round(c, 2);
  });
  if (!wrong.empty()) return {false, wrong};
  return {true, has_long_call ? "a long call ends when its caller gives up"
                              : "calls that nobody waits for any more come back"};
}

}  // namespace berth::kit::runner
