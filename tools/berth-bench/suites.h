// The suites of berth-bench. Each makes what it needs, measures, and reports its bars.

#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/berth-bench/report.h"

namespace berth::bench {

struct SuiteSettings {
  std::filesystem::path berthd;   // the program to measure
  std::filesystem::path plugins;  // its plugins
  std::string postgres;           // folder of a PostgreSQL server's socket; empty: none
  // A few of everything, to see that the suite works; the figures mean nothing.
  bool smoke = false;
  std::filesystem::path report = {};  // where blast-radius writes every run; empty: nowhere
  // What is being done now, for people.
  std::function<void(const std::string&)> say = [](const std::string&) {};
};

Report run_blast_radius(const SuiteSettings& settings);
Report run_downloads(const SuiteSettings& settings);
Report run_growth(const SuiteSettings& settings);
Report run_isolation(const SuiteSettings& settings);
Report run_ledger(const SuiteSettings& settings);
Report run_limits(const SuiteSettings& settings);
Report run_plugins(const SuiteSettings& settings);
Report run_routes(const SuiteSettings& settings);

struct Suite {
  std::string_view name;
  Report (*run)(const SuiteSettings& settings);
  std::string_view about;
};
const std::vector<Suite>& suites();

// Cores, processor, compiler, libraries: the part of measured_on that all suites share.
void describe_machine(Report& report);

}  // namespace berth::bench
