// berth-bench: measures a build of Berth and says whether it meets its bars.

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>

#include "tools/berth-bench/arguments.h"
#include "tools/berth-bench/suites.h"

namespace {

constexpr int kExitMissed = 1;
constexpr int kExitUsage = 2;
constexpr int kExitFailed = 3;

void say(const std::string& text) { std::fprintf(stderr, "berth-bench: %s\n", text.c_str()); }

int run(const berth::bench::Arguments& arguments) {
  using namespace berth::bench;  // NOLINT: the program is this room
  const auto suite = std::find_if(suites().begin(), suites().end(),
                                  [&](const Suite& one) { return one.name == arguments.suite; });
  Report report = suite->run({.berthd = std::filesystem::absolute(arguments.berthd),
                              .plugins = std::filesystem::canonical(arguments.plugins),
                              .postgres = arguments.postgres,
                              .smoke = arguments.smoke,
                              .report = arguments.report,
                              .say = say});
  std::printf("%s", to_text(report).c_str());
  if (arguments.json) std::printf("%s\n", to_json(report).c_str());
  return report.ok() || arguments.smoke ? 0 : kExitMissed;
}

}  // namespace

int main(int argc, char** argv) {
  // What the host logs while its stock is made is not what was asked for.
  spdlog::set_level(spdlog::level::err);
  try {
    const auto arguments = berth::bench::read_arguments(
        {argv + 1, argv + argc}, std::filesystem::read_symlink("/proc/self/exe"));
    if (!arguments) {
      std::fprintf(stderr, "berth-bench: %s\n%s", arguments.error().message().c_str(),
                   berth::bench::usage().c_str());
      return kExitUsage;
    }
    if (arguments->help) {
      std::printf("%s", berth::bench::usage().c_str());
      return 0;
    }
    return run(*arguments);
  } catch (const std::exception& failure) {
    say(failure.what());
    return kExitFailed;
  }
}
