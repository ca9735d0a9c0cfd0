#include "kernel/ledger/tenant_ledger.h"

#include <algorithm>

#include "kernel/ledger/answers.h"
#include "kernel/ledger/attempts.h"
#include "kernel/ledger/audit_records.h"
#include "kernel/ledger/bindings.h"
#include "kernel/ledger/chain_verifier.h"
#include "kernel/ledger/data_keys.h"
#include "kernel/ledger/events.h"
#include "kernel/ledger/evidence.h"
#include "kernel/ledger/head.h"
#include "kernel/ledger/leaving.h"
#include "kernel/ledger/leaving_rows.h"
#include "kernel/ledger/open_tenant.h"
#include "kernel/ledger/orders.h"
#include "kernel/ledger/pending_notifications.h"
#include "kernel/ledger/profile_types.h"
#include "kernel/ledger/profiles.h"
#include "kernel/ledger/progress_reports.h"
#include "kernel/ledger/purge.h"
#include "kernel/ledger/settled.h"
#include "kernel/ledger/subjects.h"

namespace berth::ledger {
namespace {

constexpr std::size_t kMaxRows = 1000;

// Programmer errors: no input reaches these fields unchecked.
void check_unit(const Unit& unit) {
  BERTH_ASSERT(unit.commit_id.size() == 32 && from_hex(unit.commit_id).ok());
  BERTH_ASSERT(!unit.usage || unit.event);
  BERTH_ASSERT(!unit.event ||
               (unit.event->body_open.size() > 2 && unit.event->body_open.front() == '{' &&
                unit.event->body_open.back() == '}'));
  for (const Change& change : unit.changes) {
    std::visit(
        [](const auto& one) {
          if constexpr (requires { one.next.revision; }) {
            BERTH_ASSERT(one.next.revision == one.from_revision + 1);
          }
          if constexpr (requires { one.type.revision; }) {
            BERTH_ASSERT(one.type.revision == one.from_revision + 1);
          }
        },
        change);
  }
}

class ChainTenantLedger final : public TenantLedger, public Leaving {
 public:
  ChainTenantLedger(TenantId tenant, OpenedChain chain, Random& random, std::shared_ptr<void> held)
      : held_(std::move(held)),
        tenant_(std::move(tenant)),
        id_(tenant_.text()),
        random_(random),
        recent_(std::move(chain.recent)),
        reads_(std::move(chain.reads)),
        writer_(std::move(chain.writer)) {}

  const TenantId& tenant() const override { return tenant_; }

  Outcome commit(Unit unit) override {
    check_unit(unit);
    return writer_->commit({std::move(unit)});
  }
  Outcome resolve(const std::string& commit_id) override { return writer_->resolve(commit_id); }

