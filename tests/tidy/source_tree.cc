#include "tests/tidy/source_tree.h"

#include <algorithm>
#include <fstream>

namespace berth::tidy {
namespace {

namespace fs = std::filesystem;

const fs::path& root() {
  static const fs::path path = BERTH_SOURCE_DIR;
  return path;
}

// The texts between backticks.
std::vector<std::string> quoted(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t begin = text.find('`'); begin != std::string::npos;) {
    const std::size_t end = text.find('`', begin + 1);
    if (end == std::string::npos) break;
    words.push_back(text.substr(begin + 1, end - begin - 1));
    begin = text.find('`', end + 1);
  }
  return words;
}

}  // namespace

SourceFile read_source(const std::string& path) {
  SourceFile file{path, {}};
  std::ifstream input(root() / path);
  for (std::string line; std::getline(input, line);) file.lines.push_back(line);
  return file;
}

bool exists(const std::string& path) { return fs::exists(root() / path); }

std::vector<SourceFile> files_below(const std::string& folder,
                                    const std::vector<std::string>& extensions) {
  std::vector<SourceFile> files;
  if (!fs::exists(root() / folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(root() / folder)) {
    const std::string extension = entry.path().extension().string();
    if (!entry.is_regular_file() ||
        std::find(extensions.begin(), extensions.end(), extension) == extensions.end()) {
      continue;
    }
    files.push_back(read_source(fs::relative(entry.path(), root()).generic_string()));
  }
  std::sort(files.begin(), files.end(),
            [](const auto& left, const auto& right) { return left.path < right.path; });
  return files;
}

std::map<std::string, std::vector<std::string>> arrow_table() {
  std::map<std::string, std::vector<std::string>> table;
  bool inside = false;
  for (const std::string& line : read_source("kernel/README.md").lines) {
    if (line.find("arrows:begin") != std::string::npos) inside = true;
    if (line.find("arrows:end") != std::string::npos) inside = false;
    if (!inside || !line.starts_with("| `")) continue;
    std::vector<std::string> names = quoted(line);
    const std::string room = names.front();
    names.erase(names.begin());
    if (line.find("| everything |") != std::string::npos) names.emplace_back("everything");
    table[room] = names;
  }
  return table;
}

std::string room_of(const std::map<std::string, std::vector<std::string>>& table,
                    const std::string& path) {
  std::string best;
  for (const auto& [room, allowed] : table) {
    if (path.starts_with(room + "/") && room.size() > best.size()) best = room;
  }
  return best;
}

}  // namespace berth::tidy
