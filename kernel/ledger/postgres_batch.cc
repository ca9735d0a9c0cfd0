#include "kernel/ledger/postgres_batch.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "kernel/base/assert.h"
#include "kernel/base/digest.h"
#include "kernel/ledger/audit_chain.h"
#include "kernel/ledger/schema.h"

namespace berth::ledger {
namespace {

using nlohmann::json;

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string parameter(char kind, std::size_t index) {
  const std::string cell = "p_cells->>" + std::to_string(index);
  switch (kind) {
    case 'i':
      return "(" + cell + ")::bigint";
    case 'b':
      return "decode(" + cell + ", 'hex')";
    default:
      BERTH_ASSERT(kind == 't');
      return "(" + cell + ")";
  }
}

// The statement with its parameters read from p_cells.
std::string inlined(const Statement& statement) {
  std::string sql;
  std::size_t next = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < statement.sql.size(); ++i) {
    const char c = statement.sql[i];
    if (c == '\'') quoted = !quoted;
    if (quoted || c != ':') {
      sql += c;
      continue;
    }
    BERTH_ASSERT(next < statement.parameters.size());
    sql += parameter(statement.parameters[next], next);
    ++next;
    while (i + 1 < statement.sql.size() &&
           (std::isalnum(static_cast<unsigned char>(statement.sql[i + 1])) != 0 ||
            statement.sql[i + 1] == '_')) {
      ++i;
    }
  }
  BERTH_ASSERT(next == statement.parameters.size());
  if (sql.starts_with("select")) sql.replace(0, 6, "perform");
  return sql;
}

struct Functions {
  std::string name;
  std::string sql;
};

const Functions& functions() {
  static const Functions kFunctions = [] {
    std::string cases;
    for (std::size_t i = 0; i < all_writes().size(); ++i) {
      cases +=
          "    when " + std::to_string(i) + " then\n      " + inlined(*all_writes()[i]) + ";\n";
    }
    std::string sql = replaced(std::string(kPostgresCommit), "@CASES@", cases);
    sql = replaced(std::move(sql), "@FORMAT@", std::to_string(kAuditFormat));
    // Whoever finds the function knows that the rules of the rows are those of this program, too.
    std::string version = to_hex(sha256(as_bytes(sql + std::string(kPostgresRows)))).substr(0, 12);
    for (char& c : version) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return Functions{"berth_commit_" + version, replaced(std::move(sql), "@VERSION@", version)};
  }();
  return kFunctions;
}

std::size_t index_of(const Statement* statement) {
  static const std::unordered_map<const Statement*, std::size_t> kIndex = [] {
    std::unordered_map<const Statement*, std::size_t> index;
    for (std::size_t i = 0; i < all_writes().size(); ++i) index.emplace(all_writes()[i], i);
    return index;
  }();
  return kIndex.at(statement);
}

// Everything is text: the function casts it as the statement's parameter wants.
json cell_json(const Cell& cell, const std::string& mark) {
  if (const auto* known = std::get_if<InCommit>(&cell)) {
    return mark + std::to_string(static_cast<int>(*known));
  }
  const Value& value = std::get<Value>(cell);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* octets = std::get_if<Bytes>(&value); octets && !octets->empty()) {
    return to_hex(*octets);
  }
  return nullptr;
}

json unit_json(const UnitPlan& plan, const std::string& mark) {
  json steps = json::array();
  for (std::size_t part = 0; part < plan.parts.size(); ++part) {
    for (const Step& step : plan.parts[part]) {
      json cells = json::array();
      for (const Cell& cell : step.cells) cells.push_back(cell_json(cell, mark));
      const int refusal = step.unless_one ? static_cast<int>(*step.unless_one) : 0;
      steps.push_back({index_of(step.statement), part, refusal, std::move(cells)});
    }
  }
  json unit = {{"commit", plan.commit_id},
               {"event", plan.has_event ? 1 : 0},
               {"parts", plan.parts.size()},
               {"steps", std::move(steps)},
               {"audit",
                {plan.audit.type, static_cast<int>(plan.audit.subject.kind),
                 plan.audit.subject.identity, plan.seed.fresh_ref, plan.audit.payload_json,
                 to_hex(plan.seed.salt), to_hex(plan.seed.commitment)}}};
  if (plan.answer_key) {
    unit["answer"] = {plan.answer_key->requester, plan.answer_key->function,
                      plan.answer_key->identifier};
  }
  return unit;
}

// An array literal of PostgreSQL.
void append_quoted(std::string& array, std::string_view element) {
  array += '"';
  for (const char c : element) {
    if (c == '"' || c == '\\') array += '\\';
    array += c;
  }
  array += '"';
}

std::int64_t number_of(std::string_view& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) throw CorruptRow("a batch's answer is no answer");
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return number;
}

// "c I E A T" committed now, "k I E A T" committed long ago (E 0: no event), "r REASON PART".
UnitResult result_of(std::string_view text) {
  if (text.size() < 3 || text[1] != ' ') throw CorruptRow("a batch's answer is no answer");
  const char kind = text[0];
  text.remove_prefix(2);
  if (kind == 'r') {
    const std::int64_t reason = number_of(text);
    if (reason < 1 || reason > static_cast<std::int64_t>(RefusalReason::kUnavailable)) {
      throw CorruptRow("a batch's answer is no answer");
    }
    const auto part = static_cast<std::size_t>(number_of(text));
    return {Refused{static_cast<RefusalReason>(reason), part}};
  }
  Committed committed;
  committed.incarnation = number_of(text);
  if (const std::int64_t event = number_of(text); event != 0) committed.event_sequence = event;
  committed.audit_sequence = number_of(text);
  committed.time_ms = number_of(text);
  return {committed, kind == 'c'};
}

}  // namespace

std::string postgres_dialect(std::string_view sql) {
  return replaced(std::string(sql), " blob", " bytea");
}

std::string batch_functions_sql() { return functions().sql; }
const std::string& batch_function_name() { return functions().name; }

const Statement& batch_call() {
  static const Statement kCall{
      "select " + batch_function_name() + "(:t, :e, :m, :k, cast(:u as text[]))", "t"};
  return kCall;
}

std::vector<Value> batch_values(const BatchCall& call) {
  // What only the function knows stands as a text no value can have: it was drawn after them.
  const std::string mark =
      "@" + to_hex(ByteView(call.plans.front()->seed.salt).subspan(0, 8)) + ":";
  std::string units = "{";
  for (const UnitPlan* plan : call.plans) {
    if (units.size() > 1) units += ',';
    append_quoted(units, unit_json(*plan, mark).dump());
  }
  units += '}';
  const Value time = call.time_ms ? Value(*call.time_ms) : Value();
  return {call.tenant_id, call.epoch, time, mark, std::move(units)};
}

BatchReply parse_batch_reply(std::string_view text, std::size_t units) {
  BatchReply reply;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    reply.push_back(result_of(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (reply.size() != units) throw CorruptRow("a batch's answer is of another size");
  return reply;
}

}  // namespace berth::ledger
