#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <memory>
#include <unordered_map>

#include "kernel/base/assert.h"
#include "kernel/ledger/checkpointer.h"
#include "kernel/ledger/gathered_log.h"
#include "kernel/ledger/session.h"

namespace berth::ledger {
namespace {

constexpr std::size_t kMaxPrepared = 256;

// SQLite's numbers for the violations we tell apart (extended result codes).
constexpr int kConstraintForeignKey = 787;
constexpr int kConstraintPrimaryKey = 1555;
constexpr int kConstraintUnique = 2067;
constexpr int kConstraintRowid = 2579;

struct Finalize {
  void operator()(sqlite_api::sqlite3_stmt* statement) const {
    sqlite_api::sqlite3_finalize(statement);
  }
};
using Prepared = std::unique_ptr<sqlite_api::sqlite3_stmt, Finalize>;

// A prepared statement at work; lets go of the values it borrows when it ends, and ends SQLite's
// implicit transaction.
class Running {
 public:
  explicit Running(sqlite_api::sqlite3_stmt* statement) : statement_(statement) {}
  ~Running() {
    sqlite_api::sqlite3_reset(statement_);
    sqlite_api::sqlite3_clear_bindings(statement_);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void bind(std::span<const Value> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (bind_one(static_cast<int>(i) + 1, values[i]) != SQLITE_OK) throw failure();
    }
  }
  // True: there is a row.
  bool step() {
    const int code = sqlite_api::sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) throw failure();
    return false;
  }
  Row row(std::string_view columns) {
    Row row;
    row.reserve(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i)
      row.push_back(cell(static_cast<int>(i), columns[i]));
    return row;
  }

  struct Failed {
    int code;  // SQLite's extended one
  };

 private:
  Failed failure() const {
    return {sqlite_api::sqlite3_extended_errcode(sqlite_api::sqlite3_db_handle(statement_))};
  }

  int bind_one(int place, const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      return sqlite_api::sqlite3_bind_int64(statement_, place, *number);
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
      return sqlite_api::sqlite3_bind_text(statement_, place, text->data(),
                                           static_cast<int>(text->size()), SQLITE_STATIC);
    }
    const auto* octets = std::get_if<Bytes>(&value);
    if (octets == nullptr || octets->empty()) return SQLITE_OK;  // unbound is NULL
    return sqlite_api::sqlite3_bind_blob(statement_, place, octets->data(),
                                         static_cast<int>(octets->size()), SQLITE_STATIC);
  }

  Value cell(int place, char kind) {
    if (sqlite_api::sqlite3_column_type(statement_, place) == SQLITE_NULL) return {};
    if (kind == 'i') return std::int64_t{sqlite_api::sqlite3_column_int64(statement_, place)};
    const void* data =
        kind == 't' ? static_cast<const void*>(sqlite_api::sqlite3_column_text(statement_, place))
                    : sqlite_api::sqlite3_column_blob(statement_, place);
    const auto size = static_cast<std::size_t>(sqlite_api::sqlite3_column_bytes(statement_, place));
    const ByteView view(static_cast<const std::uint8_t*>(data), data == nullptr ? 0 : size);
    if (kind == 't') return std::string(as_text(view));
    return to_bytes(view);
  }

  sqlite_api::sqlite3_stmt* statement_;
};

class SqliteSession final : public Session {
 public:
  explicit SqliteSession(const std::string& parameters) {
    guarded("opening the database", [&] { session_.open(soci::sqlite3, parameters); });
  }

  std::int64_t execute(const Statement& statement, std::span<const Value> values) override {
    return guarded(statement.sql, [&] {
      Running running(prepare(statement.sql));
      running.bind(values);
      while (running.step()) continue;
      return std::int64_t{sqlite_api::sqlite3_changes(connection())};
    });
  }

  std::vector<Row> query(const Statement& statement, std::span<const Value> values) override {
    return guarded(statement.sql, [&] {
      Running running(prepare(statement.sql));
      running.bind(values);
      std::vector<Row> rows;
      while (running.step()) rows.push_back(running.row(statement.columns));
      return rows;
    });
  }

  void run_script(std::string_view sql) override {
    char* unused = nullptr;
    const int code =
        sqlite_api::sqlite3_exec(connection(), std::string(sql).c_str(), nullptr, nullptr, &unused);
    sqlite_api::sqlite3_free(unused);
    if (code != SQLITE_OK) raise(last_code(), "a script");
  }

  void begin_write() override {
    static const Statement kSql{"begin immediate"};
    execute(kSql, std::span<const Value>());
  }
  void begin_read() override {
    static const Statement kSql{"begin"};
    execute(kSql, std::span<const Value>());
  }
  void commit() override {
    static const Statement kSql{"commit"};
    execute(kSql, std::span<const Value>());
  }

  bool in_transaction() override { return sqlite_api::sqlite3_get_autocommit(connection()) == 0; }

  // Whose log is long asks for its checkpoint, then finishes it.
  void leave_log_to(std::shared_ptr<Checkpointer> checkpoints, std::filesystem::path file) {
    checkpoints_ = std::move(checkpoints);
    log_ = std::make_shared<WriteAheadLog>();
    log_->database = std::move(file);
    sqlite_api::sqlite3_wal_hook(
        connection(),
        [](void* self, sqlite_api::sqlite3*, const char*, int pages) {
          static_cast<SqliteSession*>(self)->log_pages_ = pages;
          return SQLITE_OK;
        },
        this);
  }

