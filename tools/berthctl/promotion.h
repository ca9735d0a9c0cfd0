// The files of a host of its own for a tenant that was shared (`berthctl tenant promote`).
//
// Own ledger, store and keys, and the tenant's realm with its certificate; nothing of the common
// host's but its plugins, the CIs it trusts and its limits. Made of the common host's files, which
// stay as they are. Reads files; writes nothing but in write().

#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "kernel/base/random.h"
#include "kernel/base/result.h"

namespace berth::berthctl {

struct PromotionWish {
  std::string tenant;
  std::filesystem::path host_file;  // of the common host
  std::filesystem::path folder;     // of the host to be; not there yet
  // Its ledger comes later (`berthctl tenant move`): the host must not begin one of its own.
  bool for_move = false;
};

struct Promotion {
  std::filesystem::path folder;              // absolute
  std::map<std::string, std::string> files;  // by path below the folder
};

// "berthctl.promote" names the file and what keeps the tenant from it: it is not shared, its cards
// are whoever's (consumer-open), or a plugin's configuration would be shared with other tenants.
Result<Promotion> plan_promotion(const PromotionWish& wish, Random& random);

// Makes the folder and its files, 0700 and 0600. "berthctl.file" when something is there already.
Result<void> write(const Promotion& promotion);

}  // namespace berth::berthctl
