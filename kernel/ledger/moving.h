// A tenant's ledger as a file on its way to another folder: looked at, copied, shut to whoever
// still has it open. SQLite alone; a PostgreSQL ledger is not a file.
//
// Every function answers "ledger.tenant_file_lost" when there is no ledger of this tenant in the
// file, and as reads do when it cannot be read. Thread-safe; the caller sees to it that nobody
// commits meanwhile, where it says so.

#pragma once

#include <filesystem>
#include <vector>

#include "kernel/base/digest.h"
#include "kernel/ledger/tenant_ledger.h"

namespace berth::ledger {

struct FileKey {
  std::uint32_t key_id = 0;
  Sha256 wrapped{};  // of the data key's first wrapping
};

struct FileFacts {
  TenantHead head;
  std::vector<FileKey> data_keys;  // ascending key id
};

// "<folder>/tenants/<id>.db": where a host with this data folder has the tenant's ledger.
std::filesystem::path ledger_file(const std::filesystem::path& folder, const TenantId& tenant);

Result<FileFacts> look_at_ledger(const std::filesystem::path& file, const TenantId& tenant);

// Writes what `from` holds to `to`, which must not be there, mode 0600: durable, and read again.
// "ledger.copy_differs" when its head, rows or audit chain are not those of `from`; then `to` is
// removed. Nobody commits meanwhile.
Result<FileFacts> copy_ledger(const std::filesystem::path& from, const std::filesystem::path& to,
                              const TenantId& tenant);

// Is the ledger in this file one that went on from the record `sequence` with this hash? Its whole
// chain is verified. "ledger.other_line" when it is not: two hosts have written on the same ledger.
Result<void> check_goes_on(const std::filesystem::path& file, const TenantId& tenant,
                           std::int64_t sequence, ByteView hash);

// Raises the epoch, so that whoever has the file open commits nothing more, and gives it a new name
// in its folder, durably. What stands at the new name is replaced.
Result<void> put_away_ledger(const std::filesystem::path& file, const std::filesystem::path& away,
                             const TenantId& tenant);

// Gives a copy (copy_ledger) its name, durably. What is left of a ledger of that name is removed
// before: its log must not be taken for the copy's. Nobody has that name open.
Result<void> put_in_place(const std::filesystem::path& copy, const std::filesystem::path& file);

// An empty file that outlives a crash, and its end. Each may be said again.
Result<void> make_mark(const std::filesystem::path& mark);
Result<void> drop_mark(const std::filesystem::path& mark);

}  // namespace berth::ledger
