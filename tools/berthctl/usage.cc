#include "tools/berthctl/usage.h"

#include <algorithm>
#include <charconv>

#include "tools/berthctl/output.h"

namespace berth::berthctl {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = -1;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end || value < 0) return std::nullopt;
  return value;
}

CLI::Validator not_blank() {
  return {[](std::string& value) {
            return is_blank(value) ? std::string("is empty; leave it out or give it a value")
                                   : std::string();
          },
          ""};
}

std::optional<std::string> option_without_value(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word.starts_with("--") && word.find('=') == word.size() - 1) {
      return std::string(word.substr(0, word.size() - 1));
    }
  }
  return std::nullopt;
}

Error usage_error(const CLI::App& app, const CLI::ParseError& error) {
  // A misspelt command also misses the command, and the first word not understood says more.
  const std::vector<std::string> unknown = app.remaining(true);
  std::string what = error.what();
  if (!unknown.empty()) {
    what = "'" + unknown.front() + "' is no command or option here";
  } else {
    std::replace(what.begin(), what.end(), '\n', ' ');
  }
  return {ErrorCode::kInvalidArgument, "berthctl.usage", what + "; see berthctl --help"};
}

}  // namespace berth::berthctl
