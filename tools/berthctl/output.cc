#include "tools/berthctl/output.h"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace berth::berthctl {
namespace {

using nlohmann::ordered_json;

// Characters, not octets: continuation octets of UTF-8 are not counted.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string padded(std::string text, std::size_t width) {
  const std::size_t now = width_of(text);
  if (now < width) text.append(width - now, ' ');
  return text;
}

std::string text_of(const ordered_json& value) {
  return printable(value.is_string() ? value.get_ref<const std::string&>() : value.dump());
}

std::string member(const ordered_json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? std::string() : text_of(*found);
}

// Time since the step before: milliseconds while they tell something, then seconds.
std::string elapsed(std::int64_t milliseconds) {
  if (milliseconds < 10'000) return "+" + std::to_string(milliseconds) + " ms";
  return "+" + std::to_string(milliseconds / 1000) + " s";
}

}  // namespace

bool stdout_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

std::string paint(std::string_view text, Colour colour, bool coloured) {
  const char* code = colour == Colour::kGreen    ? "\x1b[32m"
                     : colour == Colour::kYellow ? "\x1b[33m"
                     : colour == Colour::kRed    ? "\x1b[31m"
                                                 : "";
  if (!coloured || colour == Colour::kNone) return std::string(text);
  return code + std::string(text) + "\x1b[0m";
}

std::string printable(std::string_view text) {
  std::string clean(text);
  for (char& c : clean) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 || octet == 0x7F) c = '?';
  }
  return clean;
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool last = i + 1 == row.size();
      out += last ? row[i] : padded(row[i], widths[i] + 2);
    }
    out += '\n';
  }
  return out;
}

std::string properties(const ordered_json& object) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : object.items()) {
    if (value.is_object()) {
      for (const auto& [inner, inner_value] : value.items()) {
        rows.push_back({name + "." + inner, text_of(inner_value)});
      }
    } else {
      rows.push_back({name, text_of(value)});
    }
  }
  return table(rows);
}

std::string story_text(const ordered_json& story) {
  std::string out = "tenant " + member(story, "tenant") + "  iccid " + member(story, "iccid") +
                    "  state " + member(story, "state") + "\n";
  std::vector<std::vector<std::string>> rows;
  std::int64_t before = 0;
  for (const ordered_json& step : story.value("steps", ordered_json::array())) {
    const std::int64_t time = step.value("timeMs", std::int64_t{0});
    rows.push_back({"  " + member(step, "time"), rows.empty() ? "" : elapsed(time - before),
                    member(step, "title"), member(step, "detail")});
    before = time;
  }
  return out + table(rows);
}

std::string doctor_text(const ordered_json& report, bool coloured) {
  std::string out;
  std::size_t width = 0;
  const ordered_json findings = report.value("findings", ordered_json::array());
  for (const ordered_json& finding : findings) {
    width = std::max(width, width_of(member(finding, "name")));
  }
  for (const ordered_json& finding : findings) {
    const std::string grade = member(finding, "grade");
    const Colour colour = grade == "ok"     ? Colour::kGreen
                          : grade == "warn" ? Colour::kYellow
                                            : Colour::kRed;
    out += paint(padded(grade, 4), colour, coloured) + "  " +
           padded(member(finding, "name"), width) + "  " + member(finding, "detail") + "\n";
    if (grade != "ok") out += "      " + member(finding, "remedy") + "\n";
  }
  return out;
}

std::string explain_text(const ordered_json& meaning) {
  return table(
      {{member(meaning, "pair"), member(meaning, "subject") + ": " + member(meaning, "reason")},
       {"meaning", member(meaning, "meaning")},
       {"whose turn", member(meaning, "whoseTurn")},
       {"next step", member(meaning, "nextStep")}});
}

std::string verdict_text(std::string_view chain, const ordered_json& verdict) {
  const std::string counts =
      member(verdict, "records") + " records, " + member(verdict, "purged") + " purged";
  if (verdict.value("intact", false)) return std::string(chain) + ": intact, " + counts + "\n";
  return std::string(chain) + ": BROKEN at sequence " + member(verdict, "firstBadSequence") + ": " +
         member(verdict, "reason") + " (" + counts + ")\n";
}

std::string error_line(const Error& error) {
  return "berthctl: " + printable(error.message()) + " [" + printable(error.reason()) + "]";
}

}  // namespace berth::berthctl
