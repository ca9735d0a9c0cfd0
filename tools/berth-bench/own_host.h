// What tenant B notices when the berthd of tenant A's own is killed (R35).
//
// Both are behind the common door: A has a berthd, a ledger, a store, keys and a certificate issuer
// of its own, B is on the shared one. While both download, A's process is killed, started again
// and killed again.

#pragma once

#include <cstddef>

#include "tools/berth-bench/paced_run.h"
#include "tools/berth-bench/suites.h"

namespace berth::bench {

struct KilledHost {
  PacedRun b;
  std::size_t kills = 0;
  std::size_t a_downloaded = 0;
  std::size_t a_failed = 0;  // while nobody answered for it, or cut off by the kill
};

// Throws when A did not download before and between the kills, did not fail after them, or B was
// done before the last: then nothing was measured.
KilledHost kill_own_host(const SuiteSettings& settings, const Pace& pace_of_b);

}  // namespace berth::bench
