// At most once for (requester, function, identifier): the same call again gets the same answer,
// octet for octet, and another call under the same identifier none (R68, R69).
//
// The answer is sealed by the vault and stored with the commit that earned it. Private to this
// folder. Thread-safe.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/base/digest.h"
#include "kernel/context/tenant_context.h"
#include "kernel/smdpplus/commit.h"

namespace berth::smdpplus {

// A request in canonical form: every field with its length, so that no two requests read alike.
class RequestDigest {
 public:
  RequestDigest& add(std::string_view field);
  RequestDigest& add(const std::optional<Eid>& eid) { return add(eid ? eid->text() : ""); }
  RequestDigest& add(const std::optional<Iccid>& iccid) { return add(iccid ? iccid->text() : ""); }
  Sha256 finish() { return stream_.finish(); }

 private:
  Sha256Stream stream_;
};

// What is to become true, and what is then answered.
struct Decision {
  ledger::Unit unit;
  std::string answer;
};

class OnlyOnce {
 public:
  // `reused`: what a call is told whose identifier was used for another body.
  OnlyOnce(context::TenantContext& tenant, ledger::IdempotencyKey key, const Sha256& body,
           Failure reused)
      : tenant_(tenant), key_(std::move(key)), body_(body), reused_(std::move(reused)) {}

  // Reads and decides; asked anew, at most `rounds` times, when its commit lost a race.
  using Decide = std::function<Result<Decision, Failure>()>;
  // What a refused commit means; empty: decide anew.
  using OnRefused = std::function<std::optional<Failure>(const ledger::Refused&)>;
  // The stored answer, or that of the decision once it is committed.
  Result<std::string, Failure> run(const Decide& decide, const OnRefused& on_refused,
                                   int rounds = kMaxDecisions) const;

  // Keeps a final refusal as this call's answer, with an audit record: the same call again is
  // refused again. The answer that stands, which is another one when an equal call was faster.
  Result<std::string, Failure> keep_refusal(std::string answer, ledger::AuditDraft audit) const;

  // The answer given before, if any; `reused` when it was to another body.
  Result<std::optional<std::string>, Failure> earlier() const;
  Result<std::optional<std::string>, Failure> earlier_to_any_body() const;
  // What a unit carries to answer this call.
  ledger::StoredAnswer sealed(std::string_view answer) const;

 private:
  Result<std::optional<std::string>, Failure> opened(const ledger::StoredAnswer& stored) const;

  context::TenantContext& tenant_;
  ledger::IdempotencyKey key_;
  Sha256 body_;
  Failure reused_;
};

}  // namespace berth::smdpplus
