#include "kernel/ledger/postgres_session.h"

#include <poll.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <cstring>
#include <unordered_map>

#include "kernel/base/assert.h"
#include "kernel/ledger/postgres_batch.h"
#include "kernel/ledger/sql.h"

namespace berth::ledger {
namespace {

constexpr std::size_t kMaxPrepared = 256;

// What a statement borrows, in SOCI's types. Octets travel as bytea's own hexadecimal text: SOCI's
// blob is PostgreSQL's large object, which is something else.
struct Slot {
  long long number = 0;
  std::string text;
  soci::indicator indicator = soci::i_ok;
};

std::string bytea_text(ByteView octets) { return "\\x" + to_hex(octets); }

Bytes bytea_octets(const std::string& text) {
  if (!text.starts_with("\\x")) throw CorruptRow("octets are not in hexadecimal");
  Result<Bytes> octets = from_hex(std::string_view(text).substr(2));
  if (!octets) throw CorruptRow("octets are not in hexadecimal");
  return std::move(octets).value();
}

class SociPostgresSession final : public PostgresSession {
 public:
  explicit SociPostgresSession(const PostgresConnection& connection) {
    try {
      // A server that goes right after it let us in costs a descriptor: SOCI forgets to close it.
      session_.open(soci::postgresql, connection.words);
    } catch (const soci::soci_error&) {
      // SOCI quotes the connection's words, password and all; libpq's own text is gone with it.
      throw DatabaseError("the PostgreSQL server does not answer, or refuses this user");
    }
    PQsetNoticeReceiver(link(), &SociPostgresSession::on_notice, this);
    run_script("set lock_timeout = " + std::to_string(connection.lock_timeout.count()) +
               "; set client_min_messages = warning; set bytea_output = hex");
  }

  void serve(const std::string& chain) override {
    BERTH_ASSERT(!in_transaction());
    chain_ = chain;
  }

  bool reusable() override {
    if (PQstatus(link()) != CONNECTION_OK || in_transaction()) return false;
    // Nothing is on its way to us between statements but the news that the server goes away.
    pollfd socket{PQsocket(link()), POLLIN, 0};
    return ::poll(&socket, 1, 0) == 0;
  }

  std::int64_t execute(const Statement& statement, std::span<const Value> values) override {
    return in_own_transaction([&] {
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
    });
  }

  std::vector<Row> query(const Statement& statement, std::span<const Value> values) override {
    return in_own_transaction([&] { return ask(statement, values); });
  }

  // SQLite's word for octets is the schema's.
  void run_script(std::string_view sql) override {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(
        PQexec(link(), postgres_dialect(sql).c_str()), &PQclear);
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return;
    const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    // A script holds no values, so what the server says of it may be told.
    const char* said = PQresultErrorField(result.get(), PG_DIAG_MESSAGE_PRIMARY);
    raise(state == nullptr ? "" : state,
          "a script" + (said == nullptr ? std::string() : ": " + std::string(said)));
  }

  bool in_transaction() override {
    const PGTransactionStatusType status = PQtransactionStatus(link());
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
  }

  // A commit of our own, waited for as every other: when it returns, what was committed before it
  // is as durable (and as replicated) as it will ever be.
  void barrier() override {}

  void begin_write() override {
    static const Statement kLock{"select epoch from tenant_head where tenant_id = :t for update",
                                 "i"};
    begin("begin");
    const Value chain[] = {chain_};
    query(kLock, chain);
  }
  void begin_schema_change() override { begin("begin"); }
  void begin_read() override { begin("begin isolation level repeatable read, read only"); }

  void commit() override {
    // The server would answer such a COMMIT with a rollback and call it a success.
    if (PQtransactionStatus(link()) == PQTRANS_INERROR) {
      rollback();
      throw DatabaseError("a transaction that failed half way cannot be committed");
    }
    run_commit([&] { run_script("commit"); });
  }

  BatchWriter* whole_batches() override { return &batches_; }

 private:
  // Runs what ends in a COMMIT. Only an error that leaves the connection whole says that it did
  // not happen; a warning says that it is durable here and perhaps nowhere else.
  template <class Work>
  auto run_commit(Work work) -> decltype(work()) {
    warned_ = false;
    const auto finish = [this] {
      if (warned_) throw OutcomeUnknown("the server did not wait for its standby");
    };
    try {
      if constexpr (std::is_void_v<decltype(work())>) {
        work();
        finish();
      } else {
        auto result = work();
        finish();
        return result;
      }
    } catch (const OutcomeUnknown&) {
      throw;
    } catch (const DatabaseError& failure) {
      if (PQstatus(link()) == CONNECTION_OK) throw;
      throw OutcomeUnknown(failure.what());
    } catch (const std::exception& failure) {
      // Not the server's word, memory for one: it may have committed.
      throw OutcomeUnknown(failure.what());
    }
  }

