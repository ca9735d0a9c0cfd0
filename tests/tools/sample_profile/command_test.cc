#include "tools/sample-profile/command.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "tests/tools/sample_profile/support.h"

using namespace berth;                        // NOLINT: the tests name nearly everything in it
using namespace berth::sample_profile;        // NOLINT
using namespace berth::sample_profile::test;  // NOLINT
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "berth-test-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path path;
};

struct Outcome {
  int status;
  std::string out;
  std::string err;
};

Outcome call(std::vector<std::string> arguments) {
  std::vector<const char*> argv = {"berth-sample-profile"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  std::ostringstream out;
  std::ostringstream err;
  const int status = run(static_cast<int>(argv.size()), argv.data(), out, err);
  return {status, out.str(), err.str()};
}

Bytes read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("one package is written for its owner alone, and its elements listed",
          "[sample_profile]") {
  const Folder folder;
  const fs::path file = folder.path / "one.der";
  std::ofstream(file) << "was readable by all";
  fs::permissions(file, fs::perms(0644));
  const auto done = call({"--iccid", "893144000000000001", "--imsi", "001010123456789", "--name",
                          "Emea", "--gid1", "0A", "--out", file.string()});
  INFO(done.err);
  REQUIRE(done.status == 0);
  CHECK_THAT(done.out, Contains("iccid=8931440000000000014 imsi=001010123456789 file="));
  for (const char* name : {"header", "usim", "opt-usim", "akaParameter", "end"}) {
    CHECK_THAT(done.out, Contains(std::string("\t") + name + "\n"));
  }
  struct stat status {};
  REQUIRE(stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(saip::validate(read(file))->gid1_hex == "0A");
}

TEST_CASE("many distinct packages are written into a folder", "[sample_profile]") {
  const Folder folder;
  const auto done = call({"--number", "41", "--count", "25", "--out-folder", folder.path.string()});
  REQUIRE(done.status == 0);
  std::set<std::string> iccids;
  for (const auto& entry : fs::directory_iterator(folder.path)) {
    const auto package = saip::validate(read(entry.path()));
    REQUIRE(package);
    CHECK(entry.path().filename() == package->iccid.text() + ".der");
    iccids.insert(package->iccid.text());
  }
  CHECK(iccids.size() == 25);
  CHECK(iccids.contains(numbered_iccid(41).text()));
  CHECK(iccids.contains(numbered_iccid(65).text()));
}

TEST_CASE("a seed repeats a package", "[sample_profile]") {
  const Folder folder;
  for (const char* name : {"a", "b", "c"}) {
    const std::string seed = std::string(name) == "c" ? "other" : "same";
    REQUIRE(call({"--seed", seed, "--out", (folder.path / name).string()}).status == 0);
  }
  CHECK(read(folder.path / "a") == read(folder.path / "b"));
  CHECK(read(folder.path / "a") != read(folder.path / "c"));
}

TEST_CASE("bad values and failures are said in one line", "[sample_profile]") {
  const Folder folder;
  const std::string file = (folder.path / "x").string();
  const auto refused = [&](std::vector<std::string> arguments, const char* text) {
    const auto outcome = call(std::move(arguments));
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err, Contains(text));
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
    CHECK_FALSE(fs::exists(file));
  };
  refused({"--iccid", "8931440000000000015", "--out", file}, "ICCID");
  refused({"--imsi", "1", "--out", file}, "IMSI");
  refused({"--gid1", "zz", "--out", file}, "GID");
  refused({"--name", "", "--out", file}, "name");
  refused({"--out", (folder.path / "absent" / "x").string()}, "No such file");
  refused({"--number", "9999999999", "--count", "2", "--out-folder", folder.path.string()},
          "9999999999");
}

TEST_CASE("wrong usage is told apart", "[sample_profile]") {
  CHECK(call({}).status == 2);
  CHECK(call({"--out"}).status == 2);
  CHECK(call({"--count", "0", "--out-folder", "x"}).status == 2);
  CHECK(call({"--count", "2", "--out", "x"}).status == 2);
  CHECK(call({"--count", "2", "--iccid", "893144000000000001", "--out-folder", "x"}).status == 2);
  CHECK(call({"--bogus"}).status == 2);
  CHECK(call({"--help"}).status == 0);
}
