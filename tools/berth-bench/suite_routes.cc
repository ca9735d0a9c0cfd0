// Suite `routes`: how long the whole decision takes at the size a large host has.
//
// Method: 1,000 tenants, 100,000 EID ranges and single EIDs cut out of one card maker's prefix in
// random order, each tenant with an operator, IMSI ranges on a network they share, and ICCIDs. Each
// sample is a batch of complete decisions (realm, EID, operator with GIDs, IMSI and ICCID, ICCID),
// one after the other in one thread, over facts in random order so that caches help as little as
// they do in traffic; its time is divided by the batch. Every decision is checked against the
// tenant the facts were made of.

#include <algorithm>
#include <chrono>
#include <random>

#include "kernel/routing/decision.h"
#include "kernel/routing/proof.h"
#include "tools/berth-bench/must.h"
#include "tools/berth-bench/suites.h"

namespace berth::bench {
namespace {

using tenancy::DigitRange;
using tenancy::Digits;

struct Size {
  std::size_t tenants;
  std::size_t ranges;
  std::size_t samples;
};
constexpr Size kFull{1'000, 100'000, 20'000};
constexpr Size kSmoke{20, 1'000, 50};
constexpr std::size_t kBatch = 16;
constexpr std::size_t kFacts = 65'536;
constexpr std::uint64_t kSeed = 20261123;

std::string padded(std::uint64_t number, std::size_t size) {
  const std::string digits = std::to_string(number);
  return std::string(size - std::min(size, digits.size()), '0') + digits;
}

// The n-th piece of the maker's EIDs: 89049032, then the number, then whatever.
std::string piece(std::size_t number, char fill) {
  std::string digits = "89049032" + padded(number, 8);
  digits.resize(32, fill);
  return digits;
}

DigitRange range(const std::string& first, const std::string& last) {
  return {Digits::of(first), Digits::of(last)};
}

std::vector<tenancy::Route> make_routes(const Size& size, const std::vector<std::size_t>& owners) {
  std::vector<tenancy::Route> routes;
  const auto shared = must(MccMnc::parse("23450"));
  for (std::size_t i = 0; i < size.tenants; ++i) {
    const std::string id = "tenant-" + std::to_string(i);
    tenancy::Route route{must(TenantId::parse(id)),
                         {},
                         {{{must(MccMnc::parse(padded(100'000 + i, 6))), "", ""}}},
                         must(HostName::parse("rsp." + id + ".example")),
                         "https://dp.example/"};
    route.operators.push_back(
        {{shared, "", ""},
         range("23450" + padded(i, 5) + "00000", "23450" + padded(i, 5) + "99999"),
         {}});
    route.iccid_ranges = {
        range("8944" + padded(i, 5) + "0000000000", "8944" + padded(i, 5) + "9999999999")};
    routes.push_back(std::move(route));
  }
  for (std::size_t number = 0; number < owners.size(); ++number) {
    tenancy::Route& route = routes[owners[number]];
    // Pieces side by side, so that every interval has a neighbour of somebody else's.
    if (number % 10 == 0) {
      route.eids.push_back(must(Eid::parse(piece(number, '5'))));
    } else {
      route.eid_ranges.push_back(range(piece(number, '0'), piece(number, '9')));
    }
  }
  return routes;
}

struct Case {
  routing::Facts facts;
  TenantId tenant;
};

std::vector<Case> make_cases(const std::vector<std::size_t>& owners, std::mt19937_64& random) {
  std::vector<Case> cases;
  for (std::size_t i = 0; i < kFacts; ++i) {
    const std::size_t number = random() % owners.size();
    const std::size_t owner = owners[number];
    const std::string id = "tenant-" + std::to_string(owner);
    Case one{{}, must(TenantId::parse(id))};
    one.facts.realm = must(HostName::parse("rsp." + id + ".example"));
    one.facts.eid = must(Eid::parse(piece(number, '5')));
    one.facts.mcc_mnc = must(MccMnc::parse("23450"));
    one.facts.imsi = "23450" + padded(owner, 5) + padded(random() % 100'000, 5);
    one.facts.iccid =
        must(Iccid::parse("8944" + padded(owner, 5) + padded(random() % 1'000'000'000, 10)));
    cases.push_back(std::move(one));
  }
  return cases;
}

double nanoseconds(std::chrono::steady_clock::duration took) {
  return std::chrono::duration<double, std::nano>(took).count();
}

}  // namespace

Report run_routes(const SuiteSettings& settings) {
  using Clock = std::chrono::steady_clock;
  const Size size = settings.smoke ? kSmoke : kFull;
  Report report;
  report.suite = "routes";
  std::mt19937_64 random(kSeed);
  std::vector<std::size_t> owners(size.ranges);
  for (std::size_t& owner : owners) owner = random() % size.tenants;
  settings.say("building a table");
  const auto begun = Clock::now();
  const auto table = must(tenancy::RouteTable::build(make_routes(size, owners)));
  report.note("build_ms", nanoseconds(Clock::now() - begun) / 1e6, "ms");
  report.note("tenants", static_cast<double>(table.routes().size()), "");
  report.note("ranges", static_cast<double>(table.eids().ranges().size()), "");

  const std::vector<Case> cases = make_cases(owners, random);
  const routing::Policies policies;
  settings.say("resolving");
  std::vector<double> times;
  std::size_t next = 0;
  for (std::size_t sample = 0; sample < size.samples; ++sample) {
    // Facts come out of a request that was just read.
    std::vector<Case> batch;
    for (std::size_t i = 0; i < kBatch; ++i) batch.push_back(cases[(next + i) % cases.size()]);
    next = (next + kBatch) % cases.size();
    std::vector<routing::Decision> decisions(kBatch);
    const auto start = Clock::now();
    for (std::size_t i = 0; i < kBatch; ++i) {
      decisions[i] = routing::decide(table, policies, batch[i].facts);
    }
    times.push_back(nanoseconds(Clock::now() - start) / kBatch);
    for (std::size_t i = 0; i < kBatch; ++i) {
      if (decisions[i].accepted() && decisions[i].route->tenant == batch[i].tenant) continue;
      throw std::runtime_error("a decision is not the one the facts were made for");
    }
  }
  report.bars.push_back({"resolve_ns_p50", median(times), Bound::kAtMost, 1000, "ns"});
  report.note("resolve_ns_p99", quantile(times, 0.99), "ns");

  // Foreign cards at every tenant: none may pass.
  settings.say("putting foreign cards to every tenant");
  std::size_t passed = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    routing::Facts foreign = cases[i].facts;
    foreign.realm = cases[(i + 1) % cases.size()].facts.realm;
    if (*foreign.realm == *cases[i].facts.realm) continue;
    passed += routing::decide(table, policies, foreign).accepted() ? 1 : 0;
  }
  report.bars.push_back({"foreign_accepted", static_cast<double>(passed), Bound::kAtMost, 0, ""});
  settings.say("writing the proof");
  const auto prove = Clock::now();
  const std::string proof = must(routing::write_proof(table, policies, {1, "", 0}));
  report.note("prove_ms", nanoseconds(Clock::now() - prove) / 1e6, "ms");
  report.note("proof_mb", static_cast<double>(proof.size()) / 1e6, "MB");
  describe_machine(report);
  report.measured_on.emplace_back(
      "decision",
      "realm, EID, operator by IMSI among all tenants on one network, ICCID; one thread");
  return report;
}

}  // namespace berth::bench
