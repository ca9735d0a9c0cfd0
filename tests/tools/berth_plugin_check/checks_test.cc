// Goal: what only shows while a plugin runs is found, by the check that is meant to, in a process
// of its own; and its author reads what to do.

#include "tools/berth-plugin-check/checks.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/kernel/manifest/plugin_folder.h"
#include "tests/tools/berth_plugin_check/bad_plugins.h"

namespace {

using namespace berth::plugin_check;           // NOLINT
using namespace berth::plugin_check::testing;  // NOLINT
using berth::manifest::testing::PluginFolder;
using Catch::Contains;
using Catch::StartsWith;

}  // namespace

TEST_CASE("a store that works passes every check", "[plugin-check][R13]") {
  for (const char* check :
       {"life", "threads", "deadlines", "cancellation", "memory", "instances", "process"}) {
    const Finding finding = ask("working", check);
    INFO(check << ": " << finding.detail);
    CHECK(finding.check == check);
    CHECK(finding.ok);
  }
}

TEST_CASE("what a plugin does to the whole process is told", "[plugin-check][R13]") {
  const std::vector<std::pair<const char*, const char*>> acts = {
      {"handles_signals",
       "it changed the handler of Broken pipe (signal 13): the process is not the plugin's"},
      {"sets_locale", "it changed the locale: the process is not the plugin's"},
      {"changes_folder", "it changed the current folder: the process is not the plugin's"},
      {"sets_environment", "it changed the environment: the process is not the plugin's"},
      {"forks", "it forked: a process with threads must not; start none"},
      {"exits", "it ended the process with exit(): the process is not the plugin's"},
      {"leaves_thread", "1 threads run on after destroy: join every thread there"},
      {"leaves_descriptor", "/dev/null is open after destroy: close it there"},
      {"lends_descriptor", "/dev/null is opened without O_CLOEXEC: a child would own it"}};
  for (const auto& [name, detail] : acts) {
    const Finding finding = ask(name, "process");
    INFO(name);
    CHECK_FALSE(finding.ok);
    CHECK(finding.detail == detail);
  }
}

TEST_CASE("a plugin that crashes or throws fails the check and ends nothing else",
          "[plugin-check][R13]") {
  const Finding crashed = ask("crashes", "threads");
  CHECK_FALSE(crashed.ok);
  CHECK(crashed.detail ==
        "it crashed with SIGSEGV: run it under a debugger, or build it with -fsanitize=address");
  const Finding thrown = ask("throws", "threads");
  CHECK_FALSE(thrown.ok);
  CHECK(thrown.detail ==
        "it ended the process with SIGABRT: an exception left its code, an assertion failed or "
        "memory was overwritten; catch everything before it crosses the C boundary, as berth::sdk "
        "does");
}

TEST_CASE("a call that never comes back is ended, and told as what it is", "[plugin-check][R13]") {
  CheckRequest request = request_for(bad_plugin("hangs"), "deadlines");
  request.time = std::chrono::seconds(5);
  const Finding finding = ask(request);
  CHECK_FALSE(finding.ok);
  CHECK(finding.detail ==
        "it had not come back after 5 s and was ended: a call hangs; poll op.cancelled() and give "
        "every wait a deadline");
}

TEST_CASE("a call that works on after its time or its caller is told", "[plugin-check][R13]") {
  const Finding late = ask("never_gives_up", "deadlines");
  CHECK_FALSE(late.ok);
  CHECK_THAT(late.detail, StartsWith("a call went on ") &&
                              Contains(" after its deadline: poll op.cancelled() in loops and "
                                       "before anything that blocks"));
  const Finding cancelled = ask("never_gives_up", "cancellation");
  CHECK_FALSE(cancelled.ok);
  CHECK_THAT(cancelled.detail, Contains(" after its caller gave up: poll op.cancelled()"));
}

TEST_CASE("memory left behind by calls or instances is counted", "[plugin-check][R13]") {
  const Finding calls = ask("leaks", "memory");
  CHECK_FALSE(calls.ok);
  // Each round gets twice; the allocator gives 112 octets for 100.
  CHECK_THAT(calls.detail, StartsWith("5000 rounds of calls left ") &&
                               Contains(" octets behind, 22") &&
                               Contains(" each: free what a call allocates; run your tests with "
                                        "-fsanitize=address"));
  const Finding instances = ask("leaks_instances", "memory");
  CHECK_FALSE(instances.ok);
  CHECK_THAT(instances.detail, StartsWith("50 instances left ") && Contains(" octets behind, 100"));
}

