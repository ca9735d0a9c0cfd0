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
    } else if (value.is_array()) {
      for (const ordered_json& entry : value) {
        std::string text;
        for (const auto& [inner, inner_value] : entry.items()) {
          text += (text.empty() ? "" : ", ") + inner + (inner.empty() ? "" : " ") +
                  text_of(inner_value);
        }
        rows.push_back({name, text});
      }
    } else {
      rows.push_back({name, text_of(value)});
    }
  }
  return table(rows);
}

std::string story_text(const ordered_json& story) {
  std::string out = "tenant " + member(story, "tenant");
  // Somebody may have tried a code that nobody ordered.
  const bool known = !member(story, "iccid").empty() || !member(story, "state").empty();
  out += known ? "  iccid " + member(story, "iccid") + "  state " + member(story, "state") + "\n"
               : ": this code is no order here\n";
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
  const ordered_json tenants = report.value("redTenants", ordered_json::array());
  if (tenants.empty()) return out;
  out += report.value("platformRed", true) ? "the platform is red" : "the platform serves";
  out += "; tenants with an alarm of their own:";
  for (const ordered_json& tenant : tenants) out += " " + printable(tenant.get<std::string>());
  return out + "\n";
}

std::string explain_text(const ordered_json& meaning) {
  const std::string subject = member(meaning, "subject");
  const std::string reason = member(meaning, "reason");
  if (subject.empty() || reason.empty()) {
    const std::string pair = member(meaning, "pair");
    const std::size_t slash = std::min(pair.find('/'), pair.size());
    const std::string first = "subject code " + pair.substr(0, slash);
    const std::string second = "reason code " + pair.substr(std::min(slash + 1, pair.size()));
    constexpr const char* kUnknown =
        " is not in the standard's tables; check it for a typing error";
    return first + (subject.empty() ? kUnknown : ": " + subject) + "\n" + second +
           (reason.empty() ? kUnknown : ": " + reason) + "\n";
  }
  return table({{member(meaning, "pair"), subject + ": " + reason},
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

std::string error_json(const Error& error) {
  // A reason that is a pair of codes is the standard's own no.
  const bool refused = error.reason().find('/') != std::string_view::npos;
  const ordered_json object{{"code", refused ? "refused" : to_string(error.code())},
                            {"reason", error.reason()},
                            {"message", error.message()}};
  return ordered_json{{"error", object}}.dump(-1, ' ', false,
                                              ordered_json::error_handler_t::replace);
}

}  // namespace berth::berthctl
