// Goal: whatever a plugin's process does, it costs its own calls alone, and it comes back.

#include "kernel/isolation/process.h"

#include <signal.h>

#include <catch2/catch.hpp>
#include <thread>

#include "tests/kernel/isolation/fixture.h"

namespace {

using namespace berth;             // NOLINT
using namespace berth::isolation;  // NOLINT
using berth::isolation::testing::Subject;
using namespace std::chrono_literals;

pid_t pid_of(Subject& subject) { return static_cast<pid_t>(std::stol(subject.get("pid").content)); }

}  // namespace

TEST_CASE("a plugin runs in a process of its own and answers as it would at home", "[isolation]") {
  Subject subject;
  REQUIRE(subject.made.ok());
  CHECK(pid_of(subject) != ::getpid());
  CHECK(pid_of(subject) == subject.process().status().pid);
  CHECK(subject.process().entry().id == std::string_view("org.example.test"));
  CHECK(subject.process().entry().magic == BERTH_PLUGIN_MAGIC);
}

TEST_CASE("a process that cannot be started says what to do", "[isolation]") {
  ProcessOptions nowhere;
  nowhere.program = "/nowhere/berth-plugin-host";
  CHECK(Subject(nowhere).refusal == "plugin.process_start");
  ProcessOptions wrong;
  wrong.program = "/bin/true";  // ends without a word
  CHECK(Subject(wrong).refusal == "plugin.process_died");
  CHECK(Subject({}, "missing_symbol").refusal == "plugin.load_failed");
  CHECK(Subject({}, "no_entry").refusal == "plugin.no_entry");
}

