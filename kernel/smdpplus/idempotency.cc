#include "kernel/smdpplus/idempotency.h"

#include "kernel/smdpplus/drafts.h"

namespace berth::smdpplus {
namespace {

// Where an answer is sealed to; part of the ledger's frozen formats.
std::string answer_purpose(const ledger::IdempotencyKey& key) {
  return "answer/" + key.requester + "/" + key.function + "/" + key.identifier;
}

}  // namespace

RequestDigest& RequestDigest::add(std::string_view field) {
  stream_.update(as_bytes(std::to_string(field.size()) + ":")).update(as_bytes(field));
  return *this;
}

Result<std::optional<std::string>, Failure> OnlyOnce::earlier() const {
  auto stored = tenant_.ledger().stored_answer(key_);
  if (!stored) return Failure(std::move(stored).error());
  if (!*stored) return std::optional<std::string>();
  if ((*stored)->body_sha256 != body_) return Failure(reused_);
  return opened(**stored);
}

Result<std::optional<std::string>, Failure> OnlyOnce::earlier_to_any_body() const {
  auto stored = tenant_.ledger().stored_answer(key_);
  if (!stored) return Failure(std::move(stored).error());
  if (!*stored) return std::optional<std::string>();
  return opened(**stored);
}

Result<std::optional<std::string>, Failure> OnlyOnce::opened(
    const ledger::StoredAnswer& stored) const {
  auto plain = tenant_.vault().unseal(answer_purpose(key_), stored.sealed_answer);
  if (!plain) return Failure(std::move(plain).error());
  return std::optional<std::string>(std::string(as_text(plain->view())));
}

ledger::StoredAnswer OnlyOnce::sealed(std::string_view answer) const {
  return {key_, body_, tenant_.vault().seal(answer_purpose(key_), as_bytes(answer))};
}

Result<std::string, Failure> OnlyOnce::run(const Decide& decide, const OnRefused& on_refused,
                                           int rounds) const {
  for (int round = 0; round < rounds; ++round) {
    auto answered = earlier();
    if (!answered) return std::move(answered).error();
    if (*answered) return std::move(**answered);
    auto decision = decide();
    if (!decision) return std::move(decision).error();
    decision->unit.answer = sealed(decision->answer);
    auto done = commit(tenant_.ledger(), std::move(decision->unit));
    if (!done) return std::move(done).error();
    const auto* refused = std::get_if<ledger::Refused>(&*done);
    if (refused == nullptr) return std::move(decision->answer);
    if (refused->reason == ledger::RefusalReason::kAnswered) continue;
    if (auto failure = on_refused(*refused)) return std::move(*failure);
  }
  return Failure(contention_error());
}

Result<std::string, Failure> OnlyOnce::keep_refusal(std::string answer,
                                                    ledger::AuditDraft audit) const {
  ledger::Unit unit;
  unit.commit_id = new_commit_id(tenant_);
  unit.audit = std::move(audit);
  unit.answer = sealed(answer);
  auto done = commit(tenant_.ledger(), std::move(unit));
  if (!done) return std::move(done).error();
  if (std::holds_alternative<ledger::Committed>(*done)) return answer;
  auto answered = earlier();
  if (!answered) return std::move(answered).error();
  if (*answered) return std::move(**answered);
  return Failure(contention_error());
}

}  // namespace berth::smdpplus
