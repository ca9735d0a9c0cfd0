#include "tools/berth-bench/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>

namespace berth::bench {
namespace {

using nlohmann::ordered_json;

// Four significant digits: what repeats between two runs.
std::string number(double value) {
  if (std::isnan(value)) return "none";
  char text[48];
  const bool large = std::abs(value) >= 1000;
  std::snprintf(text, sizeof(text), large ? "%.0f" : "%.4g", value);
  return text;
}

ordered_json json_number(double value) {
  if (!std::isfinite(value)) return nullptr;
  return std::round(value * 1e6) / 1e6;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

}  // namespace

bool Report::ok() const {
  return !bars.empty() &&
         std::all_of(bars.begin(), bars.end(), [](const Bar& bar) { return bar.ok(); });
}

void Report::note(std::string name, double value, std::string unit) {
  notes.push_back({std::move(name), value, Bound::kAtMost, 0, std::move(unit)});
}

std::string to_text(const Report& report) {
  constexpr std::size_t kNameWidth = 44;
  constexpr std::size_t kValueWidth = 10;
  std::string text = "suite " + report.suite + "\n";
  for (const auto& [name, value] : report.measured_on) {
    text += "  " + padded(name, kNameWidth) + value + "\n";
  }
  for (const Bar& note : report.notes) {
    text += "  " + padded(note.name, kNameWidth) + padded(number(note.value), kValueWidth) +
            note.unit + "\n";
  }
  for (const Bar& bar : report.bars) {
    text += std::string(bar.ok() ? "  " : "! ") + padded(bar.name, kNameWidth) +
            padded(number(bar.value), kValueWidth) +
            (bar.direction == Bound::kAtMost ? "at most " : "at least ") + number(bar.bound) + " " +
            bar.unit + (bar.ok() ? "" : "  MISSED") + "\n";
  }
  return text + (report.ok() ? "all bars met\n" : "bars missed\n");
}

std::string to_json(const Report& report) {
  ordered_json bars = ordered_json::array();
  for (const Bar& bar : report.bars) {
    bars.push_back({{"name", bar.name},
                    {"value", json_number(bar.value)},
                    {"bound", json_number(bar.bound)},
                    {"unit", bar.unit},
                    {"ok", bar.ok()}});
  }
  ordered_json notes = ordered_json::array();
  for (const Bar& note : report.notes) {
    notes.push_back({{"name", note.name}, {"value", json_number(note.value)}, {"unit", note.unit}});
  }
  ordered_json measured_on = ordered_json::object();
  for (const auto& [name, value] : report.measured_on) measured_on[name] = value;
  const ordered_json whole = {{"suite", report.suite},
                              {"bars", std::move(bars)},
                              {"notes", std::move(notes)},
                              {"measured_on", std::move(measured_on)},
                              {"ok", report.ok()}};
  return whole.dump();
}

double quantile(std::vector<double> values, double part) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(values.size())));
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace berth::bench
