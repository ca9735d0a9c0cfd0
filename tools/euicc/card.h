// The software card: an eUICC's ES10 functions (SGP.22 §5.7) over a CardState.
//
// It checks what a card checks and refuses with the standard's own codes; it never repairs what a
// server sent. Time and randomness are injected, there is no global state. Not thread-safe: one
// owner at a time. Functions that change the state save it first and change nothing when saving
// fails ("card.store_failed" or the store's own error).

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernel/base/clock.h"
#include "kernel/base/random.h"
#include "kernel/rsp/pki/chain.h"
#include "tools/euicc/card_messages.h"
#include "tools/euicc/card_state.h"
#include "tools/euicc/install_error.h"

namespace berth::euicc {

class PackageDecoder;

// AuthenticateErrorCode and DownloadErrorCode; 0 stands for success.
enum class AuthenticateError : std::uint8_t {
  kInvalidCertificate = 1,
  kInvalidSignature = 2,
  kUnsupportedCurve = 3,
  kNoSessionContext = 4,
  kInvalidOid = 5,
  kEuiccChallengeMismatch = 6,
  kCiPkUnknown = 7,
  kUndefined = 127,
};
enum class DownloadError : std::uint8_t {
  kInvalidCertificate = 1,
  kInvalidSignature = 2,
  kUnsupportedCurve = 3,
  kNoSessionContext = 4,
  kInvalidTransactionId = 5,
  kUndefined = 127,
};
enum class CancelError : std::uint8_t { kInvalidTransactionId = 5, kUndefined = 127 };
std::string_view to_string(AuthenticateError error);
std::string_view to_string(DownloadError error);

// What the card answers: DER to hand to the server, and the error inside it, if any.
template <class E>
struct Answer {
  Bytes der;
  std::optional<E> error;
};

struct AuthenticateServerRequest {  // ES10b BF38; TLVs as the server sent them
  Bytes server_signed1;             // 30
  Bytes server_signature1;          // 5F37
  Bytes ci_key_id_to_be_used;       // 04
  Bytes server_certificate;         // 30
  std::string matching_id;          // empty: none
  DeviceFields device;
};

struct PrepareDownloadRequest {  // ES10b BF21
  Bytes smdp_signed2;            // 30
  Bytes smdp_signature2;         // 5F37
  Bytes smdp_certificate;        // 30
  std::optional<Bytes> hash_cc;  // 32 octets
};

struct InstallAnswer {
  Bytes der;  // ProfileInstallationResult BF37, also kept as a pending notification
  std::optional<InstallFailure> failure;
  std::optional<Iccid> iccid;  // known once StoreMetadata was read
};

class Card {
 public:
  // Borrows store, random and clock; they must outlive the card. "card.state_invalid" when
  // certificates, keys and EID do not belong together.
  static Result<std::unique_ptr<Card>> open(CardState state, CardStore& store, Random& random,
                                            const Clock& clock);
  ~Card();

  const CardState& state() const { return state_; }

  Bytes euicc_info1() const;
  Bytes euicc_info2() const;
  // Begins a session and forgets the one before.
  Bytes euicc_challenge();
  Result<Answer<AuthenticateError>> authenticate_server(const AuthenticateServerRequest& request);
  Result<Answer<DownloadError>> prepare_download(const PrepareDownloadRequest& request);
  // Reasons as in SGP.22 CancelSessionReason.
  Result<Answer<CancelError>> cancel_session(const TransactionId& transaction, std::uint8_t reason);
  // "card.no_session" without a prepared download.
  Result<InstallAnswer> load_bound_profile_package(ByteView package);

  // ES10c. "card.profile_unknown", "card.profile_state". Enabling disables the one enabled before.
  Result<void> enable_profile(const Iccid& iccid);
  Result<void> disable_profile(const Iccid& iccid);
  Result<void> delete_profile(const Iccid& iccid);

  // ES10b. Notifications are read from state(). "card.notification_unknown".
  Result<void> remove_notification(std::uint64_t sequence_number);

  // hashCc of SGP.22 §5.7.5.
  static Bytes hash_confirmation_code(std::string_view code, const TransactionId& transaction);

 private:
  struct Session;
  Card(CardState state, CardStore& store, Random& random, const Clock& clock);

  Result<void> load_trust();
  InfoFields info_fields() const;
  std::uint64_t free_nvm() const;
  std::optional<UnixMs> certificate_time() const;
  const Credential* credential_for(ByteView ci_key_id) const;
  // Saves `next` and makes it the state.
  Result<void> commit(CardState next);
  // Appends a signed notification for every target of `profile` that asks for `event`.
  Result<void> notify(CardState& next, const Profile& profile, NotificationEvent event) const;
  Result<void> push_notification(CardState& next, Notification notification) const;

  // Each returns the error, or nothing and has filled the session.
  std::optional<AuthenticateError> check_server(const AuthenticateServerRequest& request,
                                                Session& session) const;
  std::optional<DownloadError> check_smdp(const PrepareDownloadRequest& request,
                                          std::optional<Bytes>& bpp_otpk) const;
  Result<Profile, InstallFailure> install(ByteView package, std::optional<Iccid>& iccid) const;
  // Verifies InitialiseSecureChannel and hands the session keys to the decoder.
  Result<void, InstallFailure> open_secure_channel(PackageDecoder& decoder) const;
  Result<void, InstallFailure> check_metadata(const StoredMetadata& metadata) const;
  Result<void, InstallFailure> check_package(ByteView package,
                                             const StoredMetadata& metadata) const;
  Result<InstallAnswer> finish_install(Result<Profile, InstallFailure> outcome,
                                       const std::optional<Iccid>& iccid);

  CardState state_;
  CardStore& store_;
  Random& random_;
  const Clock& clock_;
  rsp::pki::TrustAnchors anchors_;
  std::unique_ptr<Session> session_;
};

}  // namespace berth::euicc
