// The command line of berth-bench.

#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/result.h"

namespace berth::bench {

struct Arguments {
  std::string suite;  // one of suites()
  bool json = false;
  bool smoke = false;
  bool help = false;
  // Beside this program's own folder unless given.
  std::filesystem::path berthd;
  std::filesystem::path plugins;
  std::filesystem::path report;  // empty: none
  std::string postgres;          // the folder of a server's socket (scripts/postgres); empty: none
};

// `words` without the program's name; `program` is where it lies. "bench.usage" says what is wrong.
Result<Arguments> read_arguments(const std::vector<std::string>& words,
                                 const std::filesystem::path& program);
std::string usage();

}  // namespace berth::bench
