#include "tools/euicc/card.h"

#include <algorithm>
#include <limits>

#include "kernel/base/digest.h"
#include "tools/euicc/card_session.h"
#include "tools/euicc/server_messages.h"

namespace berth::euicc {
namespace {

Error invalid_state(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "card.state_invalid", std::move(message));
}

}  // namespace

Card::Card(CardState state, CardStore& store, Random& random, const Clock& clock)
    : state_(std::move(state)), store_(store), random_(random), clock_(clock) {}
Card::~Card() = default;

Result<std::unique_ptr<Card>> Card::open(CardState state, CardStore& store, Random& random,
                                         const Clock& clock) {
  std::unique_ptr<Card> card(new Card(std::move(state), store, random, clock));
  BERTH_TRY_VOID(card->load_trust());
  return card;
}

Result<void> Card::load_trust() {
  if (state_.credentials.empty()) return invalid_state("the card has no certificate of its own");
  if (state_.ci_certificates.empty()) return invalid_state("the card trusts no CI");
  for (const Bytes& der : state_.ci_certificates) {
    BERTH_TRY(ci, rsp::pki::Certificate::parse(der));
    BERTH_TRY_VOID(anchors_.add(ci));
  }
  for (const Credential& credential : state_.credentials) {
    BERTH_TRY(euicc, rsp::pki::Certificate::parse(credential.euicc_certificate));
    if (euicc.public_key().point() != credential.key.point() ||
        euicc.public_key().curve() != credential.key.curve()) {
      return invalid_state("the private key does not belong to the eUICC certificate");
    }
    if (euicc.subject_serial_number() != state_.eid.text()) {
      return invalid_state("the eUICC certificate is for another EID");
    }
  }
  return {};
}

InfoFields Card::info_fields() const {
  InfoFields info;
  for (const auto& ci : anchors_.all()) info.ci_ids_for_verification.push_back(ci.subject_key_id());
  for (const auto& own : state_.credentials) info.ci_ids_for_signing.push_back(own.ci_key_id);
  info.installed_applications = static_cast<std::uint32_t>(state_.profiles.size());
  info.free_nvm_bytes = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(free_nvm(), std::numeric_limits<std::uint32_t>::max()));
  info.forbidden_policy_rules = state_.options.forbidden_policy_rules;
  return info;
}

std::uint64_t Card::free_nvm() const {
  std::uint64_t used = 0;
  for (const Profile& profile : state_.profiles) used += profile.package.size();
  return used < state_.options.nvm_bytes ? state_.options.nvm_bytes - used : 0;
}

std::optional<UnixMs> Card::certificate_time() const {
  if (!state_.options.check_certificate_dates) return std::nullopt;
  return clock_.now_ms();
}

const Credential* Card::credential_for(ByteView ci_key_id) const {
  for (const Credential& credential : state_.credentials) {
    if (equal(credential.ci_key_id, ci_key_id)) return &credential;
  }
  return nullptr;
}

Bytes Card::euicc_info1() const { return encode_euicc_info1(info_fields()); }
Bytes Card::euicc_info2() const { return encode_euicc_info2(info_fields()); }

Bytes Card::euicc_challenge() {
  session_ = std::make_unique<Session>();
  session_->challenge = random_.bytes(kChallengeSize);
  return session_->challenge;
}

Result<void> Card::commit(CardState next) {
  BERTH_TRY_VOID(store_.save(next));
  // Credentials stay where they are: a session points at one of them.
  state_.profiles = std::move(next.profiles);
  state_.notifications = std::move(next.notifications);
  state_.retry_keys = std::move(next.retry_keys);
  state_.next_sequence_number = next.next_sequence_number;
  state_.next_isdp = next.next_isdp;
  return {};
}

Result<void> Card::push_notification(CardState& next, Notification notification) const {
  if (next.notifications.size() >= kMaxNotifications) {
    return Error(ErrorCode::kResourceExhausted, "card.notifications_full",
                 "the card keeps no more notifications; send the pending ones first");
  }
  next.notifications.push_back(std::move(notification));
  ++next.next_sequence_number;
  return {};
}

Result<void> Card::remove_notification(std::uint64_t sequence_number) {
  CardState next = state_;
  const auto removed = std::erase_if(next.notifications, [&](const Notification& notification) {
    return notification.sequence_number == sequence_number;
  });
  if (removed == 0) {
    return Error(ErrorCode::kNotFound, "card.notification_unknown",
                 "the card has no pending notification " + std::to_string(sequence_number));
  }
  return commit(std::move(next));
}

Bytes Card::hash_confirmation_code(std::string_view code, const TransactionId& transaction) {
  const Sha256 inner = sha256(as_bytes(code));
  return to_bytes(Sha256Stream().update(inner).update(transaction.octets()).finish());
}

std::string_view to_string(AuthenticateError error) {
  switch (error) {
    case AuthenticateError::kInvalidCertificate:
      return "invalidCertificate";
    case AuthenticateError::kInvalidSignature:
      return "invalidSignature";
    case AuthenticateError::kUnsupportedCurve:
      return "unsupportedCurve";
    case AuthenticateError::kNoSessionContext:
      return "noSessionContext";
    case AuthenticateError::kInvalidOid:
      return "invalidOid";
    case AuthenticateError::kEuiccChallengeMismatch:
      return "euiccChallengeMismatch";
    case AuthenticateError::kCiPkUnknown:
      return "ciPKUnknown";
    case AuthenticateError::kUndefined:
      break;
  }
  return "undefinedError";
}

std::string_view to_string(DownloadError error) {
  switch (error) {
    case DownloadError::kInvalidCertificate:
      return "invalidCertificate";
    case DownloadError::kInvalidSignature:
      return "invalidSignature";
    case DownloadError::kUnsupportedCurve:
      return "unsupportedCurve";
    case DownloadError::kNoSessionContext:
      return "noSessionContext";
    case DownloadError::kInvalidTransactionId:
      return "invalidTransactionId";
    case DownloadError::kUndefined:
      break;
  }
  return "undefinedError";
}

}  // namespace berth::euicc
