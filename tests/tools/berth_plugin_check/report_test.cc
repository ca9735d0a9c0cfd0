#include "tools/berth-plugin-check/report.h"

#include <signal.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace {

using namespace berth::plugin_check;  // NOLINT

constexpr std::chrono::seconds kTime{9};

}  // namespace

TEST_CASE("a verdict is what the check told, unless its process ended badly", "[plugin-check]") {
  CHECK(finding_of("kit", {"ok 21 cases", false, 0, 0}, kTime).ok);
  CHECK(finding_of("kit", {"ok 21 cases", false, 0, 0}, kTime).detail == "21 cases");
  CHECK_FALSE(finding_of("kit", {"FAILED so", false, 0, 0}, kTime).ok);
  CHECK_FALSE(finding_of("kit", {"ok 21 cases", false, SIGSEGV, 0}, kTime).ok);
  CHECK_FALSE(finding_of("kit", {"ok 21 cases", true, SIGKILL, 0}, kTime).ok);
  CHECK(finding_of("kit", {"", false, 0, 3}, kTime).detail ==
        "it ended the process with exit code 3: the process is not the plugin's");
}

TEST_CASE("a person reads a line a check, a program JSON, whatever a plugin says",
          "[plugin-check]") {
  CHECK(line_of({"kit", true, "21 cases"}) == "ok      kit           21 cases\n");
  CHECK(line_of({"kit", false, "2 of 21\n'a'"}) ==
        "FAILED  kit           2 of 21\n          'a'\n");
  const auto report = nlohmann::json::parse(json_of("x.so", {{"kit", false, "\xff\"\n"}}));
  CHECK(report["library"] == "x.so");
  CHECK(report["ok"] == false);
  CHECK(report["checks"][0]["check"] == "kit");
}
