// Suite `ledger`: how many full transitions a second become durable.
//
// Method: the ledger alone, in this process, on a disk that really confirms; one hot tenant. Every
// transition is a profile and an order written anew under their guards, with event, usage fact,
// audit record and the commit's own row; it counts when its batch's COMMIT was answered.

#include <array>

#include "kernel/ledger/host_ledger.h"
#include "tools/berth-bench/must.h"
#include "tools/berth-bench/suites.h"
#include "tools/berth-bench/temp_folder.h"
#include "tools/berth-bench/transitions.h"

namespace berth::bench {
namespace {

constexpr std::size_t kWriters = 64;

std::vector<double> measure_sqlite(const SuiteSettings& settings, Report& report) {
  const TempFolder folder;
  const SystemClock clock;
  SystemRandom random;
  auto host = must(ledger::HostLedger::open({.folder = folder.path() / "data"}, clock, random));
  report.note("disk_confirms_ms", must(host->measure_commit_ms()), "ms");
  std::vector<double> rates;
  const int rounds = settings.smoke ? 1 : 5;
  for (int round = 1; round <= rounds; ++round) {
    settings.say("SQLite: round " + std::to_string(round) + " of " + std::to_string(rounds));
    auto tenant = must(host->open_tenant(must(TenantId::parse("tenant-" + std::to_string(round)))));
    const std::array<ledger::TenantLedger*, 1> ledgers = {tenant.get()};
    rates.push_back(transitions_per_second(
        ledgers, {.writers = kWriters, .seconds = settings.smoke ? 0.2 : 5.0}, random));
    if (!must(tenant->verify_audit()).intact) throw std::runtime_error("the audit chain is broken");
  }
  return rates;
}

}  // namespace

Report run_ledger(const SuiteSettings& settings) {
  Report report;
  report.suite = "ledger";
  const std::vector<double> sqlite = measure_sqlite(settings, report);
  report.bars.push_back(
      {"sqlite_transitions_per_second", median(sqlite), Bound::kAtLeast, 5000, "1/s"});
  describe_machine(report);
  const auto on = [&](const std::string& name, const std::string& value) {
    report.measured_on.emplace_back(name, value);
  };
  on("writers", std::to_string(kWriters) + " threads, one hot tenant");
  on("rows per commit", "6: profile, order, event, usage, audit, commit; the head once a batch");
  on("durability", "SQLite WAL, synchronous FULL, real fsync");
  return report;
}

}  // namespace berth::bench
