// Is this host fit to serve? One small check per fact, each with its remedy.
//
// The checks are pure: whoever composes the host gathers the facts (system_facts.h) and decides
// which checks apply. A red finding means devices or data are at risk now; a warning, later.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/clock.h"
#include "kernel/base/result.h"

namespace berth::api {

enum class Grade : std::uint8_t { kOk = 1, kWarn, kRed };

struct Finding {
  std::string name;  // "clock", "certificate dpauth.pem"
  Grade grade = Grade::kOk;
  std::string detail;       // what was found
  std::string remedy;       // what to do; empty when ok
  std::string tenant = {};  // whom alone it concerns; empty: the platform
};

struct DoctorReport {
  std::vector<Finding> findings;
  bool red() const;
  // Of the platform, whatever its tenants' findings are (R135); and the tenants that have a red
  // one.
  bool platform_red() const;
  std::vector<std::string> red_tenants() const;
};

std::string_view to_string(Grade grade);  // "ok", "warn", "red"

// ---- the host ----

// `not_before`: a moment the clock cannot be before (the newest certificate's start, the build).
// `synchronised`: what the kernel says about NTP; empty when it cannot tell.
Finding check_clock(UnixMs now, UnixMs not_before, std::optional<bool> synchronised);
// `problem`: why a probe of the address failed; empty when it answered.
Finding check_listener(std::string_view name, std::string_view address, std::string_view problem);
// Soft limit of open files against what the configured connections need.
Finding check_open_files(std::uint64_t soft_limit, std::uint64_t needed);
// Locked memory in octets (RLIMIT_MEMLOCK) against what the secrets need.
Finding check_locked_memory(std::uint64_t soft_limit, std::uint64_t needed);
// `core_limit_bytes` is RLIMIT_CORE; `dumpable` is PR_GET_DUMPABLE.
Finding check_core_dumps(std::uint64_t core_limit_bytes, bool dumpable);

// ---- data ----

// A durable commit's time in milliseconds, or why it failed.
Finding check_commit_time(const Result<double>& commit_ms);
Finding check_disk_free(std::string_view folder, std::uint64_t available_bytes,
                        std::uint64_t total_bytes);
// `mode`: permission bits; empty when the file cannot be looked at.
Finding check_secret_file(std::string_view file, std::optional<std::uint32_t> mode);

// ---- trust ----

struct CertificateFacts {
  std::string name;  // file or role, for people
  UnixMs not_before = 0;
  UnixMs not_after = 0;
  std::string chain_problem;  // why it does not verify against a trusted CI; empty: it does
};
Finding check_certificate(const CertificateFacts& certificate, UnixMs now);
// `problem` as trust::IdentityStatus tells it; empty when key and certificate belong together.
Finding check_key(std::string_view certificate_file, std::string_view key_reference,
                  std::string_view problem);
// A loaded plugin library.
// The process of a plugin that runs apart.
struct PluginProcessFacts {
  std::string tenant;
  std::int64_t pid = 0;  // 0: away
  std::uint64_t restarts = 0;
  std::string last_end = {};  // how it ended the last time; empty: it never did
};
struct PluginFacts {
  std::string id;
  std::string version;
  std::string library;    // the file
  std::string sha256;     // of its octets, hexadecimal
  std::string signed_by;  // fingerprint of the signer's key; empty: not signed
  std::optional<PluginProcessFacts> process = {};  // none: it runs inside berthd
};
Finding check_plugin(const PluginFacts& plugin);
// How a tenant's data key is wrapped.
struct DataKeyFacts {
  std::uint32_t key_id = 0;
  UnixMs created_ms = 0;
  bool opens = false;           // by the HSM and wrapping key the tenant runs on
  bool ready_for_next = false;  // also by those that come next
  bool switched = false;        // by its later wrapping; the one from before is still kept
};
// `next`: the configuration names an HSM or wrapping key that comes next.
Finding check_data_keys(std::string_view tenant, const Result<std::vector<DataKeyFacts>>& keys,
                        bool next);
// `whose`: "host", a tenant, "… next". `detail`: what the plugin said.
Finding check_hsm_health(std::string_view whose, std::string_view detail, Grade grade);
// `open`: no operators are configured; `two_people`: two-person actions take two.
Finding check_operators(bool open, bool two_people);
// A break-glass grant that nobody has acknowledged.
struct GrantFacts {
  std::string id;
  std::string who;
  std::string reason;
  UnixMs opened_ms = 0;
  bool still_open = false;
};
Finding check_break_glass(const GrantFacts& grant);
// One of a tenant's limits.
struct LimitFacts {
  std::string name;  // "downloadsPerSecond"
  std::uint64_t value = 0;
  bool blocked = false;        // refuses at least as often as it allows, the last minute or two
  UnixMs last_refused_ms = 0;  // 0: never
};
// Red while one blocks, a warning for kLimitWarnsMs after the last refusal.
inline constexpr UnixMs kLimitWarnsMs = 120'000;
Finding check_limits(std::string_view tenant, const std::vector<LimitFacts>& limits, UnixMs now);
// What the door shows for a realm against its file; digests in hexadecimal, `file` empty when the
// file cannot be read.
Finding check_served(std::string_view realm, std::string_view served, std::string_view file,
                     UnixMs not_after, UnixMs now);
// `production`: the host's profile.
Finding check_profile(bool production);
// `library`: the HSM plugin's file name.
Finding check_hsm_backend(std::string_view library);

}  // namespace berth::api
