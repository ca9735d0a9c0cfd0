// The PostgreSQL server a test run was given (tests/postgres/run.sh), in fresh schemas.

#pragma once

#include <string>
#include <string_view>

#include "kernel/ledger/host_ledger.h"

namespace berth::testing {

// Empty: this run is on SQLite.
std::string postgres_folder();
inline bool on_postgres() { return !postgres_folder().empty(); }

// A schema nobody else has, owned by berth_owner.
std::string fresh_schema();
// libpq's words for a role on that schema.
std::string postgres_words(std::string_view role, std::string_view schema);
// As the tests want it: this process's clock, few connections.
ledger::PostgresOptions postgres_options(const std::string& schema);
// As the superuser: past every wall, as damage or an administrator's slip would be.
void as_superuser(const std::string& schema, std::string_view sql);
// SQLite's ways to write octets, in PostgreSQL's.
std::string in_postgres_words(std::string_view sql);
// The first cell of the answer, as text.
std::string ask_superuser(const std::string& schema, std::string_view sql);
// A command of scripts/postgres ("standby stop", "standby start", "restart"); returns at once.
void command_postgres(std::string_view command);

}  // namespace berth::testing
