// A tenant's data as they are returned to it: a folder of JSON lines and a signed manifest.
// docs/reference/tenant-export.md is the format, `berth-verify export` its check.

#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/api/envelope.h"
#include "kernel/context/tenant_context.h"
#include "kernel/routing/route_signer.h"

namespace berth::api {

inline constexpr std::string_view kManifest = "manifest.jsonl";

// Over all octets before the last line of a text.
using SignText = std::function<Result<routing::RouteSigner::Signature>(std::string_view text)>;
// Puts the last line to a text: {"signature":…,"key":…}. Errors are those of `sign`.
Result<std::string> signed_text(std::string text, const SignText& sign);

struct ExportFacts {
  std::string manifest_sha256;  // lower-case hexadecimal
  ledger::TenantHead head;      // of what was written: nothing happened meanwhile
  std::uint64_t rows = 0;
};

// Writes everything below `folder`, which is made anew; what was there before stays until the new
// one is complete. kAborted "exit.busy": the tenant's history went on while it was read, again and
// again; kFailedPrecondition "exit.folder"; those of ledger, vault, recipient and `sign`.
Result<ExportFacts> write_export(context::TenantContext& tenant, const Recipient& recipient,
                                 const std::filesystem::path& folder, const SignText& sign);

// Octets of a file of an export from `offset` on, at most `max`. kNotFound "exit.no_file".
struct ExportPart {
  Bytes octets;
  std::uint64_t size = 0;  // of the whole file
};
Result<ExportPart> read_export(const std::filesystem::path& folder, std::string_view name,
                               std::uint64_t offset, std::size_t max);

}  // namespace berth::api