TEST_CASE(
    "a call in flight fails when its process is killed, and the next ones are told when to "
    "come again until it is back",
    "[isolation]") {
  Subject subject;
  const pid_t first = pid_of(subject);
  std::thread killer([&] {
    ::usleep(50'000);
    ::kill(first, SIGKILL);
  });
  const auto hung = subject.get("hang");
  killer.join();
  CHECK(hung.status == BERTH_UNAVAILABLE);
  CHECK(hung.reason == "plugin.process_died");

  const auto back = subject.get_when_back("pid");
  REQUIRE(back.ok());
  CHECK(back.content != std::to_string(first));
  const auto status = subject.process().status();
  CHECK(status.restarts == 1);
  CHECK(status.last_end == "signal 9 SIGKILL");
  CHECK(subject.changes() ==
        std::vector{ProcessChange::kStarted, ProcessChange::kEnded, ProcessChange::kRestarted});
}

TEST_CASE("while a process is away calls fail at once", "[isolation]") {
  Subject subject;
  // The third death in a row keeps it away for 400 ms, long enough to look.
  for (int i = 0; i < 3; ++i) {
    REQUIRE(subject.get_when_back("pid").ok());
    CHECK(subject.get("crash").reason == "plugin.process_died");
  }
  const auto before = std::chrono::steady_clock::now();
  std::string reason;
  while (reason != "plugin.process_away" && std::chrono::steady_clock::now() - before < 10s) {
    reason = subject.get("pid").reason;
  }
  CHECK(reason == "plugin.process_away");
  CHECK(subject.get_when_back("pid").ok());
}

TEST_CASE("a call that does not end after its deadline ends its process", "[isolation]") {
  ProcessOptions options;
  options.grace = 100ms;
  Subject subject(options);
  const auto before = std::chrono::steady_clock::now();
  const auto hung = subject.get("hang", 50ms);
  CHECK(std::chrono::steady_clock::now() - before >= 150ms);
  CHECK(hung.status == BERTH_DEADLINE_EXCEEDED);
  CHECK(hung.reason == "plugin.process_killed");
  CHECK(subject.get_when_back("pid").ok());
  CHECK(subject.process().status().last_end.find("overran") != std::string::npos);
}

TEST_CASE("crashes, exits, closed sockets and nonsense end that process alone", "[isolation]") {
  Subject other;
  const pid_t before = pid_of(other);
  Subject subject;
  for (const char* told : {"crash", "exit", "babble", "throw-everything-away"}) {
    INFO(told);
    CHECK(subject.get(told).reason == "plugin.process_died");
    CHECK(subject.get_when_back("pid").ok());
  }
  CHECK(subject.process().status().restarts == 4);
  CHECK(pid_of(other) == before);
}

TEST_CASE("a crash while an instance is made is an answer, and the process comes back",
          "[isolation]") {
  Subject subject;
  berth_instance* good = subject.instance;
  const auto crashed = subject.make("crash in create");
  CHECK(crashed.status == BERTH_UNAVAILABLE);
  CHECK(crashed.reason == "plugin.process_died");
  subject.instance = good;
  CHECK(subject.get_when_back("pid").ok());
}

TEST_CASE("an isolated plugin sees nothing of its host's process", "[isolation]") {
  ProcessOptions options;
  options.environment = {"TOKEN_FOLDER=/srv/tokens"};
  Subject subject(options);
  const auto seen = subject.get("descriptors").content;
  // Three times nothing, the socket, the library.
  CHECK(std::count(seen.begin(), seen.end(), '\n') == 5);
  CHECK(seen.find("0=/dev/null") != std::string::npos);
  CHECK(seen.find("2=/dev/null") != std::string::npos);
  CHECK(seen.find("3=socket:") != std::string::npos);
  CHECK(subject.get("surroundings").content ==
        "env TOKEN_FOLDER=/srv/tokens\ncwd /\ncore 0\ndumpable 0\nno-new-privileges 1\n");
}

TEST_CASE("an isolated plugin opens no sockets unless the network is granted", "[isolation]") {
  const std::string refused = "refused " + std::to_string(EPERM);
  Subject closed;
  CHECK(closed.get("inet").content == refused);
  CHECK(closed.get("inet6").content == refused);
  CHECK(closed.get("unix").content == refused);
  ProcessOptions options;
  options.network = true;
  Subject open(options);
  CHECK(open.get("inet").content == "allowed");
  CHECK(open.get("unix").content == refused);
}

TEST_CASE("an isolated plugin makes threads, but no processes, and reaches no other process",
          "[isolation]") {
  const std::string refused = "refused " + std::to_string(EPERM);
  Subject subject;
  CHECK(subject.get("thread").content == "a thread");
  for (const char* told : {"fork", "execute", "signal-parent", "trace-parent", "io-uring"}) {
    INFO(told);
    CHECK(subject.get(told).content == refused);
  }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("an isolated plugin gets no more memory than its binding says", "[isolation]") {
  ProcessOptions options;
  options.memory_bytes = std::uint64_t{64} << 20;
  Subject subject(options);
  const auto got = subject.get("memory");
  REQUIRE(got.ok());
  CHECK(std::stoul(got.content) >= 32);
  // The stacks of the threads that it may have count as well.
  CHECK(std::stoul(got.content) <= 64 + kMaxCalls + 16);
}
#endif

TEST_CASE("many calls run at once in one process", "[isolation]") {
  Subject subject;
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 8; ++i) {
      callers.emplace_back([&] {
        for (int n = 0; n < 50; ++n) good += subject.get("thread").content == "a thread" ? 1 : 0;
      });
    }
  }
  CHECK(good == 400);
}

TEST_CASE("an instance lists more names than one frame holds", "[isolation]") {
  Subject subject;
  const auto* table = subject.table<berth_storage>(BERTH_STORAGE_V1);
  std::vector<std::string> names;
  InternalOp op(nullptr, "list", testing::kPlenty);
  const auto emit = [](void* ctx, berth_str name,
                       const berth_object_info* info) noexcept -> berth_status {
    auto& all = *static_cast<std::vector<std::string>*>(ctx);
    if (info->size != all.size()) return BERTH_INTERNAL;
    all.emplace_back(name.data, name.len);
    return all.size() < 20 ? BERTH_OK : BERTH_ABORTED;
  };
  CHECK(table->list(subject.instance, op.abi(), {}, {}, 30, &names, emit) == BERTH_ABORTED);
  CHECK(names.size() == 20);
}

TEST_CASE("the wait before a restart doubles up to its longest and is forgiven after long service",
          "[isolation]") {
  Backoff backoff;
  CHECK(backoff.after_death(0ms) == 100ms);
  CHECK(backoff.after_death(5s) == 200ms);
  CHECK(backoff.after_death(0ms) == 400ms);
  for (int i = 0; i < 20; ++i) static_cast<void>(backoff.after_death(0ms));
  CHECK(backoff.after_death(0ms) == 30s);
  CHECK(backoff.after_death(60s) == 100ms);
}
