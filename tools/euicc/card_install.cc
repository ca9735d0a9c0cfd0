// ES10b.LoadBoundProfilePackage (SGP.22 §5.7.6, §5.5).

#include <algorithm>
#include <array>

#include "kernel/base/digest.h"
#include "kernel/saip/package.h"
#include "tools/euicc/card_session.h"
#include "tools/euicc/package_decoder.h"
#include "tools/euicc/server_messages.h"

namespace berth::euicc {
namespace {

constexpr std::uint64_t kInstallBoundProfilePackage = 1;
// ISD-P AIDs: A000000559 1010 FFFFFFFF 89 00 nnnn 00, nnnn from 0010 on (SGP.02 annex H).
constexpr std::array<std::uint8_t, 16> kIsdpAid = {0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF,
                                                   0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00, 0x00, 0x00};
constexpr std::uint32_t kFirstIsdp = 0x10;

Bytes isdp_aid(std::uint32_t index) {
  Bytes aid = to_bytes(kIsdpAid);
  const std::uint32_t number = kFirstIsdp + index;
  aid[13] = static_cast<std::uint8_t>(number >> 8);
  aid[14] = static_cast<std::uint8_t>(number);
  return aid;
}

// EF.GID contents may be padded with FF beyond the value that the owner carries.
bool gid_matches(ByteView wanted, const std::optional<std::string>& file_hex) {
  if (wanted.empty()) return true;
  if (!file_hex) return false;
  auto file = from_hex(*file_hex);
  if (!file) return false;
  while (file->size() > wanted.size() && file->back() == 0xFF) file->pop_back();
  return equal(*file, wanted);
}

bool owner_matches(const StoredOwner& owner, const saip::Package& package) {
  return package.imsi && package.imsi->starts_with(owner.mcc_mnc.text()) &&
         gid_matches(owner.gid1, package.gid1_hex) && gid_matches(owner.gid2, package.gid2_hex);
}

}  // namespace

Result<void, InstallFailure> Card::open_secure_channel(PackageDecoder& decoder) const {
  const auto fail = [](InstallError reason) {
    return InstallFailure{BppCommand::kInitialiseSecureChannel, reason};
  };
  const auto request = read_secure_channel_request(decoder.secure_channel_request());
  if (!request) return fail(InstallError::kIncorrectInputValues);
  // Signed but not sent: the card's own one-time key.
  const PrivateKey& own = *session_->one_time_key;
  const Bytes own_tlv = rsp::der::tlv(0x5F49, own.point());
  if (!session_->smdp_key->verify({request->signed_part, own_tlv}, request->signature)) {
    return fail(InstallError::kInvalidSignature);
  }
  if (request->transaction_id != *session_->transaction_id) {
    return fail(InstallError::kInvalidTransactionId);
  }
  if (request->remote_operation != kInstallBoundProfilePackage) {
    return fail(InstallError::kUnsupportedRemoteOperationType);
  }
  if (!request->crt_supported) return fail(InstallError::kUnsupportedCrtValues);
  const auto shared = own.agree(request->smdp_otpk);
  if (!shared) return fail(InstallError::kIncorrectInputValues);
  decoder.start(BspReader::derive(shared->view(), request->host_id, state_.eid));
  return {};
}

Result<void, InstallFailure> Card::check_metadata(const StoredMetadata& metadata) const {
  const auto fail = [](InstallError reason) {
    return InstallFailure{BppCommand::kStoreMetadata, reason};
  };
  for (const Profile& profile : state_.profiles) {
    if (profile.iccid == metadata.iccid) return fail(InstallError::kIccidAlreadyExists);
  }
  if (metadata.profile_class == StoredClass::kTest && !state_.options.accept_test_profiles) {
    return fail(InstallError::kUnsupportedProfileClass);
  }
  // Rules bind only the operator whose profile carries them (SGP.22 §2.9.3).
  if (metadata.policy_rules != 0 &&
      (!metadata.owner || (metadata.policy_rules & state_.options.forbidden_policy_rules) != 0)) {
    return fail(InstallError::kPprNotAllowed);
  }
  if (state_.profiles.size() >= kMaxProfiles) return fail(InstallError::kInsufficientMemory);
  return {};
}

Result<void, InstallFailure> Card::check_package(ByteView package,
                                                 const StoredMetadata& metadata) const {
  const auto fail = [](InstallError reason) {
    return InstallFailure{BppCommand::kLoadProfileElements, reason};
  };
  const auto content = saip::validate(package);
  if (!content) {
    // Header and EF.ICCID that disagree are the standard's data mismatch.
    return fail(content.error().reason() == "saip.iccid" ? InstallError::kDataMismatch
                                                         : InstallError::kPeProcessing);
  }
  if (content->iccid != metadata.iccid ||
      (content->ef_iccid && *content->ef_iccid != metadata.iccid) ||
      (metadata.owner && !owner_matches(*metadata.owner, *content))) {
    return fail(InstallError::kDataMismatch);
  }
  return {};
}

Result<Profile, InstallFailure> Card::install(ByteView package, std::optional<Iccid>& iccid) const {
  BERTH_TRY(decoder, PackageDecoder::open(package));
  BERTH_TRY_VOID(open_secure_channel(decoder));
  BERTH_TRY_VOID(decoder.configure_isdp());
  BERTH_TRY(metadata_der, decoder.store_metadata());
  const auto metadata = read_metadata(metadata_der);
  if (!metadata) {
    return InstallFailure{BppCommand::kStoreMetadata,
                          metadata.error().reason() == "card.profile_class"
                              ? InstallError::kUnsupportedProfileClass
                              : InstallError::kIncorrectInputValues};
  }
  iccid = metadata->iccid;
  BERTH_TRY_VOID(check_metadata(*metadata));
  BERTH_TRY_VOID(decoder.replace_session_keys());
  BERTH_TRY(elements, decoder.profile_elements(static_cast<std::size_t>(free_nvm())));
  BERTH_TRY_VOID(check_package(elements, *metadata));
  return Profile{metadata->iccid,         isdp_aid(state_.next_isdp), metadata_der,
                 ProfileState::kDisabled, sha256(elements),           elements};
}

Result<InstallAnswer> Card::load_bound_profile_package(ByteView package) {
  if (!session_ || session_->stage != Session::Stage::kPrepared) {
    return Error(ErrorCode::kFailedPrecondition, "card.no_session",
                 "a package is loaded only after PrepareDownload");
  }
  std::optional<Iccid> iccid;
  Result<Profile, InstallFailure> outcome = install(package, iccid);
  return finish_install(std::move(outcome), iccid);
}

Result<InstallAnswer> Card::finish_install(Result<Profile, InstallFailure> outcome,
                                           const std::optional<Iccid>& iccid) {
  const std::unique_ptr<Session> session = std::move(session_);  // over, whatever comes of it
  CardState next = state_;
  Bytes final_result;
  std::optional<InstallFailure> failure;
  if (outcome) {
    next.profiles.push_back(*outcome);
    ++next.next_isdp;
    final_result = encode_install_success(outcome->aid);
  } else {
    failure = outcome.error();
    final_result = encode_install_failure(*failure);
  }
  if (!failure || !is_temporary(failure->reason)) {
    std::erase_if(next.retry_keys, [&](const RetryKey& kept) {
      return kept.key.point() == session->one_time_key->point();
    });
  }
  const Bytes metadata = encode_notification_metadata(
      next.next_sequence_number, NotificationEvent::kInstall, session->server_address, iccid);
  const Bytes data = encode_install_result_data(session->transaction_id->octets(), metadata,
                                                session->smdp_oid_octets, final_result);
  BERTH_TRY(signature, session->credential->key.sign({data}));
  const Bytes result = encode_install_result(data, signature);
  BERTH_TRY_VOID(push_notification(next, {next.next_sequence_number, NotificationEvent::kInstall,
                                          session->server_address, iccid, result}));
  if (outcome && state_.options.extra_install_notifications) {
    BERTH_TRY_VOID(notify(next, *outcome, NotificationEvent::kInstall));
  }
  BERTH_TRY_VOID(commit(std::move(next)));
  return InstallAnswer{result, failure, iccid};
}

}  // namespace berth::euicc
