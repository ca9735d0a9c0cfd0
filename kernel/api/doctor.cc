#include "kernel/api/doctor.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace berth::api {
namespace {

constexpr UnixMs kDayMs = 86'400'000;
// R146: alarms at 30, 14, 7 and 1 days; below a week somebody has to act now.
constexpr std::int64_t kWarnDays = 30;
constexpr std::int64_t kRedDays = 7;
// Beyond these a busy host queues behind its own disk.
constexpr double kWarnCommitMs = 20.0;
constexpr double kRedCommitMs = 200.0;
constexpr double kWarnFreeShare = 0.10;
constexpr std::uint64_t kRedFreeBytes = 256ULL * 1024 * 1024;
constexpr std::uint32_t kOthersBits = 077;
constexpr UnixMs kYear2100Ms = 4'102'444'800'000;

Finding ok(std::string name, std::string detail) {
  return {std::move(name), Grade::kOk, std::move(detail), ""};
}
Finding warn(std::string name, std::string detail, std::string remedy) {
  return {std::move(name), Grade::kWarn, std::move(detail), std::move(remedy)};
}
Finding red(std::string name, std::string detail, std::string remedy) {
  return {std::move(name), Grade::kRed, std::move(detail), std::move(remedy)};
}

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes / (1024 * 1024)) + " MiB";
}

std::string hundredths(double value) {
  const auto rounded = static_cast<std::int64_t>(std::llround(value * 100));
  return std::to_string(rounded / 100) + (rounded % 100 < 10 ? ".0" : ".") +
         std::to_string(rounded % 100);
}

std::string octal(std::uint32_t mode) {
  std::string text = "0";
  for (const unsigned shift : {6U, 3U, 0U}) text += static_cast<char>('0' + ((mode >> shift) & 7U));
  return text;
}

}  // namespace

bool DoctorReport::red() const {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.grade == Grade::kRed; });
}

bool DoctorReport::platform_red() const {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.grade == Grade::kRed && finding.tenant.empty();
  });
}

std::vector<std::string> DoctorReport::red_tenants() const {
  std::set<std::string> tenants;
  for (const Finding& finding : findings) {
    if (finding.grade == Grade::kRed && !finding.tenant.empty()) tenants.insert(finding.tenant);
  }
  return {tenants.begin(), tenants.end()};
}

std::string_view to_string(Grade grade) {
  switch (grade) {
    case Grade::kOk:
      return "ok";
    case Grade::kWarn:
      return "warn";
    case Grade::kRed:
      return "red";
  }
  return "red";
}

Finding check_clock(UnixMs now, UnixMs not_before, std::optional<bool> synchronised) {
  const std::string reading = to_rfc3339(now);
  if (now < not_before) {
    return red("clock", reading + " lies before " + to_rfc3339(not_before) + ", which has passed",
               "Set the clock; certificates and deadlines are judged by it.");
  }
  if (now > kYear2100Ms) return red("clock", reading + " is not plausible", "Set the clock.");
  if (synchronised.has_value() && !*synchronised) {
    return warn("clock", reading + ", not synchronised",
                "Run an NTP client (systemd-timesyncd or chrony).");
  }
  return ok("clock", reading + (synchronised ? ", synchronised" : ""));
}

Finding check_listener(std::string_view name, std::string_view address, std::string_view problem) {
  std::string title = "listener " + std::string(name);
  if (problem.empty()) return ok(std::move(title), std::string(address) + " answers");
  return red(std::move(title), std::string(address) + ": " + std::string(problem),
             "Check that nothing else holds the address and that no firewall cuts it off; restart "
             "berthd.");
}

Finding check_open_files(std::uint64_t soft_limit, std::uint64_t needed) {
  const std::string detail =
      std::to_string(soft_limit) + " allowed, " + std::to_string(needed) + " needed";
  if (soft_limit >= needed) return ok("open files", detail);
  return red("open files", detail,
             "Raise RLIMIT_NOFILE (LimitNOFILE= in the unit) or lower the connection limits.");
}

Finding check_locked_memory(std::uint64_t soft_limit, std::uint64_t needed) {
  const std::string detail = std::to_string(soft_limit / 1024) + " KiB allowed, " +
                             std::to_string(needed / 1024) + " KiB needed";
  if (soft_limit >= needed) return ok("locked memory", detail);
  return warn("locked memory", detail + ": secrets may reach the swap",
              "Raise RLIMIT_MEMLOCK (LimitMEMLOCK= in the unit) or turn swap off.");
}