  Result<std::optional<ProfileRecord>> profile(const Iccid& iccid) override {
    return recently_or_read(
        iccid, [&](const RecentRows& rows) { return rows.profile(iccid); },
        [&](Session& session) { return find_profile(session, id_, iccid); });
  }
  Result<std::vector<ProfileRecord>> profiles(std::string_view after, std::size_t max) override {
    return reads_->read([&](Session& session) {
      return profiles_after(session, id_, after, std::min(max, kMaxRows));
    });
  }
  Result<std::optional<ProfileRecord>> available_profile(std::string_view type,
                                                         std::size_t skip) override {
    return reads_->read(
        [&](Session& session) { return find_available_profile(session, id_, type, skip); });
  }
  Result<bool> profile_type_in_use(std::string_view type) override {
    return reads_->read(
        [&](Session& session) { return profile_of_type_exists(session, id_, type); });
  }
  Result<StoredObjects> stored_objects() override {
    return reads_->read([&](Session& session) { return stored_objects_of(session, id_); });
  }
  Result<std::optional<ProfileTypeRecord>> profile_type(std::string_view name) override {
    return reads_->read([&](Session& session) { return find_profile_type(session, id_, name); });
  }
  Result<std::vector<ProfileTypeRecord>> profile_types(std::string_view after,
                                                       std::size_t max) override {
    return reads_->read([&](Session& session) {
      return profile_types_after(session, id_, after, std::min(max, kMaxRows));
    });
  }
  Result<std::optional<OrderRecord>> order(const std::string& order_id) override {
    if (auto recent = recently([&](const RecentRows& rows) { return rows.order(order_id); }))
      return std::move(*recent);
    return reads_->read([&](Session& session) { return find_order(session, id_, order_id); });
  }
  Result<std::optional<OrderRecord>> order_by_matching_id(const MatchingId& id) override {
    return reads_->read([&](Session& session) { return find_order_by_code(session, id_, id); });
  }
  Result<std::optional<OrderRecord>> default_order_for(const Eid& eid) override {
    return reads_->read([&](Session& session) { return find_default_order(session, id_, eid); });
  }
  Result<std::vector<OrderRecord>> expired_orders(UnixMs now, std::size_t max) override {
    return reads_->read([&](Session& session) {
      return orders_expired(session, id_, now, std::min(max, kMaxRows));
    });
  }
  Result<std::optional<AttemptRecord>> attempt(const TransactionId& id) override {
    if (auto recent = recently([&](const RecentRows& rows) { return rows.attempt(id); }))
      return std::move(*recent);
    return reads_->read([&](Session& session) { return find_attempt(session, id_, id); });
  }
  Result<std::vector<AttemptRecord>> attempts_of(const std::string& order_id) override {
    return reads_->read(
        [&](Session& session) { return find_attempts_of(session, id_, order_id, kMaxRows); });
  }
  Result<std::vector<AttemptRecord>> overdue_attempts(AttemptState state, UnixMs before,
                                                      std::size_t max) override {
    return reads_->read([&](Session& session) {
      return attempts_overdue(session, id_, state, before, std::min(max, kMaxRows));
    });
  }
  Result<std::optional<BindingRecord>> binding(const Iccid& iccid) override {
    return recently_or_read(
        iccid, [&](const RecentRows& rows) { return rows.binding(iccid); },
        [&](Session& session) { return find_binding(session, id_, iccid); });
  }
  Result<std::vector<AttemptRecord>> deliveries_of(const Iccid& iccid, std::size_t max) override {
    return reads_->read([&](Session& session) {
      return find_deliveries_of(session, id_, iccid, std::min(max, kMaxRows));
    });
  }
  Result<std::vector<EvidenceRecord>> evidence_of(const Eid& eid, const Iccid& iccid,
                                                  std::size_t max) override {
    return settled([&](Session& session) {
      return find_evidence_of(session, id_, eid, iccid, std::min(max, kMaxRows));
    });
  }
  Result<bool> has_evidence(const Eid& eid, std::uint64_t sequence_number,
                            const Sha256& digest) override {
    return settled([&](Session& session) {
      return evidence_exists(session, id_, eid, sequence_number, digest);
    });
  }
  Result<std::vector<PendingNotificationRecord>> pending_notifications(std::size_t max) override {
    return reads_->read([&](Session& session) {
      return first_pending_notifications(session, id_, std::min(max, kMaxRows));
    });
  }
  Result<std::int64_t> pending_notification_count() override {
    return reads_->read(
        [&](Session& session) { return count_pending_notifications(session, id_); });
  }
  Result<std::vector<ProgressReportRecord>> due_progress_reports(UnixMs now,
                                                                 std::size_t max) override {
    return settled([&](Session& session) {
      return progress_reports_due(session, id_, now, std::min(max, kMaxRows));
    });
  }
  Result<std::vector<ProgressReportRecord>> progress_reports(ReportState state,
                                                             std::size_t max) override {
    return reads_->read([&](Session& session) {
      return progress_reports_in(session, id_, state, std::min(max, kMaxRows));
    });
  }
  Result<std::optional<ProgressReportRecord>> progress_report(
      const std::string& report_id) override {
    return reads_->read(
        [&](Session& session) { return find_progress_report(session, id_, report_id); });
  }
  Result<std::vector<DataKeyRecord>> data_keys() override {
    return reads_->read([&](Session& session) { return all_data_keys(session, id_); });
  }
  Result<std::optional<StoredAnswer>> stored_answer(const IdempotencyKey& key) override {
    return settled([&](Session& session) { return find_answer(session, id_, key); });
  }

