#include "tools/berthctl/personalise_file.h"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace berth;
using namespace berth::berthctl;
namespace fs = std::filesystem;

namespace {

struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "personalise-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
  std::string write(const std::string& text, fs::perms mode = fs::perms(0600)) const {
    const fs::path file = path / "values.json";
    std::ofstream(file) << text;
    fs::permissions(file, mode);
    return file.string();
  }
  fs::path path;
};

}  // namespace

TEST_CASE("one subscriber or a list of them is read", "[berthctl]") {
  const Folder folder;
  const auto one = read_personalise_file(folder.write(R"({"iccid":"1"})"));
  REQUIRE(one);
  CHECK(*one == nlohmann::json::parse(R"([{"iccid":"1"}])"));
  const auto two = read_personalise_file(folder.write(R"([{"iccid":"1"},{"iccid":"2"}])"));
  REQUIRE(two);
  CHECK(two->size() == 2);
}

TEST_CASE("a file of keys that others may open is not read", "[berthctl]") {
  const Folder folder;
  for (const int mode : {0640, 0604, 0620, 0601}) {
    const auto refused = read_personalise_file(folder.write("{}", fs::perms(mode)));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().reason() == "berthctl.file");
    CHECK(refused.error().message().find("chmod 600") != std::string::npos);
  }
  CHECK(read_personalise_file(folder.write("{}", fs::perms(0400))));
}

TEST_CASE("a file of another form is refused without being quoted", "[berthctl][R112]") {
  const Folder folder;
  for (const char* text :
       {"", "CANARY", "[]", "1", "null", "[{},\"CANARY\"]", "{\"k\":CANARY}", "[[]]", "{}{}"}) {
    CAPTURE(text);
    const auto refused = read_personalise_file(folder.write(text));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().reason() == "berthctl.file");
    CHECK(refused.error().message().find("CANARY") == std::string::npos);
  }
  CHECK_FALSE(read_personalise_file(folder.write("[{},2]")).ok());
  CHECK_FALSE(read_personalise_file((folder.path / "none").string()).ok());
  CHECK_FALSE(read_personalise_file(folder.path.string()).ok());
}
