// A second softkeys for a small world, as the HSM that comes next.

#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/scenario/world.h"

namespace berth::host::testing {

inline nlohmann::json host_file(const scenario::World& world) {
  std::ifstream input(world.folder() / "host.json");
  return nlohmann::json::parse(input);
}

// Its binding; its keys lie in a folder `name` of the world.
inline nlohmann::json softkeys_in(const scenario::World& world, const std::string& name) {
  const std::filesystem::path folder = world.folder() / name;
  std::filesystem::create_directories(folder);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  return {
      {"library", host_file(world).at("hsm").at("library")},
      {"config",
       {{"folder", folder.string()}, {"masterKeyFile", (world.folder() / "keys.hex").string()}}}};
}

// A world whose host file names it as hsmNext.
inline void bind_next(scenario::World& world) {
  nlohmann::json host = host_file(world);
  host["hsmNext"] = softkeys_in(world, "next-keys");
  std::ofstream(world.folder() / "host.json") << host.dump();
  world.restart();
}

}  // namespace berth::host::testing
