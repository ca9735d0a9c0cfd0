// Sends HandleDownloadProgressInfo to the tenants' operators (SGP.22 §5.3.5): a reader of what the
// commits left, so that no device ever waits for an operator.
//
// Reports of one ICCID leave strictly in order, one at a time; several ICCIDs of a tenant at once.
// A tenant with an endpoint has a thread of its own, so that a slow operator delays nobody else's
// reports (R85). A report is repeated with growing delay and the same call identifier until it is
// taken, then given up and left for a person. State is in the ledger: a restart loses nothing and
// repeats at most what was under way.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "kernel/context/tenants.h"
#include "kernel/smdpplus/failure.h"
#include "kernel/smdpplus/work_leases.h"

namespace berth::smdpplus {

inline constexpr std::size_t kReportsAtOnce = 4;             // of one tenant, each of another ICCID
inline constexpr std::chrono::seconds kFirstReportDelay{5};  // doubles with every try
inline constexpr std::chrono::hours kLongestReportDelay{1};
inline constexpr std::uint32_t kReportJitterPercent = 20;  // either way
// Some 75 hours of trying.
inline constexpr std::uint32_t kMaxReportTries = 84;
// Between rounds: after one that sent, when nothing is due, and after ones in which the operator
// took nothing at all, which doubles from round to round.
inline constexpr std::chrono::milliseconds kReportPause{500};
inline constexpr std::chrono::seconds kIdleReportPause{2};
inline constexpr std::chrono::seconds kFirstOutagePause{5};
inline constexpr std::chrono::minutes kLongestOutagePause{5};
inline constexpr std::size_t kMaxReportProblem = 200;       // octets kept of what went wrong
inline constexpr std::size_t kMaxReportAnswer = 64 * 1024;  // octets of an operator's answer

// One attempt to send: `body` as it is, by POST. Bounded in time and in what it reads; called on
// several threads at once. An Error is any answer that is none: refused, timed out, not trusted.
struct ReportAnswer {
  int http_status = 0;
  std::string body;
  std::optional<std::chrono::seconds> retry_after;
};
using ReportTransport = std::function<Result<ReportAnswer>(const context::TenantContext& tenant,
                                                           const std::string& body)>;

// What came of one round.
struct ReportRound {
  std::size_t sent = 0;     // zero also while another node sends
  std::size_t taken = 0;    // delivered or refused: the operator's server is there
  std::size_t written = 0;  // outcomes in the ledger; the other reports are still due as they were
};

// Sends what is due of one tenant, at most kReportsAtOnce reports. One round of the dispatcher.
Result<ReportRound> send_due_reports(context::TenantContext& tenant,
                                     const ReportTransport& transport);

// How long to rest after each round, so that neither an operator that is away nor a ledger that
// takes nothing is asked without end. One for each tenant's thread; not thread-safe.
class ReportPace {
 public:
  // Empty: the round failed. Zero when more is probably due at once.
  std::chrono::milliseconds after(const std::optional<ReportRound>& round);

 private:
  std::chrono::milliseconds outage_{
      0};  // the last such pause; zero when the last round got through
};

// How long to wait after this many failed tries; `spread` is 0..65535.
std::chrono::milliseconds report_delay(std::uint32_t tries, std::uint16_t spread);

// A report that was given up is due again, with all its tries. kNotFound "report.unknown",
// kFailedPrecondition "report.not_dead".
Result<void, Failure> retry_report(context::TenantContext& tenant, const std::string& report_id);

// Thread-safe.
class ProgressDispatcher {
 public:
  // Starts at once. Of several nodes the one that holds a tenant's lease sends its reports.
  // `tenants` and `leases` are borrowed and must outlive it.
  ProgressDispatcher(const context::Tenants& tenants, const ReportTransport& transport,
                     WorkLeases& leases);
  // Waits for what is under way, which the transport bounds.
  ~ProgressDispatcher();

  // A tenant that came later, with an endpoint and a transport of its own.
  void add(std::shared_ptr<context::TenantContext> tenant, ReportTransport transport);

 private:
  void run(context::TenantContext& tenant, const ReportTransport& transport,
           const std::stop_token& stop) const;

  WorkLeases& leases_;
  std::mutex mutex_;  // of the list
  std::vector<std::jthread> threads_;
};

}  // namespace berth::smdpplus
