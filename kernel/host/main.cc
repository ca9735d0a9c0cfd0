// berthd: reads one configuration file, composes the host, serves until it is told to stop.

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "kernel/host/host.h"
#include "kernel/host/process.h"

int main(int argc, char** argv) {
  CLI::App app{"berthd: the Berth host, an operator-hosted eSIM platform"};
  std::string configuration = "berth.json";
  std::string level = "info";
  app.add_option("-c,--config", configuration, "The host's configuration file")
      ->capture_default_str();
  app.add_option("--log-level", level, "debug, info, warn or error")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

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