Finding check_core_dumps(std::uint64_t core_limit_bytes, bool dumpable) {
  if (core_limit_bytes == 0 || !dumpable) return ok("core dumps", "off");
  return warn("core dumps", "on: a crash would write keys to disk",
              "Set LimitCORE=0 in the unit (ulimit -c 0).");
}

Finding check_commit_time(const Result<double>& commit_ms) {
  if (!commit_ms) {
    return red("ledger commit", commit_ms.error().message(),
               "The ledger cannot be written: check disk space, permissions and the disk itself.");
  }
  const std::string detail = hundredths(*commit_ms) + " ms for the disk to confirm a page";
  const std::string remedy =
      "Put the data folder on a disk with fast synchronous writes (local NVMe, or a controller "
      "with a protected cache).";
  if (*commit_ms >= kRedCommitMs) return red("ledger commit", detail, remedy);
  if (*commit_ms >= kWarnCommitMs) return warn("ledger commit", detail, remedy);
  return ok("ledger commit", detail);
}

Finding check_disk_free(std::string_view folder, std::uint64_t available_bytes,
                        std::uint64_t total_bytes) {
  const std::string name = "disk " + std::string(folder);
  const std::string detail = mebibytes(available_bytes) + " free of " + mebibytes(total_bytes);
  const std::string remedy = "Free or add space; a full disk stops orders and downloads.";
  if (available_bytes < kRedFreeBytes) return red(name, detail, remedy);
  if (static_cast<double>(available_bytes) < kWarnFreeShare * static_cast<double>(total_bytes)) {
    return warn(name, detail, remedy);
  }
  return ok(name, detail);
}

Finding check_secret_file(std::string_view file, std::optional<std::uint32_t> mode) {
  const std::string name = "secret file " + std::string(file);
  if (!mode) return red(name, "cannot be looked at", "Check the path and its owner.");
  if ((*mode & kOthersBits) != 0) {
    return red(name, "mode " + octal(*mode) + " lets others in", "chmod 600 " + std::string(file));
  }
  return ok(name, "mode " + octal(*mode));
}

Finding check_certificate(const CertificateFacts& certificate, UnixMs now) {
  const std::string name = "certificate " + certificate.name;
  if (!certificate.chain_problem.empty()) {
    return red(name, certificate.chain_problem,
               "Configure the CI that issued it, or get a certificate from a configured CI.");
  }
  if (now < certificate.not_before) {
    return red(name, "not valid before " + to_rfc3339(certificate.not_before),
               "Check the clock, or wait: devices refuse it until then.");
  }
  if (now >= certificate.not_after) {
    return red(name, "expired " + to_rfc3339(certificate.not_after),
               "Replace it now; devices refuse it.");
  }
  const std::int64_t days = (certificate.not_after - now) / kDayMs;
  const std::string detail = "ends in " + std::to_string(days) + " days";
  if (days < kRedDays) return red(name, detail, "Replace it now.");
  if (days < kWarnDays) return warn(name, detail, "Order its successor.");
  return ok(name, detail);
}

Finding check_key(std::string_view certificate_file, std::string_view key_reference,
                  std::string_view problem) {
  const std::string name = "key " + std::string(key_reference);
  if (problem.empty()) return ok(name, "belongs to " + std::string(certificate_file));
  return red(name, std::string(problem),
             "berthctl pki import --reference " + std::string(key_reference) +
                 " KEYFILE, with the key of " + std::string(certificate_file));
}

Finding check_plugin(const PluginFacts& plugin) {
  const bool apart = plugin.process.has_value();
  const std::string name = "plugin " + plugin.id + (apart ? " of " + plugin.process->tenant : "");
  std::string what = plugin.version + " from " + plugin.library;
  if (apart && plugin.process->pid == 0) {
    return red(name, what + ": its process is away: " + plugin.process->last_end,
               "It is started again by itself; if it stays away, look for plugin.process in the "
               "log and put right what its last words name.");
  }
  what += apart ? ", in process " + std::to_string(plugin.process->pid) : ", inside berthd";
  if (!plugin.signed_by.empty()) return ok(name, what + ", signed by " + plugin.signed_by);
  return warn(name, what + ": not signed, so nobody vouches for its code",
              "Have it signed (berthctl plugin sign) and take plugins.allowUnsigned away.");
}

