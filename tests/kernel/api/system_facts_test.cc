#include "kernel/api/system_facts.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

using namespace berth::api;

TEST_CASE("the system's own numbers are plausible", "[api]") {
  CHECK(read_process_limits().open_files > 3);
  const auto space = read_disk_space(std::filesystem::temp_directory_path());
  REQUIRE(space.ok());
  CHECK(space->available_bytes <= space->total_bytes);
  CHECK_FALSE(read_disk_space("/nowhere/at/all").ok());
}

TEST_CASE("a file's permission bits are read, a missing file has none", "[api]") {
  const auto file = std::filesystem::temp_directory_path() / "berth-system-facts-test";
  std::ofstream(file) << "x";
  ::chmod(file.c_str(), 0640);
  CHECK(read_file_mode(file) == 0640u);
  std::filesystem::remove(file);
  CHECK_FALSE(read_file_mode(file));
  CHECK_FALSE(read_file_mode(std::filesystem::temp_directory_path()));
}
