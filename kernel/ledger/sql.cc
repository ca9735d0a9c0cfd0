#include "kernel/ledger/sql.h"

#include <limits>

namespace berth::ledger {

Statement insert_into(const Table& table) {
  std::string names;
  std::string parameters;
  for (const Column& column : table.columns) {
    if (!names.empty()) {
      names += ", ";
      parameters += ", ";
    }
    names += column.name;
    parameters += ':';
    parameters += column.name;
  }
  std::string kinds;
  for (const Column& column : table.columns) kinds += column.kind;
  return {"insert into " + std::string(table.name) + " (" + names + ") values (" + parameters + ")",
          "", kinds};
}

Statement update_of(const Table& table) {
  std::string sets;
  std::string keys;
  std::string set_kinds;
  std::string key_kinds;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (i >= table.key_columns && table.columns[i].fixed) continue;
    std::string& part = i < table.key_columns ? keys : sets;
    if (!part.empty()) part += i < table.key_columns ? " and " : ", ";
    const std::string name(table.columns[i].name);
    part += name + " = :" + name;
    (i < table.key_columns ? key_kinds : set_kinds) += table.columns[i].kind;
  }
  return {"update " + std::string(table.name) + " set " + sets + " where " + keys, "",
          set_kinds + key_kinds};
}

Statement guarded_update_of(const Table& table) {
  Statement statement = update_of(table);
  statement.sql += " and revision = :from_revision";
  statement.parameters += 'i';
  return statement;
}

Statement select_from(const Table& table, std::string_view tail) {
  Statement statement;
  std::string names;
  for (const Column& column : table.columns) {
    if (!names.empty()) names += ", ";
    names += column.name;
    statement.columns += column.kind;
  }
  statement.sql = "select " + names + " from " + std::string(table.name) + " " + std::string(tail);
  return statement;
}

std::int64_t value_number(const Value& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number == nullptr) throw CorruptRow("a number is missing");
  return *number;
}

const std::string& value_text(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) throw CorruptRow("a text is missing");
  return *text;
}

std::string value_text_or_empty(const Value& value) {
  return std::holds_alternative<std::monostate>(value) ? std::string() : value_text(value);
}

Bytes value_octets(const Value& value) {
  if (std::holds_alternative<std::monostate>(value)) return {};
  const auto* octets = std::get_if<Bytes>(&value);
  if (octets == nullptr) throw CorruptRow("octets are missing");
  return *octets;
}

std::uint32_t value_count(const Value& value) {
  const std::int64_t number = value_number(value);
  if (number < 0 || number > std::numeric_limits<std::uint32_t>::max()) {
    throw CorruptRow("a count is out of range");
  }
  return static_cast<std::uint32_t>(number);
}

}  // namespace berth::ledger