  // The whole batch in one statement, which is its own transaction.
  class Batches final : public BatchWriter {
   public:
    explicit Batches(SociPostgresSession& session) : session_(session) {}
    BatchReply write_batch(const BatchCall& call) override {
      BERTH_ASSERT(!call.plans.empty() && !session_.in_transaction());
      const std::vector<Value> values = batch_values(call);
      const std::vector<Row> rows =
          session_.run_commit([&] { return session_.ask(batch_call(), values); });
      try {
        return parse_batch_reply(value_text(rows.at(0).at(0)), call.plans.size());
      } catch (const std::exception& failure) {
        throw OutcomeUnknown(failure.what());
      }
    }

   private:
    SociPostgresSession& session_;
  };

  PGconn* link() {
    return static_cast<soci::postgresql_session_backend*>(session_.get_backend())->conn_;
  }

  static void on_notice(void* self, const PGresult* result) {
    const char* severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity == nullptr || std::strcmp(severity, "WARNING") == 0) {
      static_cast<SociPostgresSession*>(self)->warned_ = true;
    }
  }

  void begin(const std::string& how) {
    BERTH_ASSERT(!chain_.empty());
    // Ids are lower case, digits and hyphens, or "@host": nothing to escape.
    run_script(how + "; select set_config('berth.tenant', '" + chain_ + "', true)");
  }

  template <class Work>
  auto in_own_transaction(Work work) -> decltype(work()) {
    if (in_transaction()) return work();
    begin("begin");
    try {
      auto result = work();
      commit();
      return result;
    } catch (...) {
      rollback();
      throw;
    }
  }

  std::vector<Row> ask(const Statement& statement, std::span<const Value> values) {
    return guarded(statement.sql, [&] {
      soci::statement& prepared = prepare(statement.sql);
      std::vector<Slot> slots(values.size());
      std::vector<Slot> cells(statement.columns.size());
      define(prepared, cells, statement.columns);
      bind(prepared, slots, values);
      prepared.define_and_bind();
      prepared.execute(false);
      std::vector<Row> rows;
      while (prepared.fetch()) rows.push_back(row_of(cells, statement.columns));
      prepared.bind_clean_up();
      return rows;
    });
  }

  template <class Work>
  auto guarded(const std::string& what, Work work) -> decltype(work()) {
    try {
      return work();
    } catch (const soci::postgresql_soci_error& failure) {
      prepared_.erase(what);
      raise(failure.sqlstate(), what);
    } catch (const soci::soci_error&) {
      prepared_.erase(what);
      raise("", what);
    }
  }

  // The server's own message may quote a row; ours must not, so it is built from the state alone.
  [[noreturn]] void raise(const std::string& state, const std::string& what) {
    const std::string message =
        PQstatus(link()) == CONNECTION_OK
            ? "PostgreSQL refuses with " + state + " in: " + what.substr(0, 200)
            : "the connection to PostgreSQL was lost in: " + what.substr(0, 200);
    if (state == "23505") throw UniqueViolation(message);
    if (state == "23503") throw ReferenceViolation(message);
    if (state == kEpochMoved) throw EpochMoved(message);
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

  static void bind(soci::statement& statement, std::vector<Slot>& slots,
                   std::span<const Value> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      Slot& slot = slots[i];
      if (const auto* number = std::get_if<std::int64_t>(&values[i])) {
        slot.number = *number;
        statement.exchange(soci::use(slot.number, slot.indicator));
        continue;
      }
      if (const auto* text = std::get_if<std::string>(&values[i])) {
        // SOCI would cut it there without a word.
        if (text->find('\0') != std::string::npos) throw DatabaseError("a text holds a NUL");
        slot.text = *text;
      } else if (const auto* octets = std::get_if<Bytes>(&values[i]); octets && !octets->empty()) {
        slot.text = bytea_text(*octets);
      } else {
        slot.indicator = soci::i_null;
      }
      statement.exchange(soci::use(slot.text, slot.indicator));
    }
  }

  static void define(soci::statement& statement, std::vector<Slot>& cells,
                     std::string_view columns) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (columns[i] == 'i') {
        statement.exchange(soci::into(cells[i].number, cells[i].indicator));
      } else {
        statement.exchange(soci::into(cells[i].text, cells[i].indicator));
      }
    }
  }

  static Row row_of(const std::vector<Slot>& cells, std::string_view columns) {
    Row row;
    row.reserve(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const Slot& cell = cells[i];
      if (cell.indicator == soci::i_null) {
        row.emplace_back();
      } else if (columns[i] == 'i') {
        row.emplace_back(static_cast<std::int64_t>(cell.number));
      } else if (columns[i] == 't') {
        row.emplace_back(cell.text);
      } else {
        row.emplace_back(bytea_octets(cell.text));
      }
    }
    return row;
  }

  soci::session session_;
  std::unordered_map<std::string, std::unique_ptr<soci::statement>> prepared_;
  Batches batches_{*this};
  std::string chain_;
  bool warned_ = false;
};

}  // namespace

std::unique_ptr<PostgresSession> open_postgres(const PostgresConnection& connection) {
  return std::make_unique<SociPostgresSession>(connection);
}

}  // namespace berth::ledger
