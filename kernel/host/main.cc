// berthd: reads one configuration file, composes the host, serves until it is told to stop.

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "kernel/host/host.h"
#include "kernel/host/process.h"
#include "kernel/host/version.h"

namespace {
constexpr int kExitUsage = 2;
}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"berthd: the Berth host, an operator-hosted eSIM platform"};
  std::string configuration = "berth.json";
  std::string level = "info";
  app.add_option("-c,--config", configuration, "The host's configuration file")
      ->capture_default_str();
  app.add_option("--log-level", level, "How much to log")
      ->capture_default_str()
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  app.set_version_flag("--version", "berthd " + std::string(berth::host::kVersion));
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& shown) {  // --help, --version
    return app.exit(shown);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "berthd: %s; see berthd --help\n", error.what());
    return kExitUsage;
  }

  berth::host::block_stop_signals();
  berth::host::harden_process();
  spdlog::set_default_logger(spdlog::stderr_color_mt("berthd"));
  spdlog::set_level(spdlog::level::from_str(level));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);

  try {
    const berth::SystemClock clock;
    berth::SystemRandom random;
    auto host = berth::host::Host::start(configuration, clock, random);
    if (!host) {
      std::fprintf(stderr, "berthd: %s (%s)\n", host.error().message().c_str(),
                   std::string(host.error().reason()).c_str());
      return 1;
    }
    // One line a script can wait for.
    std::printf("berthd ready es9plus_port=%u operator_socket=%s\n", (*host)->es9_port(),
                (*host)->operator_socket().c_str());
    std::fflush(stdout);
    berth::host::wait_for_stop_signal();
    spdlog::info("stopping: no new connections, running requests finish");
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "berthd: stopped by an unexpected failure: %s\n", failure.what());
    return 1;
  }
  return 0;
}
