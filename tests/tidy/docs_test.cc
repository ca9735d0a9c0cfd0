// Goal: a page never points at a file that is not there.

#include <catch2/catch.hpp>
#include <filesystem>
#include <regex>

#include "tests/tidy/source_tree.h"

namespace {

using namespace berth::tidy;  // NOLINT: a test of its own namespace

// Every page of ours: the root's, and those below the folders that hold pages.
std::vector<SourceFile> pages() {
  std::vector<SourceFile> all;
  for (const char* page : {"README.md", "CONTRIBUTING.md", "SECURITY.md"}) {
    all.push_back(read_source(page));
  }
  for (const char* folder : {"docs", "kernel", "sdk", "plugins", "tools", "tests", "deploy"}) {
    for (auto& page : files_below(folder, {".md"})) all.push_back(std::move(page));
  }
  return all;
}

bool leads_outside(const std::string& target) {
  return target.starts_with("https://") || target.starts_with("http://") ||
         target.starts_with("mailto:");
}

// The path a link means, relative to the root; "docs/../x" becomes "x".
std::string resolve(const std::string& page, const std::string& target) {
  const std::string path = target.substr(0, target.find('#'));
  if (path.empty()) return page;  // a heading of the page itself
  return (std::filesystem::path(page).parent_path() / path).lexically_normal().generic_string();
}

// Calls use(target, line number) for every [text](target) outside code blocks and code spans.
template <class Use>
void for_each_link(const SourceFile& page, Use use) {
  static const std::regex code_span("`[^`]*`");
  static const std::regex link("\\]\\(([^()\\s]+)\\)");
  bool code = false;
  for (std::size_t i = 0; i < page.lines.size(); ++i) {
    if (page.lines[i].starts_with("```")) code = !code;
    if (code) continue;
    const std::string text = std::regex_replace(page.lines[i], code_span, "x");
    for (std::sregex_iterator at(text.begin(), text.end(), link), end; at != end; ++at) {
      use((*at)[1].str(), i + 1);
    }
  }
}

}  // namespace

TEST_CASE("every relative link in a page leads to a file that exists", "[tidy]") {
  std::size_t checked = 0;
  for (const SourceFile& page : pages()) {
    for_each_link(page, [&](const std::string& target, std::size_t line) {
      if (leads_outside(target)) return;
      ++checked;
      INFO(page.path << ":" << line << ": " << target);
      CHECK_FALSE(target.starts_with("/"));
      const std::string path = resolve(page.path, target);
      CHECK_FALSE(path.starts_with(".."));
      CHECK(exists(path));
    });
  }
  CHECK(checked > 20);
}

TEST_CASE("every decision stands in the table of decisions", "[tidy]") {
  std::string table;
  for (const std::string& line : read_source("docs/decisions/README.md").lines) table += line;
  for (const SourceFile& page : files_below("docs/decisions", {".md"})) {
    const std::string name = page.path.substr(page.path.rfind('/') + 1);
    if (name == "README.md") continue;
    INFO(name << " is not linked from docs/decisions/README.md");
    CHECK(table.find("(" + name + ")") != std::string::npos);
  }
}
