#include "kernel/ledger/head.h"

#include "kernel/ledger/audit_chain.h"
#include "kernel/ledger/sql.h"

namespace berth::ledger {
namespace {

constexpr Column kColumns[] = {{"tenant_id", 't'},
                               {"last_event_sequence", 'i'},
                               {"last_audit_sequence", 'i'},
                               {"last_audit_hash", 'b'},
                               {"epoch", 'i'},
                               {"incarnation", 'i'}};
constexpr Table kHead{"tenant_head", kColumns, 1};

}  // namespace

bool has_head(Session& session, const std::string& tenant_id) {
  static const Statement kFind{"select tenant_id from tenant_head where tenant_id = :t", "t"};
  return !session.query(kFind, {tenant_id}).empty();
}

TenantHead load_head(Session& session, const std::string& tenant_id) {
  static const Statement kSelect = select_from(kHead, "where tenant_id = :t");
  const std::vector<Row> rows = session.query(kSelect, {tenant_id});
  if (rows.empty()) throw CorruptRow("the ledger has no head for this tenant");
  const Row& row = rows[0];
  return {value_number(row[1]), value_number(row[2]), value_octets(row[3]), value_number(row[4]),
          value_number(row[5])};
}

bool store_head(Session& session, const std::string& tenant_id, const TenantHead& head) {
  static const Statement kUpdate{
      "update tenant_head set last_event_sequence = :e, last_audit_sequence = :a,"
      " last_audit_hash = :h where tenant_id = :t and epoch = :epoch"};
  return session.execute(kUpdate, {head.last_event_sequence, head.last_audit_sequence,
                                   head.last_audit_hash, tenant_id, head.epoch}) == 1;
}

TenantHead join_head(Session& session, const std::string& tenant_id) {
  static const Statement kInsert = [] {
    Statement statement = insert_into(kHead);
    statement.sql += " on conflict do nothing";
    return statement;
  }();
  session.execute(kInsert, {tenant_id, std::int64_t{0}, std::int64_t{0},
                            octets_of(genesis_hash(tenant_id)), std::int64_t{1}, std::int64_t{1}});
  return load_head(session, tenant_id);
}

TenantHead take_over_head(Session& session, const std::string& tenant_id) {
  static const Statement kOther{"select tenant_id from tenant_head where tenant_id <> :t limit 1",
                                "t"};
  static const Statement kRaise{"update tenant_head set epoch = epoch + 1 where tenant_id = :t"};
  static const Statement kInsert = insert_into(kHead);
  session.begin_write();
  try {
    if (!session.query(kOther, {tenant_id}).empty()) {
      throw CorruptRow("this file holds another tenant's ledger");
    }
    if (session.execute(kRaise, {tenant_id}) == 0) {
      const Sha256 genesis = genesis_hash(tenant_id);
      session.execute(kInsert, {tenant_id, std::int64_t{0}, std::int64_t{0}, octets_of(genesis),
                                std::int64_t{1}, std::int64_t{1}});
    }
    TenantHead head = load_head(session, tenant_id);
    session.commit();
    return head;
  } catch (...) {
    session.rollback();
    throw;
  }
}

}  // namespace berth::ledger
