// One connection to a ledger's database, in the few words the repositories need. It is the only
// thing that knows which backend runs.
//
// Not thread-safe: one owner, one thread at a time. Failures are thrown as the types below and are
// caught at the edge of the room (writer, read pool). Their text never holds a value of a row.

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kernel/base/bytes.h"

namespace berth::ledger {

// A cell: NULL, bigint, text or blob. Empty octets come back as NULL: columns that may be empty
// are nullable, and value_octets() reads both alike.
using Value = std::variant<std::monostate, std::int64_t, std::string, Bytes>;
using Row = std::vector<Value>;

// The statement or the connection failed: disk, lock, damaged file.
class DatabaseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
// The connection was lost while the server committed, or it says that it did not wait for its
// standby: the transaction may be there, and may yet vanish.
class OutcomeUnknown : public DatabaseError {
 public:
  using DatabaseError::DatabaseError;
};
// A unique or primary key is taken.
class UniqueViolation : public DatabaseError {
 public:
  using DatabaseError::DatabaseError;
};
// A row refers to one that is not there.
class ReferenceViolation : public DatabaseError {
 public:
  using DatabaseError::DatabaseError;
};
// What was read is not what this program writes.
class CorruptRow : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// SQL with named parameters (:a, each name once, filled in order of appearance). For a query,
// `columns` has one letter a column: i bigint, t text, b blob; so has `parameters` for each
// parameter, where a plan needs to know (plan.h).
struct Statement {
  std::string sql;
  std::string columns = {};
  std::string parameters = {};
};

class BatchWriter;  // batch.h

class Session {
 public:
  virtual ~Session() = default;
  // Rows changed. Statements are prepared once and kept by their text.
  virtual std::int64_t execute(const Statement& statement, std::span<const Value> values) = 0;
  // All rows; callers bound them with LIMIT.
  virtual std::vector<Row> query(const Statement& statement, std::span<const Value> values) = 0;
  // Several statements without parameters, separated by ';'. Not kept.
  virtual void run_script(std::string_view sql) = 0;
  // True after begin until commit or rollback, by the database's own account.
  virtual bool in_transaction() = 0;
  // After a commit of unknown outcome, on a fresh connection, and before a commit of one's own:
  // when that returns, whatever could be read is durable. Also scrubs the log of deleted content.
  virtual void barrier() = 0;

  std::int64_t execute(const Statement& statement, std::initializer_list<Value> values) {
    return execute(statement, std::span<const Value>(values.begin(), values.size()));
  }
  std::vector<Row> query(const Statement& statement, std::initializer_list<Value> values) {
    return query(statement, std::span<const Value>(values.begin(), values.size()));
  }

  virtual void begin_write() = 0;  // takes the write lock at once
  // For DDL, by whoever makes sure that nobody else is at it.
  virtual void begin_schema_change() { begin_write(); }
  virtual void begin_read() = 0;  // one consistent view for several queries
  // Throws OutcomeUnknown when the database cannot tell whether it happened.
  virtual void commit() = 0;
  void rollback() noexcept;  // no effect without a transaction

  // Between batches, when those who waited have their answers: upkeep that may take a moment.
  virtual void rest() noexcept {}

  // For a database that takes a whole batch in one statement; null for one written step by step.
  virtual BatchWriter* whole_batches() { return nullptr; }
};

// kCheckpoint: to move the log, nothing else.
enum class Access : std::uint8_t { kRead = 1, kWrite, kCheckpoint };

class Checkpointer;  // checkpointer.h

// SQLite in WAL mode, synchronous FULL, foreign keys on, deleted content overwritten. Waits at
// most kBusyTimeoutSeconds for a lock. The file must exist. Throws DatabaseError.
// A writer leaves its log to `checkpoints`; without one it moves it within a commit now and then.
std::unique_ptr<Session> open_sqlite(const std::filesystem::path& file, Access access,
                                     std::shared_ptr<Checkpointer> checkpoints = nullptr);
inline constexpr int kBusyTimeoutSeconds = 5;

}  // namespace berth::ledger