Finding check_data_keys(std::string_view tenant, const Result<std::vector<DataKeyFacts>>& keys,
                        bool next) {
  const std::string name = "data keys " + std::string(tenant);
  if (!keys) {
    return red(name, keys.error().message(),
               "What is in memory still serves; a restart would not. Repair the HSM first.");
  }
  std::size_t closed = 0;
  std::size_t not_ready = 0;
  std::size_t switched = 0;
  for (const DataKeyFacts& key : *keys) {
    closed += key.opens ? 0 : 1;
    not_ready += next && !key.ready_for_next ? 1 : 0;
    switched += key.switched ? 1 : 0;
  }
  const std::string all = " of " + std::to_string(keys->size());
  if (closed > 0) {
    return red(name, std::to_string(closed) + all + " do not open by the tenant's HSM",
               "Do not restart. Put the key back into the HSM it was in.");
  }
  if (not_ready > 0) {
    return warn(name, std::to_string(not_ready) + all + " are not wrapped for what comes next",
                "Before you switch: berthctl tenant rewrap-keys --tenant " + std::string(tenant));
  }
  if (switched > 0 && !next) {
    return warn(
        name, std::to_string(switched) + all + " keep their wrapping from before",
        "When nothing may go back any more: berthctl tenant rewrap-keys --finish --tenant " +
            std::string(tenant));
  }
  return ok(name, std::to_string(keys->size()) + (next ? " ready for what comes next" : " open"));
}

Finding check_hsm_health(std::string_view whose, std::string_view detail, Grade grade) {
  const std::string name = "hsm " + std::string(whose);
  if (grade == Grade::kOk) return ok(name, "serving " + std::string(detail));
  return {name, grade, (grade == Grade::kRed ? "not serving " : "degraded ") + std::string(detail),
          "What the plugin's README says of the trouble it names; downloads that need a key fail."};
}

Finding check_operators(bool open, bool two_people) {
  if (open) {
    return warn("operators", "none configured: whoever opens the operator's socket may do all",
                "Name them under operators in the host file (docs/operating/operators.md).");
  }
  if (!two_people) {
    return warn("operators", "one person is enough for two-person actions",
                "Set twoPeople in the host file.");
  }
  return ok("operators", "configured; two-person actions take two");
}

Finding check_break_glass(const GrantFacts& grant) {
  return red("break-glass " + grant.who,
             "'" + grant.who + "' acts alone" + (grant.still_open ? "" : " no more") + ", since " +
                 to_rfc3339(grant.opened_ms) + ": " + grant.reason,
             "Look at what was done (berthctl audit list), then have another person say berthctl "
             "break-glass acknowledge " +
                 grant.id + ".");
}

Finding check_limits(std::string_view tenant, const std::vector<LimitFacts>& limits, UnixMs now) {
  std::string blocks;
  std::string refused;
  for (const LimitFacts& limit : limits) {
    const bool lately = limit.last_refused_ms != 0 && now - limit.last_refused_ms < kLimitWarnsMs;
    if (!limit.blocked && !lately) continue;
    std::string& list = limit.blocked ? blocks : refused;
    list += (list.empty() ? "" : ", ") + limit.name + " " + std::to_string(limit.value);
  }
  const std::string name = "limits " + std::string(tenant);
  const std::string remedy = "berthctl tenant limits show --tenant " + std::string(tenant) +
                             "; raise what is too low (berthctl tenant limits set), or find what "
                             "asks for so much.";
  if (!blocks.empty()) return red(name, "the tenant is blocked by " + blocks, remedy);
  if (!refused.empty()) return warn(name, "refused lately by " + refused, remedy);
  return ok(name, "nothing refused lately");
}

Finding check_served(std::string_view realm, std::string_view served, std::string_view file,
                     UnixMs not_after, UnixMs now) {
  const std::string name = "shown " + std::string(realm);
  const std::string take_up = "berthctl tls reload takes up what is in the file.";
  if (now >= not_after) {
    return red(name, "devices are shown a certificate that expired " + to_rfc3339(not_after),
               served == file ? "Replace it now, then berthctl tls reload." : take_up);
  }
  if (served != file) {
    return warn(name,
                file.empty() ? "the file cannot be read; what was read before is shown"
                             : "the file holds another certificate than devices are shown",
                take_up);
  }
  return ok(name, "as in the file");
}

Finding check_profile(bool production) {
  if (production) return ok("profile", "production");
  return warn("profile",
              "development: uncertified HSMs and, if allowed, unsigned plugins are taken",
              "Set \"profile\": \"production\" before real subscribers are served.");
}

Finding check_hsm_backend(std::string_view library) {
  if (library.find("softkeys") == std::string_view::npos) {
    return ok("hsm", std::string(library));
  }
  return warn("hsm", "softkeys holds the keys in files",
              "Fine for development and small hosts; production asks for a certified module.");
}

}  // namespace berth::api
