#include "kernel/ledger/progress_reports.h"

#include "kernel/ledger/sql.h"

namespace berth::ledger {
namespace {

constexpr Column kColumns[] = {{"tenant_id", 't'},       {"report_id", 't'}, {"revision", 'i'},
                               {"commit_sequence", 'i'}, {"position", 'i'},  {"iccid", 't'},
                               {"point", 'i'},           {"body", 't'},      {"state", 'i'},
                               {"tries", 'i'},           {"next_ms", 'i'},   {"created_ms", 'i'},
                               {"problem", 't'}};
constexpr Table kReport{"progress_report", kColumns, 2};

ReportState report_state_of(const Value& value) {
  const std::int64_t number = value_number(value);
  if (number < static_cast<std::int64_t>(ReportState::kPending) ||
      number > static_cast<std::int64_t>(ReportState::kDead)) {
    throw CorruptRow("a report's state is unknown");
  }
  return static_cast<ReportState>(number);
}

ProgressReportRecord report_of(const Row& row) {
  ProgressReportRecord record{.report_id = value_text(row[1]),
                              .iccid = stored(Iccid::parse(value_text(row[5])))};
  record.revision = value_number(row[2]);
  record.commit_sequence = value_number(row[3]);
  record.position = value_count(row[4]);
  record.point = value_count(row[6]);
  record.body = value_text(row[7]);
  record.state = report_state_of(row[8]);
  record.tries = value_count(row[9]);
  record.next_ms = value_number(row[10]);
  record.created_ms = value_number(row[11]);
  record.problem = value_text(row[12]);
  return record;
}

std::vector<ProgressReportRecord> reports_of(const std::vector<Row>& rows) {
  std::vector<ProgressReportRecord> records;
  for (const Row& row : rows) records.push_back(report_of(row));
  return records;
}

enum : std::size_t { kInsert, kUpdate };

}  // namespace

std::span<const Statement> progress_report_writes() {
  static const Statement kWrites[] = {
      insert_into(kReport),
      {"update progress_report set revision = :r, state = :s, tries = :n, next_ms = :m,"
       " problem = :p where tenant_id = :t and report_id = :i and revision = :from_revision",
       "", "iiiittti"}};
  return kWrites;
}

Steps plan_change(const std::string& tenant_id, const InsertProgressReport& change) {
  const ProgressReportRecord& record = change.report;
  return {{&progress_report_writes()[kInsert],
           {Value(tenant_id), Value(record.report_id), Value(record.revision),
            InCommit::kAuditSequence, Value(std::int64_t{record.position}),
            Value(record.iccid.text()), Value(std::int64_t{record.point}), Value(record.body),
            Value(static_cast<std::int64_t>(record.state)), Value(std::int64_t{record.tries}),
            Value(record.next_ms), moment_or_now(record.created_ms), Value(record.problem)}}};
}

Steps plan_change(const std::string& tenant_id, const UpdateProgressReport& change) {
  const ProgressReportRecord& next = change.next;
  return {{&progress_report_writes()[kUpdate],
           {Value(next.revision), Value(static_cast<std::int64_t>(next.state)),
            Value(std::int64_t{next.tries}), Value(next.next_ms), Value(next.problem),
            Value(tenant_id), Value(next.report_id), Value(change.from_revision)},
           RefusalReason::kGuard}};
}

std::vector<ProgressReportRecord> progress_reports_due(Session& session,
                                                       const std::string& tenant_id, UnixMs now,
                                                       std::size_t max) {
  static const Statement kSelect =
      select_from(kReport,
                  "where tenant_id = :t and state = 1 and next_ms <= :now and not exists"
                  " (select 1 from progress_report e where e.tenant_id = progress_report.tenant_id"
                  " and e.iccid = progress_report.iccid and e.state = 1"
                  " and (e.commit_sequence, e.position)"
                  " < (progress_report.commit_sequence, progress_report.position))"
                  " order by commit_sequence, position, report_id limit :max");
  return reports_of(session.query(kSelect, {tenant_id, now, static_cast<std::int64_t>(max)}));
}

std::vector<ProgressReportRecord> progress_reports_in(Session& session,
                                                      const std::string& tenant_id,
                                                      ReportState state, std::size_t max) {
  static const Statement kSelect =
      select_from(kReport,
                  "where tenant_id = :t and state = :s"
                  " order by commit_sequence, position, report_id limit :max");
  return reports_of(session.query(
      kSelect, {tenant_id, static_cast<std::int64_t>(state), static_cast<std::int64_t>(max)}));
}

std::optional<ProgressReportRecord> find_progress_report(Session& session,
                                                         const std::string& tenant_id,
                                                         const std::string& report_id) {
  static const Statement kSelect = select_from(kReport, "where tenant_id = :t and report_id = :i");
  const std::vector<Row> rows = session.query(kSelect, {tenant_id, report_id});
  if (rows.empty()) return std::nullopt;
  return report_of(rows[0]);
}

}  // namespace berth::ledger
