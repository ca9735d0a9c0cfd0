// Everything a card keeps when the power goes: identity, trust, profiles, notifications, the
// one-time keys of installations that are not final yet.
//
// A value; copies share the decoded keys. Persisted by CardStore implementations.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/base/digest.h"
#include "kernel/base/identifiers.h"
#include "tools/euicc/private_key.h"
#include "tools/euicc/stored_metadata.h"

namespace berth::euicc {

inline constexpr std::size_t kMaxProfiles = 64;
inline constexpr std::size_t kMaxNotifications = 256;
inline constexpr std::size_t kMaxRetryKeys = 8;
inline constexpr std::size_t kMaxCertificates = 16;  // of each kind

// One certificate chain of the card; a card may hold one for each CI (SGP.22 §2.4.2).
struct Credential {
  PrivateKey key;
  Bytes euicc_certificate;  // DER
  Bytes eum_certificate;    // DER
  Bytes ci_key_id;          // subject key identifier of the CI above the EUM
};

enum class ProfileState : std::uint8_t { kDisabled = 1, kEnabled };

struct Profile {
  Iccid iccid;
  Bytes aid;       // of its ISD-P
  Bytes metadata;  // BF25 as installed
  ProfileState state = ProfileState::kDisabled;
  Sha256 package_sha256{};  // of the unprotected package
  Bytes package;            // kept so that a test can compare it octet for octet
};

struct Notification {
  std::uint64_t sequence_number = 0;
  NotificationEvent event = NotificationEvent::kInstall;
  std::string address;
  std::optional<Iccid> iccid;
  Bytes der;  // PendingNotification: BF37 or 30
};

// A one-time key whose installation is not final: the server may bind to it again.
struct RetryKey {
  PrivateKey key;
  std::string smdp_oid;
};

struct CardOptions {
  // Memory for packages; a larger one is refused with installFailedDueToInsufficientMemory.
  std::uint64_t nvm_bytes = 2 * 1024 * 1024;
  // Whether this card has a clock it trusts enough to refuse expired server certificates.
  bool check_certificate_dates = true;
  // Profiles of class test are accepted (SGP.22 test mode).
  bool accept_test_profiles = true;
  // An install entry in notificationConfigurationInfo yields a signed notification of its own,
  // beside the ProfileInstallationResult.
  bool extra_install_notifications = false;
  // PolicyRule values or-ed: profiles with one of them are refused (forbiddenProfilePolicyRules).
  std::uint8_t forbidden_policy_rules = 0;
};

struct CardState {
  Eid eid;
  std::vector<Credential> credentials;  // priority order: euiccCiPKIdListForSigning
  std::vector<Bytes> ci_certificates;   // priority order: euiccCiPKIdListForVerification
  std::vector<Profile> profiles;
  std::vector<Notification> notifications;  // by rising sequence number
  std::vector<RetryKey> retry_keys;         // oldest first
  std::uint64_t next_sequence_number = 1;
  std::uint32_t next_isdp = 0;  // counts ISD-Ps ever made, so an AID is never used twice
  CardOptions options;
};

// Keeps a card's state. Called from the card's thread.
class CardStore {
 public:
  virtual ~CardStore() = default;
  // Durable when it returns success; on failure what was saved before still stands.
  virtual Result<void> save(const CardState& state) = 0;
};

// For tests and benchmarks: nothing outlives the card.
class NullStore final : public CardStore {
 public:
  Result<void> save(const CardState&) override { return {}; }
};

}  // namespace berth::euicc
