// Goal: small files, small functions, no unfinished marks.

#include <catch2/catch.hpp>
#include <iostream>

#include "tests/tidy/source_tree.h"

namespace {

using namespace berth::tidy;  // NOLINT: a test of its own namespace

constexpr std::size_t kMaxFileLines = 500;
constexpr std::size_t kMaxFunctionLines = 80;
constexpr std::size_t kMaxColumns = 100;

std::vector<SourceFile> all_code() {
  std::vector<SourceFile> all;
  for (const char* folder : {"sdk", "kernel", "plugins", "tools", "tests"}) {
    for (auto& file : files_below(folder, {".h", ".cc", ".c"})) all.push_back(std::move(file));
  }
  return all;
}

// Columns as people count them: UTF-8 continuation octets do not.
std::size_t columns(const std::string& line) {
  std::size_t count = 0;
  for (const char c : line) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("no file is longer than 500 lines and no line wider than 100 columns", "[tidy]") {
  for (const SourceFile& file : all_code()) {
    INFO(file.path << ": " << file.lines.size() << " lines; two ideas in one file?");
    CHECK(file.lines.size() <= kMaxFileLines);
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      if (file.lines[i].starts_with("#include") || file.lines[i].find("R\"") != std::string::npos) {
        continue;
      }
      INFO(file.path << ":" << i + 1);
      CHECK(columns(file.lines[i]) <= kMaxColumns);
    }
  }
}

// The core is what every tenant depends on: it stays readable in a day.
TEST_CASE("the core stays small", "[tidy]") {
  constexpr std::size_t kMaxCoreLines = 15500;
  std::size_t lines = 0;
  for (const char* room : {"kernel/base", "kernel/lifecycle", "kernel/tenancy", "kernel/plugins",
                           "kernel/context", "kernel/ingress", "kernel/host"}) {
    for (const SourceFile& file : files_below(room, {".h", ".cc"})) lines += file.lines.size();
  }
  std::cout << "core: " << lines << " lines of at most " << kMaxCoreLines << "\n";
  INFO("beyond this a page in docs/decisions says why");
  CHECK(lines <= kMaxCoreLines);
}

// In the house layout a function at namespace scope opens on an unindented line ending in '{' and
// closes with a lone '}' in the first column.
TEST_CASE("no function is longer than 80 lines", "[tidy]") {
  for (const char* folder : {"sdk", "kernel", "plugins", "tools"}) {
    for (const SourceFile& file : files_below(folder, {".cc"})) {
      std::size_t opened = 0;
      bool inside = false;
      for (std::size_t i = 0; i < file.lines.size(); ++i) {
        const std::string& line = file.lines[i];
        const bool block = line.ends_with("{") && !line.starts_with("namespace") &&
                           !line.starts_with("class") && !line.starts_with("struct") &&
                           !line.starts_with("extern") && !line.starts_with("enum");
        if (!inside && block && line.find('(') != std::string::npos && line[0] != ' ') {
          inside = true;
          opened = i;
        } else if (inside && line == "}") {
          INFO(file.path << ":" << opened + 1 << " to " << i + 1);
          CHECK(i - opened <= kMaxFunctionLines);
          inside = false;
        }
      }
    }
  }
}

TEST_CASE("nothing is marked as unfinished", "[tidy]") {
  const std::string to_do = std::string("TO") + "DO";
  const std::string fix_me = std::string("FIX") + "ME";
  for (const SourceFile& file : all_code()) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      INFO(file.path << ":" << i + 1);
      CHECK(file.lines[i].find(to_do) == std::string::npos);
      CHECK(file.lines[i].find(fix_me) == std::string::npos);
    }
  }
}
