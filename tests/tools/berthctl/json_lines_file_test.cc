#include "tools/berthctl/json_lines_file.h"

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
    std::string name = (fs::temp_directory_path() / "json-lines-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
  std::string write(const std::string& text) const {
    std::ofstream(path / "x.jsonl") << text;
    return (path / "x.jsonl").string();
  }
  fs::path path;
};

}  // namespace

TEST_CASE("each line of a file is one object, and blank ones are none", "[berthctl]") {
  const Folder folder;
  const auto read = read_json_lines(folder.write("{\"a\":1}\n\n  \r\n{\"b\":2}\r\n{}"), 3);
  REQUIRE(read);
  CHECK(*read == nlohmann::json::parse(R"([{"a":1},{"b":2},{}])"));
}

TEST_CASE("a line of another form is named by its number and not quoted", "[berthctl]") {
  const Folder folder;
  for (const char* text : {"{}\nCANARY\n", "{}\n[\"CANARY\"]", "{}\n{\"CANARY\":\n1}"}) {
    CAPTURE(text);
    const auto refused = read_json_lines(folder.write(text), 10);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().reason() == "berthctl.file");
    CHECK(refused.error().message().find("line 2 ") != std::string::npos);
    CHECK(refused.error().message().find("CANARY") == std::string::npos);
  }
}

TEST_CASE("a line nested without end is refused", "[berthctl]") {
  const Folder folder;
  const std::string deep =
      "{\"a\":" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}";
  CHECK(read_json_lines(folder.write(deep), 10).error().reason() == "berthctl.file");
  CHECK(read_json_lines(folder.write("{\"a\":[[[{}]]]}"), 10));
}

TEST_CASE("a file without objects, with too many or that is not there is refused", "[berthctl]") {
  const Folder folder;
  for (const std::string& path :
       {folder.write("\n \n"), folder.path.string(), (folder.path / "none").string()}) {
    CHECK(read_json_lines(path, 10).error().reason() == "berthctl.file");
  }
  const std::string three = folder.write("{}\n{}\n{}\n");
  CHECK(read_json_lines(three, 3));
  CHECK(read_json_lines(three, 2).error().reason() == "berthctl.file");
}
