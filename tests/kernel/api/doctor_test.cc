#include "kernel/api/doctor.h"

#include <catch2/catch.hpp>

using namespace berth;
using namespace berth::api;

namespace {

constexpr UnixMs kNow = 1'800'000'000'000;
constexpr UnixMs kDay = 86'400'000;

// The facts of one data key.
Result<std::vector<DataKeyFacts>> one(bool opens, bool ready, bool switched) {
  return std::vector<DataKeyFacts>{{1, 0, opens, ready, switched}};
}

}  // namespace

TEST_CASE("each check grades its fact and gives a remedy unless it is fine", "[api]") {
  const auto none = std::optional<bool>();
  struct Row {
    Finding finding;
    Grade grade;
  };
  const std::vector<Row> rows{
      {check_clock(kNow, kNow - 1, true), Grade::kOk},
      {check_clock(kNow, kNow - 1, none), Grade::kOk},
      {check_clock(kNow, kNow - 1, false), Grade::kWarn},
      {check_clock(kNow, kNow + 1, true), Grade::kRed},
      {check_clock(5'000'000'000'000, kNow, true), Grade::kRed},
      {check_listener("es9", "127.0.0.1:1", ""), Grade::kOk},
      {check_listener("es9", "127.0.0.1:1", "refused"), Grade::kRed},
      {check_open_files(4096, 4096), Grade::kOk},
      {check_open_files(1024, 4096), Grade::kRed},
      {check_locked_memory(65536, 4096), Grade::kOk},
      {check_locked_memory(0, 4096), Grade::kWarn},
      {check_core_dumps(0, true), Grade::kOk},
      {check_core_dumps(1, false), Grade::kOk},
      {check_core_dumps(1, true), Grade::kWarn},
      {check_commit_time(1.26), Grade::kOk},
      {check_commit_time(20.0), Grade::kWarn},
      {check_commit_time(200.0), Grade::kRed},
      {check_commit_time(Error(ErrorCode::kUnavailable, "ledger.disk", "disk full")), Grade::kRed},
      {check_disk_free("/d", 1ULL << 40, 2ULL << 40), Grade::kOk},
      {check_disk_free("/d", 1ULL << 33, 1ULL << 40), Grade::kWarn},
      {check_disk_free("/d", 1ULL << 20, 1ULL << 40), Grade::kRed},
      {check_secret_file("/k", 0600), Grade::kOk},
      {check_secret_file("/k", 0640), Grade::kRed},
      {check_secret_file("/k", std::nullopt), Grade::kRed},
      {check_certificate({"c", kNow - kDay, kNow + 31 * kDay, ""}, kNow), Grade::kOk},
      {check_certificate({"c", kNow - kDay, kNow + 29 * kDay, ""}, kNow), Grade::kWarn},
      {check_certificate({"c", kNow - kDay, kNow + 6 * kDay, ""}, kNow), Grade::kRed},
      {check_certificate({"c", kNow - kDay, kNow, ""}, kNow), Grade::kRed},
      {check_certificate({"c", kNow + 1, kNow + 99 * kDay, ""}, kNow), Grade::kRed},
      {check_certificate({"c", kNow - kDay, kNow + 99 * kDay, "no CI"}, kNow), Grade::kRed},
      {check_key("c.pem", "dpauth", ""), Grade::kOk},
      {check_key("c.pem", "dpauth", "not in the HSM"), Grade::kRed},
      {check_plugin({"acme.hsm", "1", "/p/a.so", "aa", "bb"}), Grade::kOk},
      {check_plugin({"acme.hsm", "1", "/p/a.so", "aa", ""}), Grade::kWarn},
      {check_profile(true), Grade::kOk},
      {check_profile(false), Grade::kWarn},
      {check_hsm_health("host", "{}", Grade::kOk), Grade::kOk},
      {check_hsm_health("host", R"({"trouble":"pkcs11.stuck"})", Grade::kWarn), Grade::kWarn},
      {check_hsm_health("alpha next", "", Grade::kRed), Grade::kRed},
      {check_data_keys("a", one(true, false, false), false), Grade::kOk},
      {check_data_keys("a", one(true, true, false), true), Grade::kOk},
      {check_data_keys("a", one(true, false, false), true), Grade::kWarn},
      {check_data_keys("a", one(true, false, true), false), Grade::kWarn},
      {check_data_keys("a", one(false, false, false), false), Grade::kRed},
      {check_data_keys("a", Error(ErrorCode::kUnavailable, "pkcs11.token_lost", "it is gone"),
                       false),
       Grade::kRed},
      {check_hsm_backend("/p/libacme.so"), Grade::kOk},
      {check_hsm_backend("/p/libberth_hsm_softkeys.so"), Grade::kWarn},
  };
  for (const Row& row : rows) {
    CAPTURE(row.finding.name, row.finding.detail);
    CHECK(row.finding.grade == row.grade);
    CHECK(row.finding.remedy.empty() == (row.grade == Grade::kOk));
    CHECK_FALSE(row.finding.detail.empty());
  }
  CHECK(check_commit_time(1.26).detail == "1.26 ms for the disk to confirm a page");
  CHECK(check_secret_file("/k", 0640).remedy == "chmod 600 /k");
}

TEST_CASE("one red finding makes the report red", "[api]") {
  DoctorReport report{{{"a", Grade::kOk, "", ""}, {"b", Grade::kWarn, "", ""}}};
  CHECK_FALSE(report.red());
  report.findings.push_back({"c", Grade::kRed, "", ""});
  CHECK(report.red());
}

TEST_CASE("a tenant that is blocked is red while the platform is not", "[api][R135:part]") {
  const std::vector<LimitFacts> quiet{{"workers", 12, false, 0},
                                      {"objects", 5, false, kNow - kLimitWarnsMs}};
  CHECK(check_limits("a", quiet, kNow).grade == Grade::kOk);
  const std::vector<LimitFacts> busy{{"workers", 12, false, kNow - 1000}};
  const Finding warning = check_limits("a", busy, kNow);
  CHECK(warning.grade == Grade::kWarn);
  CHECK(warning.detail.find("workers 12") != std::string::npos);
  Finding blocked = check_limits("a", {{"downloadsPerSecond", 5, true, kNow}}, kNow);
  CHECK(blocked.grade == Grade::kRed);
  CHECK(blocked.detail.find("downloadsPerSecond 5") != std::string::npos);
  CHECK_FALSE(blocked.remedy.empty());
  blocked.tenant = "a";
  const DoctorReport report{{check_profile(true), blocked, blocked}};
  CHECK(report.red());
  CHECK_FALSE(report.platform_red());
  CHECK(report.red_tenants() == std::vector<std::string>{"a"});
  CHECK(DoctorReport{{check_listener("es9", "x", "refused")}}.platform_red());
}

TEST_CASE("what devices are shown is compared with the file and the clock", "[api][R135:part]") {
  CHECK(check_served("r", "ab", "ab", kNow + kDay, kNow).grade == Grade::kOk);
  CHECK(check_served("r", "ab", "cd", kNow + kDay, kNow).grade == Grade::kWarn);
  CHECK(check_served("r", "ab", "", kNow + kDay, kNow).grade == Grade::kWarn);
  CHECK(check_served("r", "ab", "ab", kNow, kNow).grade == Grade::kRed);
  CHECK(check_served("r", "ab", "cd", kNow, kNow).remedy.find("tls reload") != std::string::npos);
}