TEST_CASE("threads at the declared concurrency show what they share", "[plugin-check][R13]") {
  const PluginFolder folder;
  std::filesystem::copy_file(bad_plugin("races"), folder.library());
  nlohmann::json manifest = folder.honest();
  manifest["kind"] = "storage";
  manifest["provides"] = {"berth.storage/1", "berth.health/1"};
  // One call at a time, as declared: nothing to find.
  std::ofstream(folder.manifest()) << manifest;
  CHECK(ask(request_for(folder.library().string(), "threads")).ok);
  manifest["threading"] = {{"max_concurrency", 16}};
  std::ofstream(folder.manifest()) << manifest;
  const Finding finding = ask(request_for(folder.library().string(), "threads"));
  CHECK_FALSE(finding.ok);
  // Which of its answers is the first wrong one is chance.
  CHECK_THAT(
      finding.detail,
      StartsWith("get ") &&
          Contains("; this came up with 16 calls at once on 16 threads: lock what they share, "
                   "or declare less concurrency"));
}

TEST_CASE("instances that share state are told from those that do not", "[plugin-check][R13]") {
  const std::string file =
      (std::filesystem::temp_directory_path() / "berth-plugin-check-config.json").string();
  std::ofstream(file) << "{}";
  CheckRequest request = request_for(bad_plugin("shares_state"), "instances");
  request.configs = {file, file};
  CHECK(ask(request).detail ==
        "an object put into one instance is found in the other: instances share no state; no "
        "mutable globals");
  request.library = bad_plugin("working");
  CHECK(ask(request).detail == "two instances, interleaved, see nothing of each other");
  std::filesystem::remove(file);
}

TEST_CASE("failures without a story and missing functions are told", "[plugin-check][R13]") {
  CHECK(ask("fails_silently", "threads").detail ==
        "get returned status 4 and called op->fail 0 times: once when it fails, never when it "
        "succeeds; this came up with 1 calls at once on 16 threads: lock what they share, or "
        "declare less concurrency");
  CHECK(ask("no_list", "life").detail ==
        "the table of berth.storage/1 leaves out function 5: what you do not offer answers "
        "UNSUPPORTED");
}

TEST_CASE("recorded events are delivered in order, and again after interruptions",
          "[plugin-check][R13]") {
  const PluginFolder folder;
  const std::string config = (folder.path() / "config.json").string();
  const std::string recorded = (folder.path() / "events.jsonl").string();
  PluginFolder::write(config, R"({"folder":"@PLACE@/feed"})");
  std::string lines;
  for (int i = 1; i <= 35; ++i) {
    lines += nlohmann::json{{"sequence", i},
                            {"eventId", "event-" + std::to_string(i)},
                            {"type", "profileBound"},
                            {"event", {{"iccid", "8944000000000000019"}}}}
                 .dump() +
             "\n";
  }
  PluginFolder::write(recorded, lines);
  CheckRequest request = request_for(FILE_FEED_SO, "");
  request.only = {};
  request.configs = {config};
  request.recorded = recorded;
  Finding finding = ask(request);
  CHECK(finding.check == "replay");
  CHECK(finding.ok);
  CHECK(finding.detail ==
        "35 events: 35 delivered, 0 parked; 0 asked to come again, 1 batches came twice after an "
        "interruption");

  // A body that the feed cannot take is parked, and told.
  std::string large = lines;
  large += R"({"sequence":36,"eventId":"large","type":"profileBound","event":{"x":")" +
           std::string(300'000, 'x') + "\"}}\n";
  PluginFolder::write(recorded, large);
  finding = ask(request);
  CHECK(finding.ok);
  CHECK_THAT(finding.detail, StartsWith("36 events: 35 delivered, 1 parked;") &&
                                 Contains("\nparked: event 36 (large): bss.bad_event: "));

  PluginFolder::write(recorded, lines + "{}\n");
  finding = ask(request);
  CHECK_FALSE(finding.ok);
  CHECK(finding.detail ==
        "line 36 is no recorded event: one JSON object with sequence, eventId, type and event");
  request.library = bad_plugin("working");
  request.configs = {};
  CHECK(ask(request).detail ==
        "there is nothing to replay to this kind; BSS connectors take events");
}
