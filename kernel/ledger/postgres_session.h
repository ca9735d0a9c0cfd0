// A connection to a PostgreSQL database that holds many tenants' rows. Every transaction names the
// tenant it is for, and row level security shows it that tenant's rows and no others: a forgotten
// "where tenant_id" finds nothing of anybody else.
//
// A query outside a transaction is a transaction of its own. Not thread-safe.

#pragma once

#include <memory>
#include <string>

#include "kernel/ledger/session.h"

namespace berth::ledger {

struct PostgresConnection {
  // libpq's own words: "host=/run/postgresql dbname=berth user=berth_service". Passwords belong
  // into a file it names (passfile=…), not here.
  std::string words;
  // Longest wait for a row lock or for the head, which the other nodes hold while they commit.
  std::chrono::milliseconds lock_timeout{5000};
};

class PostgresSession : public Session {
 public:
  // Whose rows the next transactions see: a tenant id or kHostChain. Not within a transaction.
  virtual void serve(const std::string& chain) = 0;
  // Is the server still there, as far as can be told without asking it? False also within a
  // transaction: such a connection must not be lent again.
  virtual bool reusable() = 0;
};

// Throws DatabaseError; its text never holds the password.
std::unique_ptr<PostgresSession> open_postgres(const PostgresConnection& connection);

}  // namespace berth::ledger