  Result<TenantHead> head() override {
    return reads_->read([&](Session& session) { return load_head(session, id_); });
  }
  Result<std::vector<EventRecord>> events(std::int64_t after, std::size_t max) override {
    return settled([&](Session& session) {
      return events_after(session, id_, after, std::min(max, kMaxRows));
    });
  }
  Result<std::vector<UsageRecord>> usage(std::int64_t after, std::size_t max) override {
    return settled([&](Session& session) {
      return usage_after(session, id_, after, std::min(max, kMaxRows));
    });
  }
  Result<std::vector<AuditRecord>> audit(std::int64_t after, std::size_t max) override {
    return settled([&](Session& session) {
      return audit_records_after(session, id_, after, std::min(max, kMaxRows));
    });
  }
  Result<std::vector<AuditRecord>> history(std::span<const Subject> subjects) override {
    return settled([&](Session& session) { return history_of(session, subjects); });
  }
  Result<ChainVerdict> verify_audit() override { return verify_chain(*reads_, id_); }
  Result<std::int64_t> purge_audit_payload(UnixMs up_to_ms) override {
    return purge_chain(*writer_, id_, up_to_ms, random_);
  }

  Result<RowsPage> rows(std::string_view name, const std::string& from) override {
    return settled([&](Session& session) { return rows_from(session, id_, name, from); });
  }
  Result<void> erase_secrets() override {
    bool more = true;
    for (std::string at; more;) {
      BERTH_TRY_VOID(writer_->run([&](Session& session) {
        session.begin_write();
        more = erase_step(session, id_, at);
        session.commit();
      }));
    }
    return writer_->run([](Session& session) { session.barrier(); });
  }

 private:
  // What look(const RecentRows&) finds.
  template <class Look>
  auto recently(Look look) const -> decltype(look(std::declval<const RecentRows&>())) {
    if (!recent_) return std::nullopt;
    return look(*recent_);
  }

  // The next function of the same download asks for the same row.
  template <class Look, class Work>
  auto recently_or_read(const Iccid& iccid, Look look, Work work)
      -> Result<decltype(work(std::declval<Session&>()))> {
    if (!recent_) return reads_->read(std::move(work));
    const RecentRows::Mark mark = recent_->mark();
    if (auto known = look(*recent_)) return std::move(*known);
    auto row = reads_->read(std::move(work));
    if (row) recent_->learn(mark, iccid, *row);
    return row;
  }

  template <class Work>
  auto settled(Work work) -> Result<decltype(work(std::declval<Session&>()))> {
    return read_settled(*reads_, *writer_, std::move(work));
  }

  std::vector<AuditRecord> history_of(Session& session, std::span<const Subject> subjects) {
    std::vector<std::string> references;
    for (const Subject& subject : subjects) {
      if (auto reference = find_subject_ref(session, id_, subject)) {
        references.push_back(std::move(*reference));
      }
    }
    std::sort(references.begin(), references.end());
    references.erase(std::unique(references.begin(), references.end()), references.end());
    std::vector<AuditRecord> records;
    for (const std::string& reference : references) {
      std::vector<AuditRecord> about = audit_about(session, id_, reference, kMaxRows);
      std::move(about.begin(), about.end(), std::back_inserter(records));
    }
    std::sort(records.begin(), records.end(),
              [](const AuditRecord& left, const AuditRecord& right) {
                return left.sequence < right.sequence;
              });
    if (records.size() > kMaxRows) records.erase(records.begin() + kMaxRows, records.end());
    return records;
  }

  std::shared_ptr<void> held_;  // released last
  const TenantId tenant_;
  const std::string id_;
  Random& random_;
  const std::shared_ptr<RecentRows> recent_;  // may be null
  std::unique_ptr<ReadPool> reads_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace

Leaving* leaving_of(TenantLedger& ledger) { return dynamic_cast<Leaving*>(&ledger); }

std::unique_ptr<TenantLedger> make_tenant_ledger(const TenantId& tenant, OpenedChain chain,
                                                 Random& random, std::shared_ptr<void> held) {
  return std::make_unique<ChainTenantLedger>(tenant, std::move(chain), random, std::move(held));
}

Result<std::unique_ptr<TenantLedger>> open_tenant_ledger(
    const std::filesystem::path& file, const TenantId& tenant, const LedgerOptions& options,
    const Clock& clock, Random& random, std::shared_ptr<void> held, WriterHooks hooks,
    std::function<void(Session&)> on_write_session, ChainState state) {
  BERTH_TRY(chain, open_chain({file, tenant.text(), "tenant", state}, options, clock, random,
                              std::move(hooks), std::move(on_write_session)));
  return make_tenant_ledger(tenant, std::move(chain), random, std::move(held));
}

}  // namespace berth::ledger
