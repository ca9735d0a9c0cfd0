// berth-plugin-check: puts a built plugin to the proof, as a host would use it. Each question is
// asked in a process of its own; no host is needed.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>

#include "tools/berth-plugin-check/checks.h"

namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

}  // namespace

int main(int argc, char** argv) {
  using namespace berth::plugin_check;
  CheckRequest request;
  bool json = false;
  int seconds = 180;
  CLI::App app{"Puts a built plugin to the proof, as a host would use it."};
  app.set_version_flag("--version", "berth-plugin-check " BERTH_VERSION);
  app.add_option("LIBRARY", request.library, "x.so, its manifest beside it")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--config", request.configs,
                 "JSON; @PLACE@ in it is a new folder; a second one is another instance's")
      ->check(CLI::ExistingFile)
      ->allow_extra_args(false);
  app.add_option("--prepare", request.prepare, "Shell command run in each new folder");
  app.add_option("--trusted", request.trusted, "Public key a host trusts; then unsigned is refused")
      ->check(CLI::ExistingFile)
      ->allow_extra_args(false);
  app.add_option("--only", request.only,
                 "life, kit, threads, deadlines, cancellation, memory, instances or process")
      ->check(CLI::IsMember({"life", "kit", "threads", "deadlines", "cancellation", "memory",
                             "instances", "process"}))
      ->allow_extra_args(false);
  app.add_option("--replay", request.recorded,
                 "Events for a BSS connector, a JSON object a line; delivered in order, and again "
                 "after interruptions")
      ->check(CLI::ExistingFile);
  app.add_option("--timeout", seconds, "Seconds for each check, 1 to 3600")
      ->check(CLI::Range(1, 3600));
  app.add_flag("--json", json, "Print the findings as JSON");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    app.exit(error);
    return kExitUsage;
  }
  request.library = std::filesystem::absolute(request.library).string();
  request.time = std::chrono::seconds(seconds);
  const auto findings = run_checks(request, [&](const Finding& finding) {
    if (!json) std::cout << line_of(finding) << std::flush;
  });
  if (json) std::cout << json_of(request.library, findings);
  const bool ok =
      std::all_of(findings.begin(), findings.end(), [](const Finding& f) { return f.ok; });
  return ok ? 0 : kExitFailed;
}
