// What a suite found: measured bars, each with its bound, and what they were measured on.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace berth::bench {

enum class Bound { kAtMost = 1, kAtLeast };

struct Bar {
  std::string name;  // "cpu_over_floor"
  double value = 0;
  Bound direction = Bound::kAtMost;
  double bound = 0;
  std::string unit;  // "ratio", "ms", "1/s"

  // A value that is no number meets no bound.
  bool ok() const { return direction == Bound::kAtMost ? value <= bound : value >= bound; }
};

struct Report {
  std::string suite;
  std::vector<Bar> bars;
  // Figures without a bound, for people and for comparison between runs.
  std::vector<Bar> notes;
  // "cores", "connections", "compiler", …, in the order they are shown.
  std::vector<std::pair<std::string, std::string>> measured_on;

  bool ok() const;
  void note(std::string name, double value, std::string unit);
};

// One line a bar and a figure, for people.
std::string to_text(const Report& report);
// One JSON object in one line, as CI reads it: {suite, bars, notes, measured_on, ok}. A value that
// is no number is null and not ok.
std::string to_json(const Report& report);

// Of an unsorted sample; 0 < part <= 1; NaN when there is none. Takes the nearest rank.
double quantile(std::vector<double> values, double part);
double median(std::vector<double> values);

}  // namespace berth::bench
