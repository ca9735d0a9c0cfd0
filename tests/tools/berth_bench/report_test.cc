// Goal: what scripts read of a benchmark is one JSON object in one line that says the truth, also
// when a value is missing.

#include "tools/berth-bench/report.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace {

using namespace berth::bench;  // NOLINT: a test of this room
using nlohmann::json;

Report sample() {
  Report report;
  report.suite = "downloads";
  report.bars.push_back({"cpu_over_floor", 1.9, Bound::kAtMost, 2.0, "ratio"});
  report.bars.push_back({"downloads_per_second", 300, Bound::kAtLeast, 250, "1/s"});
  report.note("floor_ms", 1.25, "ms of CPU");
  report.measured_on.emplace_back("cores", "2");
  return report;
}

}  // namespace

TEST_CASE("a report becomes one line of JSON with suite, bars and what it was measured on",
          "[bench]") {
  const std::string text = to_json(sample());
  CHECK(text.find('\n') == std::string::npos);
  const json object = json::parse(text);
  CHECK(object.at("suite") == "downloads");
  CHECK(object.at("ok") == true);
  REQUIRE(object.at("bars").size() == 2);
  CHECK(object.at("bars")[0] == json{{"name", "cpu_over_floor"},
                                     {"value", 1.9},
                                     {"bound", 2.0},
                                     {"unit", "ratio"},
                                     {"ok", true}});
  CHECK(object.at("notes")[0].at("name") == "floor_ms");
  CHECK(object.at("measured_on") == json{{"cores", "2"}});
}

TEST_CASE("a bar on its bound is met, one beyond it is not, whichever way it counts", "[bench]") {
  CHECK(Bar{"a", 2.0, Bound::kAtMost, 2.0, "ratio"}.ok());
  CHECK_FALSE(Bar{"a", 2.001, Bound::kAtMost, 2.0, "ratio"}.ok());
  CHECK(Bar{"a", 250, Bound::kAtLeast, 250, "1/s"}.ok());
  CHECK_FALSE(Bar{"a", 249.9, Bound::kAtLeast, 250, "1/s"}.ok());
}

TEST_CASE("one missed bar makes the whole report not ok, and says which it is", "[bench]") {
  Report report = sample();
  report.bars[1].value = 120;
  CHECK_FALSE(report.ok());
  const json object = json::parse(to_json(report));
  CHECK(object.at("ok") == false);
  CHECK(object.at("bars")[0].at("ok") == true);
  CHECK(object.at("bars")[1].at("ok") == false);
  CHECK(to_text(report).find("! downloads_per_second") != std::string::npos);
}

TEST_CASE("a value that could not be measured is null and meets no bound", "[bench]") {
  Report report = sample();
  report.bars[0].value = std::numeric_limits<double>::quiet_NaN();
  CHECK_FALSE(report.ok());
  const json object = json::parse(to_json(report));
  CHECK(object.at("bars")[0].at("value").is_null());
  CHECK(object.at("bars")[0].at("ok") == false);
  report.bars[0].value = std::numeric_limits<double>::infinity();
  CHECK(json::parse(to_json(report)).at("bars")[0].at("value").is_null());
}

TEST_CASE("a report without bars has shown nothing and is not ok", "[bench]") {
  CHECK_FALSE(Report().ok());
}

TEST_CASE("quantiles take the nearest rank of a sample in any order", "[bench]") {
  std::vector<double> hundred;
  for (int i = 100; i >= 1; --i) hundred.push_back(i);
  CHECK(quantile(hundred, 0.99) == 99);
  CHECK(quantile(hundred, 0.5) == 50);
  CHECK(quantile(hundred, 1) == 100);
  CHECK(quantile({7}, 0.99) == 7);
  CHECK(median({3, 1, 2}) == 2);
  CHECK(median({4, 1, 2, 3}) == 2.5);
  CHECK(std::isnan(quantile({}, 0.5)));
  CHECK(std::isnan(median({})));
}
