// Goal: figures count only when the berthd they are of was in order to its end.

#include "tools/berth-bench/berthd_process.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "tools/berth-bench/temp_folder.h"

namespace {

using namespace berth::bench;  // NOLINT: a test of this room

// A program that gets ready like berthd and runs `at_stop` when it is asked to stop.
std::filesystem::path stand_in(const TempFolder& folder, const std::string& at_stop) {
  const std::filesystem::path file = folder.path() / "berthd";
  std::ofstream(file) << "#!/bin/sh\ntrap '" << at_stop << "' TERM\n"
                      << "echo berthd ready es9plus_port=1\nwhile :; do sleep 0.01; done\n";
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  return file;
}

}  // namespace

TEST_CASE("a berthd that does not end well is told with the last line of its log", "[bench]") {
  const TempFolder folder;
  BerthdProcess server(stand_in(folder, "echo its last words >&2; exit 66"),
                       folder.path() / "host.json");
  CHECK(server.es9_port() == 1);
  CHECK_THROWS_WITH(server.stop(), "berthd did not end well; its log: its last words");
}

TEST_CASE("a berthd that ends well ends without a word", "[bench]") {
  const TempFolder folder;
  BerthdProcess server(stand_in(folder, "exit 0"), folder.path() / "host.json");
  CHECK_NOTHROW(server.stop());
}

TEST_CASE("a berthd that is killed has no time for last words, and is gone", "[bench]") {
  const TempFolder folder;
  BerthdProcess server(stand_in(folder, "echo its last words >&2; exit 66"),
                       folder.path() / "host.json");
  server.kill_now();
  CHECK(server.pid() == -1);
  CHECK_THROWS_WITH(server.cpu_seconds(), "berthd is gone; see its log");
  // And what has ended is not ended again: its number may be somebody else's, or everybody's.
  CHECK_THROWS_WITH(server.stop(), "berthd has ended before");
  CHECK_THROWS_WITH(server.kill_now(), "berthd has ended before");
}
