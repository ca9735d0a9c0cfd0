// Suite `ledger`: how many full transitions a second become durable.
//
// Method: the ledgers alone, in this process, on a disk that really confirms; one hot tenant. On
// PostgreSQL two nodes write it, and scripts/bench delays every commit by 5 ms. Every
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
constexpr std::size_t kPostgresWriters = 256;  // over both nodes

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

// Two nodes over one database write one tenant: each has its own connections and its own writer.
std::vector<double> measure_postgres(const SuiteSettings& settings, Report& report) {
  const SystemClock clock;
  SystemRandom random;
  const auto open_node = [&] {
    const std::string words = "host=" + settings.postgres + " port=5432 dbname=berth user=";
    return must(ledger::HostLedger::open(
        {.postgres = ledger::PostgresOptions{.connection = words + "berth_service",
                                             .owner_connection = words + "berth_owner"}},
        clock, random));
  };
  const auto a = open_node();
  const auto b = open_node();
  report.note("postgres_commit_ms", must(a->measure_commit_ms()), "ms");
  std::vector<double> rates;
  const int rounds = settings.smoke ? 1 : 5;
  for (int round = 1; round <= rounds; ++round) {
    settings.say("PostgreSQL: round " + std::to_string(round) + " of " + std::to_string(rounds));
    const TenantId tenant = must(TenantId::parse("tenant-" + std::to_string(round)));
    const auto at_a = must(a->open_tenant(tenant));
    const auto at_b = must(b->open_tenant(tenant));
    const std::array<ledger::TenantLedger*, 2> ledgers = {at_a.get(), at_b.get()};
    rates.push_back(transitions_per_second(
        ledgers, {.writers = kPostgresWriters, .seconds = settings.smoke ? 0.2 : 5.0}, random));
    if (!must(at_a->verify_audit()).intact) throw std::runtime_error("the audit chain is broken");
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
  const std::vector<double> postgres =
      settings.postgres.empty() ? std::vector<double>() : measure_postgres(settings, report);
  // Without a server it is a bar missed; a look whether the suite works needs none.
  if (!settings.smoke || !postgres.empty()) {
    report.bars.push_back({"postgres_hot_tenant_transitions_per_second", median(postgres),
                           Bound::kAtLeast, 3000, "1/s"});
  }
  describe_machine(report);
  const auto on = [&](const std::string& name, const std::string& value) {
    report.measured_on.emplace_back(name, value);
  };
  on("writers", std::to_string(kWriters) + " threads, one hot tenant");
  on("rows per commit", "6: profile, order, event, usage, audit, commit; the head once a batch");
  on("durability", "SQLite WAL, synchronous FULL, real fsync; PostgreSQL fsync, commits delayed");
  on("PostgreSQL", settings.postgres.empty() ? "none given (--postgres)"
                                             : std::to_string(kPostgresWriters) +
                                                   " threads on two nodes, one hot tenant");
  return report;
}

}  // namespace berth::bench
