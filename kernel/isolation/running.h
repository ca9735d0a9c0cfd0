// One life of a plugin's process. Private to this room.

#pragma once

#include <optional>
#include <stop_token>

#include "kernel/isolation/process.h"

namespace berth::isolation {

struct Process::Running {
  Running(int socket, Channel::Aside aside) : channel(socket, std::move(aside)) {}

  pid_t pid = 0;
  std::uint64_t generation = 0;
  std::chrono::steady_clock::time_point since{};  // when it began to serve
  Channel channel;
  std::jthread reader;
  std::optional<std::stop_callback<std::function<void()>>> stopping;
};

}  // namespace berth::isolation
