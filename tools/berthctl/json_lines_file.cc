#include "tools/berthctl/json_lines_file.h"

#include <nlohmann/json.hpp>

#include "tools/berthctl/commands.h"
#include "tools/berthctl/usage.h"

namespace berth::berthctl {

using nlohmann::json;
namespace {

// What is sent is written by recursion.
constexpr int kMaxNesting = 32;

// Discarded when it is not JSON, or nested too deeply.
json parse_line(std::string_view text) {
  bool deep = false;
  json one = json::parse(
      text,
      [&](int depth, json::parse_event_t, json&) {
        deep = deep || depth > kMaxNesting;
        return !deep;
      },
      false);
  return deep ? json(json::value_t::discarded) : one;
}

}  // namespace

Result<json> read_json_lines(const std::string& path, std::size_t max) {
  BERTH_TRY(octets, read_file(path, kMaxJsonLinesFile));
  const auto problem = [&](const std::string& what) {
    return Error(ErrorCode::kInvalidArgument, "berthctl.file", path + " " + what);
  };
  std::string_view rest = as_text(octets);
  json all = json::array();
  for (std::size_t line = 1; !rest.empty(); ++line) {
    const std::size_t end = rest.find('\n');
    const std::string_view text = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (is_blank(text)) continue;
    json one = parse_line(text);
    if (!one.is_object()) {
      return problem("line " + std::to_string(line) + " is not a JSON object on one line");
    }
    if (all.size() == max) return problem("has more than " + std::to_string(max) + " lines");
    all.push_back(std::move(one));
  }
  if (all.empty()) return problem("has no line with a JSON object");
  return all;
}

}  // namespace berth::berthctl
