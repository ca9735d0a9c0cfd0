// The reference page holds every member and its examples load.

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <regex>

#include "kernel/tenancy/configuration.h"
#include "kernel/tenancy/schemas.h"
#include "tests/kernel/tenancy/files_support.h"
#include "tests/kernel/tenancy/routes_support.h"

namespace {

using namespace berth;                 // NOLINT: the tests name nearly everything in it
using namespace berth::tenancy;        // NOLINT
using namespace berth::tenancy::test;  // NOLINT
using nlohmann::json;

std::string page() {
  std::ifstream file(BERTH_SOURCE_FOLDER "/docs/reference/configuration.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

void collect_names(const json& schema, std::vector<std::string>& names) {
  if (schema.contains("properties")) {
    for (const auto& [name, child] : schema["properties"].items()) {
      if (name != "$schema") names.push_back(name);
      collect_names(child, names);
    }
  }
  if (schema.contains("items")) collect_names(schema["items"], names);
  if (schema.contains("definitions")) {
    for (const auto& [name, child] : schema["definitions"].items()) collect_names(child, names);
  }
}

// Blocks that open with ```json <file name>.
std::map<std::string, std::string> examples(const std::string& text) {
  std::map<std::string, std::string> found;
  constexpr std::string_view kOpen = "\n```json ";
  for (std::size_t at = text.find(kOpen); at != std::string::npos; at = text.find(kOpen, at)) {
    at += kOpen.size();
    const std::size_t line_end = text.find('\n', at);
    const std::size_t close = text.find("\n```", line_end);
    found[text.substr(at, line_end - at)] = text.substr(line_end, close - line_end);
    at = close;
  }
  return found;
}

}  // namespace

TEST_CASE("the configuration reference names every member of every schema", "[tenancy]") {
  const std::string text = page();
  REQUIRE_FALSE(text.empty());
  std::vector<std::string> names;
  for (const auto schema : {host_schema(), tenant_schema(), routes_schema()}) {
    collect_names(json::parse(schema), names);
  }
  CHECK(names.size() > 40);
  for (const std::string& name : names) {
    INFO(name);
    CHECK(text.find("| `" + name) != std::string::npos);
  }
}

TEST_CASE("the examples of the configuration reference load together", "[tenancy]") {
  const Folder folder;
  const auto files = examples(page());
  REQUIRE(files.size() == 4);
  for (const auto& [name, text] : files) folder.write(name, text);
  const auto loaded = load_configuration(folder.path() / "host.json");
  INFO(message_of(loaded));
  REQUIRE(loaded);
  CHECK(loaded->tenants.size() == 2);
}
