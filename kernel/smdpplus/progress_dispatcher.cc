#include "kernel/smdpplus/progress_dispatcher.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <typeinfo>

#include "kernel/rsp/sgp22/es2_messages.h"
#include "kernel/smdpplus/commit.h"
#include "kernel/smdpplus/drafts.h"

namespace berth::smdpplus {
namespace {

using ledger::ProgressReportRecord;
using ledger::ReportState;

constexpr std::size_t kMaxCode = 32;  // octets kept of each code an operator answers with

// What others wrote, fit for logs, audit records and text columns.
std::string printable(std::string_view text, std::size_t max) {
  std::string fit(text.substr(0, max));
  std::replace_if(
      fit.begin(), fit.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return fit;
}

// "8.2.1/3.9" of a Failed answer; what an operator writes there is its own affair.
std::string refused_pair(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  const auto data = nlohmann::json::json_pointer("/header/functionExecutionStatus/statusCodeData");
  if (!json.is_object() || !json.contains(data)) return "Failed without a status code";
  const auto& codes = json.at(data);
  const auto text = [&codes](const char* name) {
    const auto found = codes.is_object() ? codes.find(name) : codes.end();
    return found != codes.end() && found->is_string()
               ? printable(found->get_ref<const std::string&>(), kMaxCode)
               : std::string("?");
  };
  return text("subjectCode") + "/" + text("reasonCode");
}

// What came of one try. `problem` is empty when it was delivered.
struct Tried {
  ReportState state = ReportState::kPending;
  std::string problem;
  std::optional<std::chrono::seconds> retry_after;
};

Tried judge(const Result<ReportAnswer>& answer) {
  if (!answer) {
    return {ReportState::kPending,
            std::string(answer.error().reason()) + ": " + answer.error().message(), std::nullopt};
  }
  if (answer->http_status == 204) return {ReportState::kDelivered, "", std::nullopt};
  if (answer->http_status == 200) {
    if (!rsp::sgp22::is_failed_answer(answer->body)) return {ReportState::kDelivered, "", {}};
    return {ReportState::kRefused, refused_pair(answer->body), std::nullopt};
  }
  return {ReportState::kPending, "HTTP status " + std::to_string(answer->http_status),
          answer->retry_after};
}

std::string_view audit_type(ReportState state) {
  switch (state) {
    case ReportState::kPending:
      return "report.postponed";
    case ReportState::kDelivered:
      return "report.delivered";
    case ReportState::kRefused:
      return "report.refused";
    case ReportState::kDead:
      return "report.given_up";
  }
  BERTH_ASSERT(false);
}

ledger::Unit report_unit(context::TenantContext& tenant, ProgressReportRecord next,
                         std::string_view type) {
  ledger::Unit unit;
  unit.commit_id = new_commit_id(tenant);
  unit.audit = audit_draft(type, {ledger::SubjectKind::kProfile, next.iccid.text()},
                           {{"reportId", next.report_id},
                            {"point", std::to_string(next.point)},
                            {"tries", std::to_string(next.tries)},
                            {"problem", next.problem}});
  const std::int64_t from = next.revision++;
  unit.changes = {ledger::UpdateProgressReport{std::move(next), from}};
  return unit;
}

// What an exception says may quote the report or the operator's answer: its type has to do.
void log_exception(const context::TenantContext& tenant, const std::string& report_id,
                   const std::exception& e) {
  spdlog::error("tenant={} report={} exception {}", tenant.id().text(), report_id,
                typeid(e).name());
}

// A try that ends in an exception is a failed try, so that it is not made without end.
Tried attempt(context::TenantContext& tenant, const ReportTransport& transport,
              const ProgressReportRecord& report) {
  try {
    return judge(transport(tenant, report.body));
  } catch (const std::exception& e) {
    log_exception(tenant, report.report_id, e);
    return {ReportState::kPending, "internal error while sending", std::nullopt};
  }
}

struct Outcome {
  bool taken = false;
  bool written = false;
};

Outcome send_one(context::TenantContext& tenant, const ReportTransport& transport,
                 const ProgressReportRecord& report) {
  const Tried tried = attempt(tenant, transport, report);
  ProgressReportRecord next = report;
  next.tries += 1;
  next.state = tried.state;
  next.problem = printable(tried.problem, kMaxReportProblem);
  if (tried.state == ReportState::kPending && next.tries >= kMaxReportTries) {
    next.state = ReportState::kDead;
  } else if (tried.state == ReportState::kPending) {
    const Bytes spread = tenant.random().bytes(2);
    auto delay =
        report_delay(next.tries, static_cast<std::uint16_t>(spread[0] << 8U | unsigned{spread[1]}));
    if (tried.retry_after) {
      delay = std::clamp<std::chrono::milliseconds>(*tried.retry_after, delay, kLongestReportDelay);
    }
    next.next_ms = tenant.clock().now_ms() + delay.count();
  }
  if (next.state != ReportState::kDelivered) {
    spdlog::warn("tenant={} report={} point={} try={} {}: {}", tenant.id().text(), next.report_id,
                 next.point, next.tries, audit_type(next.state), next.problem);
  }
  const std::string_view type = audit_type(next.state);
  // A commit that fails leaves it due: it is sent again under the same call identifier, which the
  // receiver knows.
  const auto done = commit(tenant.ledger(), report_unit(tenant, std::move(next), type));
  if (!done) spdlog::warn("tenant={} report outcome not written", tenant.id().text());
  const bool written = done && std::holds_alternative<ledger::Committed>(*done);
  return {tried.state != ReportState::kPending, written};
}

// Where a sender's thread begins, which no exception may leave.
Outcome send_safely(context::TenantContext& tenant, const ReportTransport& transport,
                    const ProgressReportRecord& report) {
  try {
    return send_one(tenant, transport, report);
  } catch (const std::exception& e) {
    log_exception(tenant, report.report_id, e);
    return {};
  }
}

}  // namespace

std::chrono::milliseconds report_delay(std::uint32_t tries, std::uint16_t spread) {
  using std::chrono::milliseconds;
  const milliseconds longest = kLongestReportDelay;
  milliseconds delay = kFirstReportDelay;
  for (std::uint32_t i = 1; i < tries && delay < longest; ++i) delay *= 2;
  delay = std::min(delay, longest);
  const std::int64_t width = delay.count() * kReportJitterPercent / 100;
  return milliseconds(delay.count() - width + 2 * width * spread / 65535);
}

Result<ReportRound> send_due_reports(context::TenantContext& tenant,
                                     const ReportTransport& transport) {
  BERTH_TRY(due, tenant.ledger().due_progress_reports(tenant.clock().now_ms(), kReportsAtOnce));
  std::vector<Outcome> outcomes(due.size());
  const auto send = [&](std::size_t i) { outcomes[i] = send_safely(tenant, transport, due[i]); };
  {
    std::vector<std::jthread> senders;
    for (std::size_t i = 1; i < due.size(); ++i) senders.emplace_back(send, i);
    if (!due.empty()) send(0);
  }
  ReportRound round{.sent = due.size()};
  for (const Outcome& outcome : outcomes) {
    if (outcome.taken) ++round.taken;
    if (outcome.written) ++round.written;
  }
  return round;
}

std::chrono::milliseconds ReportPace::after(const std::optional<ReportRound>& round) {
  using std::chrono::milliseconds;
  if (!round) return kFirstReportDelay;
  if (round->sent == 0) return kIdleReportPause;
  if (round->taken == 0) {
    outage_ = std::clamp<milliseconds>(outage_ * 2, kFirstOutagePause, kLongestOutagePause);
    return outage_;
  }
  outage_ = milliseconds(0);
  // The same reports again, whose receiver took them already.
  if (round->written < round->sent) return kFirstReportDelay;
  return round->sent == kReportsAtOnce ? milliseconds(0) : kReportPause;
}

Result<void, Failure> retry_report(context::TenantContext& tenant, const std::string& report_id) {
  for (int round = 0; round < kMaxDecisions; ++round) {
    auto found = tenant.ledger().progress_report(report_id);
    if (!found) return Failure(std::move(found).error());
    if (!*found) {
      return Failure(
          Error(ErrorCode::kNotFound, "report.unknown", "this tenant has no report with that id"));
    }
    ProgressReportRecord next = **found;
    if (next.state != ReportState::kDead) {
      return Failure(Error(ErrorCode::kFailedPrecondition, "report.not_dead",
                           "only a report that was given up can be sent again by hand"));
    }
    next.state = ReportState::kPending;
    next.tries = 0;
    next.next_ms = tenant.clock().now_ms();
    auto done = commit(tenant.ledger(), report_unit(tenant, std::move(next), "report.retried"));
    if (!done) return std::move(done).error();
    if (std::holds_alternative<ledger::Committed>(*done)) return {};
  }
  return Failure(contention_error());
}

ProgressDispatcher::ProgressDispatcher(const context::Tenants& tenants,
                                       const ReportTransport& transport, WorkLeases& leases)
    : leases_(leases) {
  for (const auto& tenant : tenants.all()) {
    if (tenant->configuration().progress) add(tenant, transport);
  }
}

void ProgressDispatcher::add(std::shared_ptr<context::TenantContext> tenant,
                             ReportTransport transport) {
  const std::lock_guard lock(mutex_);
  // It asks no route, so the tenant of the routes it began with will do.
  threads_.emplace_back([this, tenant = std::move(tenant), transport = std::move(transport)](
                            const std::stop_token& stop) { run(*tenant, transport, stop); });
}

ProgressDispatcher::~ProgressDispatcher() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

void ProgressDispatcher::run(context::TenantContext& tenant, const ReportTransport& transport,
                             const std::stop_token& stop) const {
  std::mutex mutex;
  std::condition_variable_any wake;
  ReportPace pace;
  // A tenant that has left sends nothing more.
  const auto over = [&] {
    return stop.stop_requested() || tenant.standing() == context::Standing::kEnded;
  };
  while (!over()) {
    std::optional<ReportRound> round;
    try {
      if (!leases_.hold(tenant.id(), kReportWork)) {
        round = ReportRound{};
      } else if (auto done = send_due_reports(tenant, transport)) {
        round = *done;
      }
    } catch (const std::exception& e) {
      // Where the thread begins: a bug or a lack of memory costs a round, not the reports.
      log_exception(tenant, "-", e);
    }
    // The lease is kept while this thread rests, else another node would begin anew with an
    // operator that is away.
    for (auto rest = pace.after(round); rest.count() > 0 && !over();) {
      const auto step = std::min<std::chrono::milliseconds>(rest, kLeaseRenewal);
      std::unique_lock lock(mutex);
      wake.wait_for(lock, stop, step, [] { return false; });
      rest -= step;
      if (rest.count() > 0) leases_.hold(tenant.id(), kReportWork);
    }
  }
  leases_.give_up(tenant.id(), kReportWork);
}

}  // namespace berth::smdpplus
