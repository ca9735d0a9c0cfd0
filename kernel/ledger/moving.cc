#include "kernel/ledger/moving.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "kernel/ledger/audit_records.h"
#include "kernel/ledger/chain_verifier.h"
#include "kernel/ledger/data_keys.h"
#include "kernel/ledger/files.h"
#include "kernel/ledger/head.h"
#include "kernel/ledger/sql.h"

namespace berth::ledger {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLogs[] = {"-wal", "-shm", "-journal"};

Error lost(const fs::path& file, const std::string& what) {
  return {ErrorCode::kDataLoss, "ledger.tenant_file_lost", file.string() + " " + what};
}
Error failed(const fs::path& path, const std::string& what) {
  return {ErrorCode::kUnavailable, "ledger.folder",
          what + " " + path.string() + ": " + std::strerror(errno)};
}

// Opens it, asks, and closes it again.
template <class Work>
auto with_file(const fs::path& file, Access access, Work work)
    -> Result<decltype(work(std::declval<Session&>()))> {
  try {
    const std::unique_ptr<Session> session = open_sqlite(file, access);
    return work(*session);
  } catch (const std::exception&) {
    return error_of_current_exception().within(file.string());
  }
}

Result<void> require_ledger(const fs::path& file, const TenantId& tenant) {
  static const Statement kTable{
      "select name from sqlite_master where type = 'table' and name = 'tenant_head'", "t"};
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return lost(file, "is not there");
  BERTH_TRY(there, with_file(file, Access::kRead, [&](Session& session) {
              return !session.query(kTable, {}).empty() && has_head(session, tenant.text());
            }));
  if (there) return {};
  return lost(file, "does not hold the ledger of tenant " + tenant.text());
}

bool same(const TenantHead& a, const TenantHead& b) {
  return a.last_event_sequence == b.last_event_sequence &&
         a.last_audit_sequence == b.last_audit_sequence && a.last_audit_hash == b.last_audit_hash &&
         a.epoch == b.epoch && a.incarnation == b.incarnation;
}

// The number of rows of each table.
Result<std::vector<std::string>> counts(const fs::path& file) {
  static const Statement kTables{
      "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
      " order by name",
      "t"};
  return with_file(file, Access::kRead, [](Session& session) {
    std::vector<std::string> all;
    for (const Row& row : session.query(kTables, {})) {
      const std::string table = value_text(row[0]);
      const Statement count{"select count(*) from \"" + table + "\"", "i"};
      all.push_back(table + " " + std::to_string(value_number(session.query(count, {})[0][0])));
    }
    return all;
  });
}

Result<void> check_chain(const fs::path& file, const TenantId& tenant) {
  ReadPool reads([file] { return open_sqlite(file, Access::kRead); }, 1);
  BERTH_TRY(verdict, verify_chain(reads, tenant.text()));
  if (verdict.intact) return {};
  return Error(ErrorCode::kDataLoss, "ledger.copy_differs",
               file.string() + ": the audit chain is broken at record " +
                   std::to_string(verdict.first_bad_sequence) + ": " + verdict.reason);
}

// By a descriptor of its own: nobody has the file open, whose locks its closing would drop.
Result<void> sync(const fs::path& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC);
  if (file < 0) return failed(path, "cannot open");
  const bool synced = ::fsync(file) == 0;
  const Error failure = failed(path, "cannot sync");
  ::close(file);
  return synced ? Result<void>() : Result<void>(failure);
}
Result<void> sync_folder_of(const fs::path& file) {
  return sync(file.parent_path(), O_RDONLY | O_DIRECTORY);
}

Result<void> rename_durably(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return failed(from, "cannot rename");
  return sync_folder_of(to);
}

void remove_logs(const fs::path& file) {
  for (const char* log : kLogs) ::unlink((file.string() + log).c_str());
}

