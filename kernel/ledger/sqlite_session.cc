#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <memory>
#include <unordered_map>

#include "kernel/base/assert.h"
#include "kernel/ledger/session.h"

namespace berth::ledger {
namespace {

constexpr std::size_t kMaxPrepared = 256;

// SQLite's numbers for the two violations we tell apart (extended result codes).
constexpr int kConstraintForeignKey = 787;
constexpr int kConstraintPrimaryKey = 1555;
constexpr int kConstraintUnique = 2067;

// A value while a statement borrows it, in SOCI's types.
struct Slot {
  long long number = 0;
  std::string text;
  std::unique_ptr<soci::blob> octets;
  soci::indicator indicator = soci::i_ok;
};

class SqliteSession final : public Session {
 public:
  explicit SqliteSession(const std::string& parameters) {
    guarded("opening the database", [&] { session_.open(soci::sqlite3, parameters); });
  }

  std::int64_t execute(const Statement& statement, std::span<const Value> values) override {
    return guarded(statement.sql, [&] {
      soci::statement& prepared = prepare(statement.sql);
      std::vector<Slot> slots(values.size());
      bind(prepared, slots, values);
      prepared.define_and_bind();
      prepared.execute(true);
      const long long changed = prepared.get_affected_rows();
      prepared.bind_clean_up();
      return static_cast<std::int64_t>(changed);
    });
  }

  std::vector<Row> query(const Statement& statement, std::span<const Value> values) override {
    return guarded(statement.sql, [&] {
      soci::statement& prepared = prepare(statement.sql);
      std::vector<Slot> slots(values.size());
      std::vector<Slot> cells(statement.columns.size());
      define(prepared, cells, statement.columns);
      bind(prepared, slots, values);
      prepared.define_and_bind();
      prepared.execute(false);
      std::vector<Row> rows;
      // Reading to the end is what ends SQLite's implicit read transaction.
      while (prepared.fetch()) rows.push_back(row_of(cells, statement.columns));
      prepared.bind_clean_up();
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
    } catch (const soci::soci_error&) {
      const int code = last_code();
      // The statement may be half stepped or hold borrowed slots: it is prepared anew next time.
      prepared_.erase(what);
      raise(code, what);
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
    if (code == kConstraintPrimaryKey || code == kConstraintUnique) throw UniqueViolation(message);
    if (code == kConstraintForeignKey) throw ReferenceViolation(message);
    throw DatabaseError(message);
  }

  soci::statement& prepare(const std::string& sql) {
    if (const auto found = prepared_.find(sql); found != prepared_.end()) return *found->second;
    // Texts are constants of this room, so the bound is a guard against a mistake of ours.
    BERTH_ASSERT(prepared_.size() < kMaxPrepared);
    auto statement = std::make_unique<soci::statement>(session_);
    statement->alloc();
    statement->prepare(sql);
    return *prepared_.emplace(sql, std::move(statement)).first->second;
  }

  void bind(soci::statement& statement, std::vector<Slot>& slots, std::span<const Value> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      Slot& slot = slots[i];
      if (const auto* number = std::get_if<std::int64_t>(&values[i])) {
        slot.number = *number;
        statement.exchange(soci::use(slot.number, slot.indicator));
      } else if (const auto* octets = std::get_if<Bytes>(&values[i]); octets && !octets->empty()) {
        slot.octets = std::make_unique<soci::blob>(session_);
        slot.octets->write(0, as_text(*octets).data(), octets->size());
        statement.exchange(soci::use(*slot.octets, slot.indicator));
      } else {
        const auto* text = std::get_if<std::string>(&values[i]);
        if (text != nullptr) slot.text = *text;
        slot.indicator = text != nullptr ? soci::i_ok : soci::i_null;
        statement.exchange(soci::use(slot.text, slot.indicator));
      }
    }
  }

  void define(soci::statement& statement, std::vector<Slot>& cells, std::string_view columns) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      Slot& cell = cells[i];
      switch (columns[i]) {
        case 'i':
          statement.exchange(soci::into(cell.number, cell.indicator));
          break;
        case 't':
          statement.exchange(soci::into(cell.text, cell.indicator));
          break;
        default:
          cell.octets = std::make_unique<soci::blob>(session_);
          statement.exchange(soci::into(*cell.octets, cell.indicator));
      }
    }
  }

  static Row row_of(std::vector<Slot>& cells, std::string_view columns) {
    Row row;
    row.reserve(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      Slot& cell = cells[i];
      if (cell.indicator == soci::i_null) {
        row.emplace_back(std::monostate{});
      } else if (columns[i] == 'i') {
        row.emplace_back(static_cast<std::int64_t>(cell.number));
      } else if (columns[i] == 't') {
        row.emplace_back(cell.text);
      } else {
        std::string octets(cell.octets->get_len(), '\0');
        if (!octets.empty()) cell.octets->read(0, octets.data(), octets.size());
        row.emplace_back(to_bytes(as_bytes(octets)));
      }
    }
    return row;
  }

  soci::session session_;
  // Destroyed before the session they were prepared on.
  std::unordered_map<std::string, std::unique_ptr<soci::statement>> prepared_;
};

}  // namespace

std::unique_ptr<Session> open_sqlite(const std::filesystem::path& file, Access access) {
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
  auto session = std::make_unique<SqliteSession>(
      "dbname=\"" + name + "\" timeout=" + std::to_string(kBusyTimeoutSeconds));
  if (access == Access::kWrite) {
    session->run_script(
        "pragma journal_mode=wal; pragma synchronous=full; pragma foreign_keys=on;"
        "pragma secure_delete=on; pragma journal_size_limit=67108864;"
        // A unit's savepoint keeps what it may have to undo: in memory, not in a file made and
        // deleted for each. The writer's pages: at most 16 MiB a tenant, and never more than its
        // file. A checkpoint every 16 MiB of log, so that pages written again and again go once.
        "pragma temp_store=memory; pragma cache_size=-16384; pragma wal_autocheckpoint=4096");
  } else {
    session->run_script("pragma query_only=on");
  }
  return session;
}

}  // namespace berth::ledger
