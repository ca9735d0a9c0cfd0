#include "kernel/smdpplus/es2_access.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "kernel/rsp/sgp22/status_codes.h"
#include "kernel/smdpplus/drafts.h"

namespace berth::smdpplus {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;

}  // namespace

bool Es2Access::count(const std::string& cause, bool single) {
  const std::int64_t now = clock_.now_ms() / kMinuteMs;
  Minute finished;
  bool alone = false;
  {
    const std::lock_guard lock(mutex_);
    if (minute_.number != now) {
      finished = std::move(minute_);
      minute_ = Minute{};
      minute_.number = now;
    }
    const bool room = totals_.size() < kMaxEs2RefusalCauses || totals_.contains(cause);
    const std::string name = room ? cause : "other";
    ++totals_[name];
    alone = single && minute_.singles < kMaxSingleEs2RefusalsPerMinute;
    if (alone) {
      ++minute_.singles;
    } else if (++minute_.counts[name] == 1) {
      spdlog::info("es2+ refused cause=\"{}\"", name);
    }
  }
  write(finished);
  return alone;
}

// History, not state: a ledger that cannot take it must not turn a refusal into an outage.
void Es2Access::record(const std::string& type, std::initializer_list<Detail> details) {
  const auto written =
      host_.audit({type, {ledger::SubjectKind::kHost, "host"}, details_json(details)});
  if (!written) spdlog::warn("es2+ refusal record not written: {}", written.error().reason());
}

void Es2Access::write(const Minute& minute) {
  for (const auto& [cause, number] : minute.counts) {
    record("es2.refusals_aggregated", {{"cause", cause},
                                       {"count", std::to_string(number)},
                                       {"minute", to_rfc3339(minute.number * kMinuteMs)}});
  }
}

Result<const tenancy::Es2Operator*, rsp::RspError> Es2Access::identify(
    const std::optional<Es2Client>& client) {
  if (!client) {
    count("no certificate", false);
    return rsp::sgp22::requester_unknown();
  }
  const auto known = std::find_if(operators_.begin(), operators_.end(), [&](const auto& one) {
    return std::find(one.pins.begin(), one.pins.end(), client->spki_sha256) != one.pins.end();
  });
  if (known == operators_.end()) {
    count("unknown certificate", false);
    return rsp::sgp22::requester_unknown();
  }
  const UnixMs now = clock_.now_ms();
  const bool early = now < client->not_before_ms;
  const bool expired = now > client->not_after_ms && !known->accept_expired;
  if (!early && !expired) return &*known;
  const std::string why = early ? "certificate not valid yet" : "certificate expired";
  if (count(why + " operator=" + known->name, true)) {
    record("es2.certificate_refused", {{"operator", known->name},
                                       {"why", why},
                                       {"subject", client->subject},
                                       {"pin", client->spki_sha256},
                                       {"peer", client->peer_address}});
    spdlog::warn("es2+ refused operator={} {}", known->name, why);
  }
  return rsp::sgp22::requester_unknown();
}

Result<std::shared_ptr<context::TenantContext>, rsp::RspError> Es2Access::admit(
    const tenancy::Es2Operator& caller, const std::string& requester, const Es2Client& client) {
  const auto mine = caller.requesters.find(requester);
  auto tenant = mine == caller.requesters.end() ? nullptr : tenants_.find(mine->second);
  if (tenant != nullptr) return tenant;
  if (count("foreign requester identifier operator=" + caller.name, true)) {
    record("es2.requester_refused", {{"operator", caller.name},
                                     {"requester", requester},
                                     {"subject", client.subject},
                                     {"pin", client.spki_sha256},
                                     {"peer", client.peer_address}});
    spdlog::warn("es2+ refused operator={}: it used a requester identifier that is not its own",
                 caller.name);
  }
  return rsp::sgp22::requester_not_allowed();
}

void Es2Access::refused(const tenancy::Es2Operator& caller, const std::string& cause,
                        const TenantId& tenant, const Es2Client& client) {
  if (!count(cause + " operator=" + caller.name, true)) return;
  record("es2.call_refused", {{"operator", caller.name},
                              {"tenant", tenant.text()},
                              {"why", cause},
                              {"pin", client.spki_sha256},
                              {"peer", client.peer_address}});
  spdlog::warn("es2+ refused operator={} tenant={}: {}", caller.name, tenant.text(), cause);
}

void Es2Access::housekeeping(bool everything) {
  Minute finished;
  {
    const std::lock_guard lock(mutex_);
    if (!everything && minute_.number == clock_.now_ms() / kMinuteMs) return;
    finished = std::move(minute_);
    minute_ = Minute{};
  }
  write(finished);
}

std::map<std::string, std::uint64_t> Es2Access::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

}  // namespace berth::smdpplus
