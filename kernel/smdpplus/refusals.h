// Refusals as history: which are told singly, which are counted.
//
// A refusal of an authenticated card or of a cross-tenant attempt is one audit record. Anonymous
// ones, and authenticated ones over a limit, are counters with one aggregated record per tenant,
// cause and minute, so that a flood cannot fill the ledger. A card has a limit of its own, so that
// its flood leaves those of other orders their records and reports. Thread-safe.

#pragma once

#include <map>
#include <mutex>
#include <string>

#include "kernel/context/tenant_context.h"
#include "kernel/rsp/rsp_error.h"
#include "kernel/smdpplus/progress_report.h"

namespace berth::smdpplus {

inline constexpr std::uint32_t kMaxSingleRefusalsPerMinute = 600;  // of one tenant
inline constexpr std::uint32_t kMaxSingleRefusalsPerCard = 30;     // of these, in that minute
inline constexpr std::size_t kMaxRefusalCauses = 64;

struct RefusedDownload {
  std::string function;  // "AuthenticateClient"
  std::string stage;     // "EID", "code", "order", "card", "operator"
  std::string route;     // what decided; operator's eyes only
  std::string remedy;    // whose turn, what to do
  rsp::RspError error;
  std::optional<Eid> eid;
  std::optional<Iccid> iccid;             // the order was found in this tenant
  std::optional<MatchingId> matching_id;  // as presented
  std::optional<Progress> progress = {};  // what the order's operator is told of it
};

class RefusalJournal {
 public:
  void anonymous(context::TenantContext& tenant, const std::string& cause);
  void authenticated(context::TenantContext& tenant, const RefusedDownload& refusal);
  // Writes the aggregated records of minutes that have passed.
  void flush(context::TenantContext& tenant, bool everything);
  // Since start, by cause; for metrics and status.
  std::map<std::string, std::uint64_t> totals(const TenantId& tenant) const;

 private:
  struct Minute {
    std::int64_t number = 0;
    std::uint32_t singles = 0;
    std::map<Eid, std::uint32_t> cards;  // their singles: at most kMaxSingleRefusalsPerMinute
    std::map<std::string, std::uint64_t> counts;
  };
  struct Tally {
    Minute minute;
    std::map<std::string, std::uint64_t> totals;
  };
  struct Counted {
    Minute finished;  // to be written, if any
    bool single = false;
  };
  static bool take_single(Minute& minute, const std::optional<Eid>& card);
  // Counts one; of an `authenticated` one (else null) tells whether it has a record of its own.
  Counted count(const context::TenantContext& tenant, const std::string& cause,
                const RefusedDownload* authenticated);
  static void write(context::TenantContext& tenant, const Minute& minute);

  mutable std::mutex mutex_;
  std::map<TenantId, Tally> tallies_;
};

}  // namespace berth::smdpplus
