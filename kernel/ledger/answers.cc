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

std::span<const Statement> answer_writes() {
  static const Statement kWrites[] = {
      {"insert into stored_answer (tenant_id, requester, function, identifier, body_sha256,"
       " sealed_answer, created_ms) values (:t, :r, :f, :i, :b, :s, :c)",
       "", "ttttbbi"}};
  return kWrites;
}

Step plan_answer(const std::string& tenant_id, const StoredAnswer& answer) {
  return {&answer_writes()[0],
          {Value(tenant_id), Value(answer.key.requester), Value(answer.key.function),
           Value(answer.key.identifier), octets_of(answer.body_sha256), Value(answer.sealed_answer),
           InCommit::kTime}};
}

}  // namespace berth::ledger
