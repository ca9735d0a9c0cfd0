#include "kernel/smdpplus/es2_call.h"

#include <spdlog/spdlog.h>

#include "kernel/rsp/sgp22/es9_json.h"
#include "kernel/rsp/sgp22/status_codes.h"

namespace berth::smdpplus {
namespace {

// More stock or an SM-DS that answers again makes these come out otherwise.
bool may_pass(const rsp::RspError& refusal) {
  return refusal.subject_code == "8.9" || refusal.reason_code == "3.7";
}

}  // namespace

Result<std::string, Failure> run_es2(context::TenantContext& tenant, std::string_view function,
                                     const rsp::sgp22::FunctionHeader& header, const Sha256& body,
                                     const ledger::Subject& subject, const OnlyOnce::Decide& decide,
                                     const OnlyOnce::OnRefused& on_refused, int rounds) {
  const std::string name = "ES2+." + std::string(function);
  const rsp::RspError reused{"1.6", "3.3", "this functionCallIdentifier was used for another call"};
  const OnlyOnce once(tenant, {header.requester, name, header.call}, body, Failure(reused));
  auto answer = once.run(decide, on_refused, rounds);
  if (answer) return answer;
  const auto* refusal = std::get_if<rsp::RspError>(&answer.error());
  if (refusal == nullptr) return answer;
  const bool kept = !may_pass(*refusal) && refusal->pair() != reused.pair();
  if (!kept) {
    // An equal call at the same time may have been what made this one fail: they share its answer.
    auto twin = once.earlier();
    if (!twin) return std::move(twin).error();
    if (*twin) return std::move(**twin);
  }
  spdlog::info("tenant={} refused function={} status={}", tenant.id().text(), name,
               refusal->pair());
  if (!kept) return answer;
  return once.keep_refusal(rsp::sgp22::failure_json(*refusal),
                           audit_draft("order.refused", subject,
                                       {{"function", name},
                                        {"requester", header.requester},
                                        {"identifier", header.call},
                                        {"status", refusal->pair()},
                                        {"message", refusal->message}}));
}

}  // namespace berth::smdpplus
