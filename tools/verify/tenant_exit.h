// Rechecks offline what a host hands out when a tenant leaves: the export, by its manifest, and the
// certificate of what was destroyed. docs/reference/tenant-export.md
//
// Failures name the file; reasons in docs/reference/reasons/verify.md.

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "kernel/base/result.h"

namespace berth::verify {

inline constexpr std::size_t kMaxExitText = std::size_t{16} << 20;  // manifest, certificate

struct VerifiedExport {
  std::string tenant;
  std::size_t files = 0;
  std::uint64_t rows = 0;
  std::int64_t history = 0;  // records of the chain, recomputed
};
// Every file is there, whole and signed for, and nothing else is; the history's chain runs from its
// beginning to the head that the manifest names. "verify.export", "verify.history"; those of
// check_signature.
Result<VerifiedExport> check_export(const std::filesystem::path& folder,
                                    std::string_view public_key_pem);

struct VerifiedExit {
  std::string tenant;
  std::size_t keys = 0;
  std::uint64_t objects = 0;
  std::string manifest_sha256;  // of the export that was returned before
};
// `manifest`: of the export it has to be about; empty: not looked at. "verify.certificate"; those
// of check_signature.
Result<VerifiedExit> check_certificate(std::string_view certificate, std::string_view manifest,
                                       std::string_view public_key_pem);

}  // namespace berth::verify
