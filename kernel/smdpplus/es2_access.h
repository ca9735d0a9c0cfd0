// Who may call ES2+, and for which tenant: a client key stands for an operator, and the
// functionRequesterIdentifier of each call for one of the operator's own tenants (R9, R10).
//
// An operator cannot name another's tenant: identifiers are looked up in its own set alone.
// Refusals go to the host's audit chain, since no tenant is concerned: those of known operators
// singly, up to a bound a minute; strangers, and what is over the bound, as one record per cause
// and minute. Thread-safe; what it borrows must outlive it.

#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "kernel/base/clock.h"
#include "kernel/context/tenants.h"
#include "kernel/ledger/host_ledger.h"
#include "kernel/rsp/rsp_error.h"

namespace berth::smdpplus {

inline constexpr std::uint32_t kMaxSingleEs2RefusalsPerMinute = 60;
inline constexpr std::size_t kMaxEs2RefusalCauses = 64;

// What the TLS handshake proved. No chain was judged: the pin is the trust.
struct Es2Client {
  std::string spki_sha256;  // lower-case hexadecimal
  std::string subject;      // for people
  UnixMs not_before_ms = 0;
  UnixMs not_after_ms = 0;
  std::string peer_address;
};

class Es2Access {
 public:
  Es2Access(std::vector<tenancy::Es2Operator> operators, const context::Tenants& tenants,
            ledger::HostLedger& host, const Clock& clock)
      : operators_(std::move(operators)), tenants_(tenants), host_(host), clock_(clock) {}

  // The operator of this key; borrowed. 1.1/1.1, without a word why, for no certificate, an unknown
  // key, and a certificate outside its time.
  Result<const tenancy::Es2Operator*, rsp::RspError> identify(
      const std::optional<Es2Client>& client);
  // The tenant this identifier stands for; borrowed. 1.1/1.2 when it is none of the operator's.
  Result<std::shared_ptr<context::TenantContext>, rsp::RspError> admit(
      const tenancy::Es2Operator& caller, const std::string& requester, const Es2Client& client);
  // A call of an operator of ours that is refused for what it says, which `cause` names: counted
  // and written to the host's audit like the refusals above.
  void refused(const tenancy::Es2Operator& caller, const std::string& cause, const TenantId& tenant,
               const Es2Client& client);
  // Writes the records of minutes that have passed; `everything` before the host stops.
  void housekeeping(bool everything);
  // Refusals since start, by cause.
  std::map<std::string, std::uint64_t> totals() const;

 private:
  struct Minute {
    std::int64_t number = 0;
    std::uint32_t singles = 0;
    std::map<std::string, std::uint64_t> counts;
  };
  // Counts one; true when it may have a record of its own.
  bool count(const std::string& cause, bool single);
  void write(const Minute& minute);
  void record(const std::string& type,
              std::initializer_list<std::pair<std::string_view, std::string>> details);

  const std::vector<tenancy::Es2Operator> operators_;
  const context::Tenants& tenants_;
  ledger::HostLedger& host_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  Minute minute_;
  std::map<std::string, std::uint64_t> totals_;
};

}  // namespace berth::smdpplus
