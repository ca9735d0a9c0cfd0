// The file of `berthctl order apply`: profile types, packages and orders that a test host should
// have. Pure apart from reading the packages.
//
// {"profileTypes": [DOCUMENT…],
//  "packages": [{"file", "profileType", "serviceProviderName"?, "profileName"?, "mccMnc"?, "gid1"?,
//                "gid2"?}…],
//  "orders": [{"id", "package" | "iccid" | "profileType", "state"?, "eid"?, "matchingId"?,
//              "confirmationCode"?, "correlationId"?, "defaultUse"?, "lifetimeMs"?,
//              "expiresAt"?}…]}
//
// "file" is relative to the file that says it; an order's "package" is the "file" of one above.
// "state" is released (default), notReleased, expired, attemptsUsedUp or codeAttemptsUsedUp. "id"
// makes repeating safe: an order of that id is placed once.

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kernel/base/bytes.h"
#include "kernel/base/result.h"

namespace berth::berthctl {

inline constexpr std::size_t kMaxApplyFile = 4 * 1024 * 1024;
inline constexpr std::size_t kMaxApplyEntries = 10'000;  // of each list

struct ApplyProfileType {
  std::string path;  // in the file: "profileTypes[0]"
  std::string name;
  std::string document;  // JSON
};
struct ApplyPackage {
  std::string path;
  std::string file;  // as written
  std::string body;  // JSON of the import, the package in it
};
struct ApplyOrder {
  std::string path;
  std::string id;
  std::string package;  // empty: the body names the profile
  std::string body;     // JSON of the order; without iccid when there is a package
};
struct ApplyPlan {
  std::vector<ApplyProfileType> profile_types;
  std::vector<ApplyPackage> packages;
  std::vector<ApplyOrder> orders;
};

// Everything that is wrong, each with its JSON path: "orders[3].state: is none of …".
struct ApplyProblems {
  std::vector<std::string> problems;
};

// `folder`: what relative paths count from.
Result<ApplyPlan, ApplyProblems> read_apply_file(std::string_view text,
                                                 const std::filesystem::path& folder);

}  // namespace berth::berthctl
