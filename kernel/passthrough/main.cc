// berth-door: hands connections on to the hosts and partners that the host file's tenants name.

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "kernel/ingress/local_listener.h"
#include "kernel/passthrough/door.h"
#include "kernel/passthrough/feed.h"
#include "kernel/passthrough/status.h"

namespace {

using namespace berth;               // NOLINT: main of this room
using namespace berth::passthrough;  // NOLINT

constexpr int kExitUsage = 2;
constexpr std::uint32_t kMaxStatusRequest = 4096;  // octets
constexpr timespec kLookEvery{1, 0};               // at the signed routes

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

void take_up(Door& door, Result<Feed::DirectoryPtr> read) {
  if (!read) {
    spdlog::error("nothing changed: {} [{}]", read.error().message(), read.error().reason());
    door.keep(read.error().message());
  } else if (*read != nullptr) {
    door.change(*std::move(read));
    const std::int64_t version = door.routes().version;
    spdlog::info("read again: {}",
                 version == 0 ? "the routes file" : "routes version " + std::to_string(version));
  }
}

// Until it is told to stop; SIGHUP reads the files again, and a mistake in them changes nothing.
void serve(Door& door, Feed& feed) {
  const sigset_t set = signals();
  for (;;) {
    const int signal = sigtimedwait(&set, nullptr, &kLookEvery);
    if (signal == SIGHUP) {
      take_up(door, feed.read());
    } else if (signal < 0) {  // the time is over, or a debugger came
      take_up(door, feed.look());
    } else {
      return;
    }
  }
}

int run(const std::string& file) {
  Feed feed(file);
  auto directory = feed.read();
  if (!directory) return fail(directory.error());
  const tenancy::DoorConfiguration configuration = feed.door();
  auto door = Door::start(configuration, *std::move(directory));
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
  serve(**door, feed);
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