  void rest() noexcept override {
    using Phase = WriteAheadLog::Phase;
    if (!log_ || log_pages_ < kLongLog) return;
    if (log_pages_ >= kTooLongLog) log_->phase.wait(Phase::kAsked);
    if (log_->phase.load() == Phase::kQuiet) {
      checkpoints_->ask(log_);
    } else if (log_->phase.load() == Phase::kMoved) {
      // What came meanwhile; if no reader stands in the way the next commit begins the log anew.
      sqlite_api::sqlite3_wal_checkpoint_v2(connection(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                            nullptr, nullptr);
      log_->phase.store(Phase::kQuiet);
    }
  }

  // The checkpoint writes every page anew: an fsync that failed earlier cannot be trusted to
  // succeed for the same pages later, but fresh writes are reported honestly.
  void barrier() override {
    static const Statement kCheckpoint{"pragma wal_checkpoint(truncate)", "iii"};
    const std::vector<Row> rows = query(kCheckpoint, std::span<const Value>());
    if (rows.size() != 1 || rows[0][0] != Value(std::int64_t{0})) {
      throw DatabaseError("a reader stands in the way of the checkpoint");
    }
  }

 private:
  sqlite_api::sqlite3* connection() {
    return static_cast<soci::sqlite3_session_backend*>(session_.get_backend())->conn_;
  }

  template <class Work>
  auto guarded(const std::string& what, Work work) -> decltype(work()) {
    try {
      return work();
    } catch (const Running::Failed& failed) {
      prepared_.erase(what);  // prepared anew next time
      raise(failed.code, what);
    } catch (const soci::soci_error&) {
      raise(last_code(), what);
    }
  }

  int last_code() {
    if (session_.get_backend() == nullptr) return SQLITE_CANTOPEN;
    return sqlite_api::sqlite3_extended_errcode(connection());
  }

  // SOCI's own message quotes the parameters; ours must not, so it is built from SQLite's code.
  [[noreturn]] static void raise(int code, const std::string& what) {
    const std::string message = std::string(sqlite_api::sqlite3_errstr(code)) + " (SQLite " +
                                std::to_string(code) + ") in: " + what;
    if (code == kConstraintPrimaryKey || code == kConstraintUnique || code == kConstraintRowid) {
      throw UniqueViolation(message);
    }
    if (code == kConstraintForeignKey) throw ReferenceViolation(message);
    throw DatabaseError(message);
  }

  sqlite_api::sqlite3_stmt* prepare(const std::string& sql) {
    if (const auto found = prepared_.find(sql); found != prepared_.end()) {
      return found->second.get();
    }
    // Texts are constants of this room, so the bound is a guard against a mistake of ours.
    BERTH_ASSERT(prepared_.size() < kMaxPrepared);
    sqlite_api::sqlite3_stmt* made = nullptr;
    const int code =
        sqlite_api::sqlite3_prepare_v3(connection(), sql.data(), static_cast<int>(sql.size()),
                                       SQLITE_PREPARE_PERSISTENT, &made, nullptr);
    if (code != SQLITE_OK) throw Running::Failed{last_code()};
    return prepared_.emplace(sql, Prepared(made)).first->second.get();
  }

  std::shared_ptr<Checkpointer> checkpoints_;  // null: SQLite moves the log by itself
  std::shared_ptr<WriteAheadLog> log_;
  int log_pages_ = 0;
  soci::session session_;
  // Destroyed before the session they were prepared on.
  std::unordered_map<std::string, Prepared> prepared_;
};

// A path as part of a URI.
std::string uri_path(const std::string& path) {
  constexpr std::string_view kAsItIs = "/._-~";
  std::string text;
  for (const char c : path) {
    const auto octet = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       kAsItIs.find(c) != std::string_view::npos;
    text += plain ? std::string(1, c) : "%" + to_hex({&octet, 1});
  }
  return text;
}

// What SQLite is told to open.
std::string name_for(const std::filesystem::path& file, Access access) {
  const char* vfs = access == Access::kWrite ? gathered_log_vfs() : nullptr;
  if (vfs == nullptr) return file.string();
  return "file://" + uri_path(std::filesystem::absolute(file).string()) + "?vfs=" + vfs;
}

}  // namespace

std::unique_ptr<Session> open_sqlite(const std::filesystem::path& file, Access access,
                                     std::shared_ptr<Checkpointer> checkpoints) {
  const std::string name = file.string();
  if (name.find('"') != std::string::npos) {
    throw DatabaseError("a ledger's path may not hold a quotation mark: " + name);
  }
  // SOCI always opens with SQLite's create flag, and a reconnect must not make an empty ledger of
  // one whose file was taken away.
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    throw DatabaseError("there is no such file: " + name);
  }
  // Statistics of its memory would be one lock for all threads. To be said before SQLite is first
  // used; too late, it stays as it is.
  static const int unused = sqlite_api::sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) |
                            sqlite_api::sqlite3_config(SQLITE_CONFIG_URI, 1);
  static_cast<void>(unused);
  auto session = std::make_unique<SqliteSession>(
      "dbname=\"" + name_for(file, access) + "\" timeout=" + std::to_string(kBusyTimeoutSeconds));
  if (access == Access::kWrite) {
    session->run_script(
        "pragma journal_mode=wal; pragma synchronous=full; pragma foreign_keys=on;"
        "pragma secure_delete=on; pragma journal_size_limit=67108864;"
        // A unit's savepoint keeps what it may have to undo: in memory, not in a file made and
        // deleted for each. The writer's pages: at most 16 MiB a tenant, and never more than its
        // file. A checkpoint every 16 MiB of log, so that pages written again and again go once.
        "pragma temp_store=memory; pragma cache_size=-16384; pragma wal_autocheckpoint=4096");
    if (checkpoints) session->leave_log_to(std::move(checkpoints), file);
  } else if (access == Access::kRead) {
    session->run_script("pragma query_only=on;");
  }
  return session;
}

}  // namespace berth::ledger
