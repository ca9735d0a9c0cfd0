#include "tools/berth-bench/suites.h"

#include <openssl/crypto.h>
#include <sys/utsname.h>

#include <fstream>
#include <thread>

namespace berth::bench {
namespace {

std::string processor() {
  std::ifstream input("/proc/cpuinfo");
  for (std::string line; std::getline(input, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string system_name() {
  utsname names{};
  if (::uname(&names) != 0) return "unknown";
  return std::string(names.sysname) + " " + names.release + " " + names.machine;
}

}  // namespace

const std::vector<Suite>& suites() {
  static const std::vector<Suite> all = {
      {"blast-radius", &run_blast_radius, "what a tenant notices of another in trouble"},
      {"downloads", &run_downloads, "CPU, rate, latency and memory of complete downloads"},
      {"growth", &run_growth, "whether more profiles and more tenants make a download dearer"},
      {"isolation", &run_isolation, "whether a tenant ever serves another's cards and codes"},
      {"ledger", &run_ledger, "durable state transitions a second"},
      {"limits", &run_limits, "rates, refusals without cost, idle connections"},
      {"plugins", &run_plugins, "what a plugin call costs, many instances, swaps under load"},
      {"routes", &run_routes, "deciding whose a request is, of 100,000 ranges"},
  };
  return all;
}

void describe_machine(Report& report) {
  report.measured_on.emplace_back("cores", std::to_string(std::thread::hardware_concurrency()));
  report.measured_on.emplace_back("processor", processor());
  report.measured_on.emplace_back("system", system_name());
  report.measured_on.emplace_back("compiler", "g++ " __VERSION__ ", " BERTH_BUILD);
  report.measured_on.emplace_back("openssl", OpenSSL_version(OPENSSL_VERSION));
}

}  // namespace berth::bench
