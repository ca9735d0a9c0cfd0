// ES10b.AuthenticateServer, PrepareDownload and CancelSession (SGP.22 §5.7.13, §5.7.5, §5.7.14).

#include <algorithm>

#include "kernel/rsp/der/der.h"
#include "tools/euicc/card_session.h"
#include "tools/euicc/server_messages.h"

namespace berth::euicc {
namespace {

// What stands in for a transactionId that could not be read; the field is mandatory.
constexpr std::uint8_t kUnreadableTransaction[] = {0x00};
constexpr std::size_t kHashCcSize = 32;
constexpr std::uint8_t kCancelPostponed = 1;
constexpr std::uint8_t kCancelTimeout = 2;

AuthenticateError certificate_refusal(const Error& error) {
  if (error.reason() == "certificate.curve") return AuthenticateError::kUnsupportedCurve;
  if (error.reason() == "certificate.untrusted") return AuthenticateError::kCiPkUnknown;
  if (error.reason() == "certificate.role") return AuthenticateError::kInvalidOid;
  return AuthenticateError::kInvalidCertificate;
}

}  // namespace

std::optional<AuthenticateError> Card::check_server(const AuthenticateServerRequest& request,
                                                    Session& session) const {
  const auto signed1 = read_server_signed1(request.server_signed1);
  if (!signed1) return AuthenticateError::kUndefined;
  session.transaction_id = signed1->transaction_id;
  session.server_address = signed1->server_address;
  session.server_challenge = to_bytes(signed1->server_challenge);
  if (session.stage != Session::Stage::kChallenged) return AuthenticateError::kNoSessionContext;

  const auto certificate = rsp::pki::Certificate::parse(request.server_certificate);
  if (!certificate) return certificate_refusal(certificate.error());
  const auto trusted = rsp::pki::verify_server_certificate(
      *certificate, anchors_, rsp::pki::kRoleDpAuth, certificate_time());
  if (!trusted) return certificate_refusal(trusted.error());
  if (certificate->registered_ids().size() != 1 || !certificate->authority_key_id()) {
    return AuthenticateError::kInvalidCertificate;
  }
  const auto oid = rsp::der::oid_from_text(certificate->registered_ids().front());
  if (!oid) return AuthenticateError::kInvalidCertificate;

  const auto signature = read_signature(request.server_signature1);
  if (!signature || !certificate->public_key().verify({request.server_signed1}, *signature)) {
    return AuthenticateError::kInvalidSignature;
  }
  if (!equal_constant_time(signed1->euicc_challenge, session.challenge)) {
    return AuthenticateError::kEuiccChallengeMismatch;
  }
  const auto wanted = read_key_identifier(request.ci_key_id_to_be_used);
  session.credential = wanted ? credential_for(*wanted) : nullptr;
  if (session.credential == nullptr) return AuthenticateError::kCiPkUnknown;
  session.smdp_oid = certificate->registered_ids().front();
  session.smdp_oid_octets = *oid;
  session.server_ci_key_id = *certificate->authority_key_id();
  session.curve = certificate->public_key().curve();
  return std::nullopt;
}

Result<Answer<AuthenticateError>> Card::authenticate_server(
    const AuthenticateServerRequest& request) {
  const bool had_session = session_ != nullptr;
  // A challenge answers one server once, whatever comes of it.
  std::unique_ptr<Session> session =
      had_session ? std::move(session_) : std::make_unique<Session>();
  std::optional<AuthenticateError> error = check_server(request, *session);
  if (!had_session) error = AuthenticateError::kNoSessionContext;
  const ByteView transaction = session->transaction_id ? ByteView(session->transaction_id->octets())
                                                       : ByteView(kUnreadableTransaction);
  if (error) {
    return Answer<AuthenticateError>{
        encode_authenticate_error(transaction, static_cast<std::uint8_t>(*error)), error};
  }
  const Bytes info2 = euicc_info2();
  const Bytes signed1 =
      encode_euicc_signed1({transaction, session->server_address, session->server_challenge, info2,
                            request.matching_id, request.device});
  const Credential& own = *session->credential;
  BERTH_TRY(signature, own.key.sign({signed1}));
  session->euicc_signature1 = signature_tlv(signature);
  session->stage = Session::Stage::kAuthenticated;
  session_ = std::move(session);
  return Answer<AuthenticateError>{
      encode_authenticate_ok(signed1, signature, own.euicc_certificate, own.eum_certificate),
      std::nullopt};
}

std::optional<DownloadError> Card::check_smdp(const PrepareDownloadRequest& request,
                                              std::optional<Bytes>& bpp_otpk) const {
  const auto certificate = rsp::pki::Certificate::parse(request.smdp_certificate);
  if (!certificate) {
    return certificate.error().reason() == "certificate.curve" ? DownloadError::kUnsupportedCurve
                                                               : DownloadError::kInvalidCertificate;
  }
  const auto trusted = rsp::pki::verify_server_certificate(*certificate, anchors_,
                                                           rsp::pki::kRoleDpPb, certificate_time());
  if (!trusted || !certificate->authority_key_id() ||
      *certificate->authority_key_id() != session_->server_ci_key_id ||
      certificate->registered_ids().size() != 1 ||
      certificate->registered_ids().front() != session_->smdp_oid) {
    return DownloadError::kInvalidCertificate;
  }
  if (certificate->public_key().curve() != session_->curve) return DownloadError::kUnsupportedCurve;
  const auto signature = read_signature(request.smdp_signature2);
  if (!signature || !certificate->public_key().verify(
                        {request.smdp_signed2, session_->euicc_signature1}, *signature)) {
    return DownloadError::kInvalidSignature;
  }
  const auto signed2 = read_smdp_signed2(request.smdp_signed2);
  if (!signed2) return DownloadError::kUndefined;
  if (signed2->transaction_id != *session_->transaction_id) {
    return DownloadError::kInvalidTransactionId;
  }
  if (request.hash_cc && request.hash_cc->size() != kHashCcSize) return DownloadError::kUndefined;
  bpp_otpk = signed2->bpp_euicc_otpk;
  session_->smdp_key = certificate->public_key();
  return std::nullopt;
}

Result<Answer<DownloadError>> Card::prepare_download(const PrepareDownloadRequest& request) {
  const auto refuse = [](ByteView transaction, DownloadError error) {
    return Answer<DownloadError>{
        encode_prepare_download_error(transaction, static_cast<std::uint8_t>(error)), error};
  };
  // Repeated within a session after a wrong confirmation code (SGP.22 §3.1.3).
  if (!session_ || session_->stage == Session::Stage::kChallenged) {
    return refuse(kUnreadableTransaction, DownloadError::kNoSessionContext);
  }
  const Bytes transaction = session_->transaction_id->octets();
  std::optional<Bytes> bpp_otpk;
  if (const auto error = check_smdp(request, bpp_otpk)) return refuse(transaction, *error);

  std::optional<PrivateKey> key = session_->one_time_key;
  for (const RetryKey& kept : state_.retry_keys) {
    if (bpp_otpk && kept.smdp_oid == session_->smdp_oid && kept.key.point() == *bpp_otpk) {
      key = kept.key;
    }
  }
  if (!key) {
    BERTH_TRY(fresh, PrivateKey::generate(session_->smdp_key->curve(), random_));
    CardState next = state_;
    if (next.retry_keys.size() >= kMaxRetryKeys) next.retry_keys.erase(next.retry_keys.begin());
    next.retry_keys.push_back({fresh, session_->smdp_oid});
    BERTH_TRY_VOID(commit(std::move(next)));
    key = fresh;
  }
  const Bytes signed2 = encode_euicc_signed2(transaction, key->point(), request.hash_cc);
  BERTH_TRY(signature, session_->credential->key.sign({signed2, request.smdp_signature2}));
  session_->one_time_key = key;
  session_->stage = Session::Stage::kPrepared;
  return Answer<DownloadError>{encode_prepare_download_ok(signed2, signature), std::nullopt};
}

Result<Answer<CancelError>> Card::cancel_session(const TransactionId& transaction,
                                                 std::uint8_t reason) {
  if (!session_ || session_->stage == Session::Stage::kChallenged ||
      *session_->transaction_id != transaction) {
    constexpr auto kError = CancelError::kInvalidTransactionId;
    return Answer<CancelError>{encode_cancel_error(static_cast<std::uint8_t>(kError)), kError};
  }
  const Bytes signed_part =
      encode_cancel_signed(transaction.octets(), session_->smdp_oid_octets, reason);
  BERTH_TRY(signature, session_->credential->key.sign({signed_part}));
  const bool order_stays = reason == kCancelPostponed || reason == kCancelTimeout;
  if (session_->one_time_key && !order_stays) {
    CardState next = state_;
    std::erase_if(next.retry_keys, [&](const RetryKey& kept) {
      return kept.key.point() == session_->one_time_key->point();
    });
    BERTH_TRY_VOID(commit(std::move(next)));
  }
  session_.reset();
  return Answer<CancelError>{encode_cancel_ok(signed_part, signature), std::nullopt};
}

}  // namespace berth::euicc
