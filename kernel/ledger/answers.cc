#include "kernel/ledger/answers.h"

#include "kernel/ledger/sql.h"

namespace berth::ledger {

std::optional<StoredAnswer> find_answer(Session& session, const std::string& tenant_id,
                                        const IdempotencyKey& key) {
  static const Statement kFind{
      "select body_sha256, sealed_answer from stored_answer where tenant_id = :t"
      " and requester = :r and function = :f and identifier = :i",
      "bb"};
  const std::vector<Row> rows =
      session.query(kFind, {tenant_id, key.requester, key.function, key.identifier});
  if (rows.empty()) return std::nullopt;
  return StoredAnswer{key, value_array<32>(rows[0][0]), value_octets(rows[0][1])};
}

void insert_answer(Session& session, const ApplyContext& context, const StoredAnswer& answer) {
  static const Statement kInsert{
      "insert into stored_answer (tenant_id, requester, function, identifier, body_sha256,"
      " sealed_answer, created_ms) values (:t, :r, :f, :i, :b, :s, :c)"};
  session.execute(
      kInsert, {context.tenant_id, answer.key.requester, answer.key.function, answer.key.identifier,
                octets_of(answer.body_sha256), answer.sealed_answer, context.time_ms});
}

}  // namespace berth::ledger
