#include "tools/berth-bench/arguments.h"

#include <algorithm>

#include "tools/berth-bench/suites.h"

namespace berth::bench {
namespace {

Error wrong(std::string message) {
  return {ErrorCode::kInvalidArgument, "bench.usage", std::move(message)};
}

bool is_suite(const std::string& name) {
  return std::any_of(suites().begin(), suites().end(),
                     [&](const Suite& suite) { return suite.name == name; });
}

}  // namespace

std::string usage() {
  std::string text =
      "usage: berth-bench SUITE [--json] [--smoke] [--berthd PROGRAM] [--plugins FOLDER]\n"
      "                   [--postgres FOLDER] [--report FILE]\n\n";
  for (const Suite& suite : suites()) {
    text += "  " + std::string(suite.name) + std::string(14 - suite.name.size(), ' ') +
            std::string(suite.about) + "\n";
  }
  return text +
         "\n  --json     the last line is one JSON object\n"
         "  --smoke    a few of everything, to see that it works; bars are not judged\n"
         "  --postgres the socket's folder of a server that scripts/postgres started\n"
         "  --report   blast-radius: the file that shows every pair of runs\n"
         "Exit status: 0 all bars met, 1 a bar missed, 2 wrong usage, 3 it could not be "
         "measured.\n";
}

Result<Arguments> read_arguments(const std::vector<std::string>& words,
                                 const std::filesystem::path& program) {
  Arguments read;
  const std::filesystem::path bin = program.parent_path();
  read.berthd = bin / "berthd";
  read.plugins = bin / ".." / "plugins";
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const bool wants_value =
        word == "--berthd" || word == "--plugins" || word == "--postgres" || word == "--report";
    if (wants_value && (i + 1 == words.size() || words[i + 1].empty())) {
      return wrong(word + " needs a path");
    }
    if (word == "--json") {
      read.json = true;
    } else if (word == "--smoke") {
      read.smoke = true;
    } else if (word == "--help" || word == "-h") {
      read.help = true;
    } else if (word == "--berthd") {
      read.berthd = words[++i];
    } else if (word == "--plugins") {
      read.plugins = words[++i];
    } else if (word == "--postgres") {
      read.postgres = words[++i];
    } else if (word == "--report") {
      read.report = words[++i];
    } else if (word.starts_with("-")) {
      return wrong("no option " + word);
    } else if (!read.suite.empty()) {
      return wrong("one suite at a time, not " + read.suite + " and " + word);
    } else if (!is_suite(word)) {
      return wrong("no suite " + word);
    } else {
      read.suite = word;
    }
  }
  if (read.suite.empty() && !read.help) return wrong("which suite?");
  return read;
}

}  // namespace berth::bench