Result<FileFacts> write_copy(const fs::path& from, const fs::path& to, const TenantId& tenant) {
  std::string quoted;
  for (const char c : to.string()) quoted += c == '\'' ? "''" : std::string(1, c);
  BERTH_TRY(made, with_file(from, Access::kCheckpoint, [&](Session& session) {
              session.run_script("vacuum into '" + quoted + "'");
              return true;
            }));
  static_cast<void>(made);
  // The octets, then the name: neither may be there without the other after a crash.
  BERTH_TRY_VOID(sync(to, O_RDWR));
  BERTH_TRY_VOID(sync_folder_of(to));
  BERTH_TRY(facts, look_at_ledger(to, tenant));
  BERTH_TRY(origin, look_at_ledger(from, tenant));
  BERTH_TRY(rows, counts(to));
  BERTH_TRY(wanted, counts(from));
  if (!same(facts.head, origin.head) || rows != wanted) {
    return Error(ErrorCode::kDataLoss, "ledger.copy_differs",
                 to.string() + " does not hold what " + from.string() +
                     " does; somebody wrote meanwhile, or the disk fails");
  }
  BERTH_TRY_VOID(check_chain(to, tenant));
  return facts;
}

}  // namespace

fs::path ledger_file(const fs::path& folder, const TenantId& tenant) {
  return folder / "tenants" / (tenant.text() + ".db");
}

Result<FileFacts> look_at_ledger(const fs::path& file, const TenantId& tenant) {
  BERTH_TRY_VOID(require_ledger(file, tenant));
  return with_file(file, Access::kRead, [&](Session& session) {
    session.begin_read();
    FileFacts facts{load_head(session, tenant.text()), {}};
    for (const DataKeyRecord& key : all_data_keys(session, tenant.text())) {
      facts.data_keys.push_back({key.key_id, sha256(key.wrapped)});
    }
    session.commit();
    return facts;
  });
}

Result<FileFacts> copy_ledger(const fs::path& from, const fs::path& to, const TenantId& tenant) {
  BERTH_TRY_VOID(require_ledger(from, tenant));
  std::error_code error;
  if (fs::exists(to, error)) {
    return Error(ErrorCode::kAlreadyExists, "ledger.folder", to.string() + " is there already");
  }
  remove_logs(to);
  BERTH_TRY_VOID(ensure_file(to));  // closed to others before it holds anything
  auto facts = write_copy(from, to, tenant);
  if (!facts) {
    ::unlink(to.c_str());
    remove_logs(to);
  }
  return facts;
}

Result<void> check_goes_on(const fs::path& file, const TenantId& tenant, std::int64_t sequence,
                           ByteView hash) {
  BERTH_TRY_VOID(require_ledger(file, tenant));
  BERTH_TRY_VOID(check_chain(file, tenant));
  BERTH_TRY(records, with_file(file, Access::kRead, [&](Session& session) {
              return audit_records_after(session, tenant.text(), sequence - 1, 1);
            }));
  if (records.size() == 1 && records[0].sequence == sequence && records[0].hash == to_bytes(hash)) {
    return {};
  }
  return Error(ErrorCode::kDataLoss, "ledger.other_line",
               file.string() + " did not go on from record " + std::to_string(sequence) +
                   " as it was handed over: it is another ledger of the same tenant");
}

Result<void> put_away_ledger(const fs::path& file, const fs::path& away, const TenantId& tenant) {
  BERTH_TRY_VOID(require_ledger(file, tenant));
  BERTH_TRY(fenced, with_file(file, Access::kWrite, [&](Session& session) {
              const TenantHead head = take_over_head(session, tenant.text());
              session.barrier();  // the log ends here: the file alone is all of it
              return head.epoch;
            }));
  static_cast<void>(fenced);
  BERTH_TRY_VOID(rename_durably(file, away));
  remove_logs(file);
  return {};
}

Result<void> put_in_place(const fs::path& copy, const fs::path& file) {
  remove_logs(file);
  BERTH_TRY_VOID(sync_folder_of(file));
  return rename_durably(copy, file);
}

Result<void> make_mark(const fs::path& mark) { return ensure_file(mark); }

Result<void> drop_mark(const fs::path& mark) {
  if (::unlink(mark.c_str()) != 0 && errno != ENOENT) return failed(mark, "cannot remove");
  return sync_folder_of(mark);
}

}  // namespace berth::ledger
