// berth-door: hands connections on to the hosts and partners that the host file's tenants name.

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "kernel/ingress/local_listener.h"
#include "kernel/passthrough/door.h"
#include "kernel/passthrough/status.h"

namespace {

using namespace berth;               // NOLINT: main of this room
using namespace berth::passthrough;  // NOLINT

constexpr int kExitUsage = 2;
constexpr std::uint32_t kMaxStatusRequest = 4096;  // octets

sigset_t signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

int fail(const Error& error) {
  std::fprintf(stderr, "berth-door: %s (%s)\n", error.message().c_str(),
               std::string(error.reason()).c_str());
  return 1;
}

// Until it is told to stop; SIGHUP reads the files again, and a mistake in them changes nothing.
void serve(Door& door, const std::string& file) {
  const sigset_t set = signals();
  for (int signal = 0; sigwait(&set, &signal) == 0 && signal == SIGHUP;) {
    const auto loaded = tenancy::load_configuration(file);
    if (loaded) {
      door.change(std::make_shared<const Directory>(*loaded));
      spdlog::info("{} is read again", file);
    } else {
      spdlog::error("nothing changed: {}", loaded.error().message());
    }
  }
}

int run(const std::string& file) {
  const auto loaded = tenancy::load_configuration(file);
  if (!loaded) return fail(loaded.error());
  if (!loaded->host.door) {
    return fail({ErrorCode::kInvalidArgument, "passthrough.no_door",
                 file + ": door: is missing; say where devices connect (door.listen)"});
  }
  const tenancy::DoorConfiguration& configuration = *loaded->host.door;
  auto door = Door::start(configuration, std::make_shared<const Directory>(*loaded));
  if (!door) return fail(door.error());
  std::unique_ptr<ingress::LocalListener> status;
  if (!configuration.status_socket.empty()) {
    auto started = ingress::LocalListener::start(
        configuration.status_socket, kMaxStatusRequest,
        [&shown = **door](const ingress::HttpRequest& request) { return answer(shown, request); });
    if (!started) return fail(started.error());
    status = std::move(*started);
  }
  // One line a script can wait for.
  std::printf("berth-door ready port=%u\n", (*door)->port());
  std::fflush(stdout);
  serve(**door, file);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"berth-door: the common door before hosts and partners' SM-DP+"};
  std::string file = "berth.json";
  app.add_option("-c,--config", file, "The host's configuration file, with its member door")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& shown) {  // --help
    return app.exit(shown);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "berth-door: %s; see berth-door --help\n", error.what());
    return kExitUsage;
  }
  const sigset_t set = signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  spdlog::set_default_logger(spdlog::stderr_color_mt("berth-door"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  try {
    return run(file);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "berth-door: stopped by an unexpected failure: %s\n", failure.what());
    return 1;
  }
}
