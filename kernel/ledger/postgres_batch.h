// A batch as PostgreSQL takes it: one call of a function that does what apply_unit() does, so that
// the head is never locked while a message travels. The function is written from all_writes();
// its name ends in a digest of its text, so programs of two versions can use one database.
//
// Unlike a row's guard the head is locked first: it gives every row its sequence, and whoever holds
// it needs no order among the rows.

#pragma once

#include <string>
#include <string_view>

#include "kernel/ledger/batch.h"

namespace berth::ledger {

// SQLSTATE of EpochMoved.
inline constexpr std::string_view kEpochMoved = "BR001";

// The schema's text in PostgreSQL's words.
std::string postgres_dialect(std::string_view sql);

// "create or replace function …" for the step and the batch.
std::string batch_functions_sql();
// The batch function's name, to ask whether the database has it.
const std::string& batch_function_name();
// Its call: tenant, epoch, time (or null), mark, units. Answers one text.
const Statement& batch_call();
std::vector<Value> batch_values(const BatchCall& call);
// Throws CorruptRow.
BatchReply parse_batch_reply(std::string_view text, std::size_t units);

}  // namespace berth::ledger
