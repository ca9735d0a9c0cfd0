// Tables as lists of columns, and the SQL and values that follow from them.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "kernel/base/assert.h"
#include "kernel/base/identifiers.h"
#include "kernel/ledger/session.h"

namespace berth::ledger {

struct Column {
  std::string_view name;
  char kind;  // as in Statement::columns
  // Decided when the row is made: no update names it, which spares the indexes over it.
  bool fixed = false;
};

struct Table {
  std::string_view name;
  std::span<const Column> columns;  // key columns first
  std::size_t key_columns;
};

// insert into T (all columns) values (…)
Statement insert_into(const Table& table);
// update T set (the columns after the key that are not fixed) where key = …; values: these, then
// the key
Statement update_of(const Table& table);
// The same with "and revision = :from_revision", the last value.
Statement guarded_update_of(const Table& table);
// Of one cell for each column after the key, those an update names.
template <class Cells>
Cells changing(const Table& table, Cells cells) {
  BERTH_ASSERT(cells.size() == table.columns.size() - table.key_columns);
  Cells kept;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!table.columns[table.key_columns + i].fixed) kept.push_back(std::move(cells[i]));
  }
  return kept;
}
// select all columns from T <tail>
Statement select_from(const Table& table, std::string_view tail);

// Reading cells; anything unexpected is CorruptRow.
std::int64_t value_number(const Value& value);
const std::string& value_text(const Value& value);
std::string value_text_or_empty(const Value& value);
Bytes value_octets(const Value& value);
std::uint32_t value_count(const Value& value);  // 0..2^32-1

// A stored identifier, parsed.
template <class T>
T stored(Result<T> parsed) {
  if (!parsed) throw CorruptRow(std::string(parsed.error().reason()));
  return std::move(parsed).value();
}
template <class T>
std::optional<T> stored_optional(const Value& value) {
  if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
  return stored(T::parse(value_text(value)));
}
template <class T>
Value optional_text(const std::optional<T>& identifier) {
  if (!identifier) return std::monostate{};
  return std::string(identifier->text());
}
template <std::size_t N>
std::array<std::uint8_t, N> value_array(const Value& value) {
  const Bytes octets = value_octets(value);
  if (octets.size() != N) throw CorruptRow("a digest has the wrong size");
  std::array<std::uint8_t, N> result{};
  std::copy(octets.begin(), octets.end(), result.begin());
  return result;
}
inline Value octets_of(ByteView octets) { return to_bytes(octets); }

}  // namespace berth::ledger
