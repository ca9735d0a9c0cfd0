// Goal: what the integrator's page prints is what the templates hold; guide.sh runs its commands.

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

std::string read_text(const std::string& path) {
  std::ifstream file(std::string(BERTH_SDK_FOLDER) + "/" + path);
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The texts between ```language and ``` of the page.
std::vector<std::string> blocks(const std::string& language) {
  std::vector<std::string> all;
  std::istringstream page(read_text("README.md"));
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line == "```" + language) {
      all.emplace_back();
      inside = true;
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      all.back() += line + "\n";
    }
  }
  return all;
}

}  // namespace

TEST_CASE("the page prints the template as it is compiled", "[sdk]") {
  const std::string code = read_text("template/storage/src/plugin.cc");
  const std::vector<std::string> parts = blocks("cpp");
  REQUIRE(parts.size() == 3);
  for (const std::string& part : parts) CHECK(code.find(part) != std::string::npos);
  CHECK(blocks("cmake") == std::vector{read_text("template/storage/CMakeLists.txt")});
  CHECK(read_text("README.md").find(read_text("template/storage/manifest.json.in")) !=
        std::string::npos);
}
