#include "kernel/smdpplus/session_codec.h"

#include <algorithm>
#include <limits>

#include "kernel/rsp/der/der.h"

namespace berth::smdpplus {
namespace {

using rsp::der::integer_contents;
using rsp::der::Reader;
using rsp::der::Tag;
using rsp::der::tlv;

constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kSignatureSize = 64;
constexpr std::string_view kIdentityGone = "es9.session_identity_gone";

constexpr Tag kSession = 0x30;
constexpr Tag kVersionTag = 0x80;
constexpr Tag kTransactionId = 0x81;
constexpr Tag kState = 0x82;
constexpr Tag kServerAddress = 0x83;
constexpr Tag kServerChallenge = 0x84;
constexpr Tag kEuiccCiKeyId = 0x85;
constexpr Tag kIdentity = 0xA6;
constexpr Tag kCard = 0x87;
constexpr Tag kDownload = 0xA8;
// Inside the identity:
constexpr Tag kCiKeyId = 0x80;
constexpr Tag kDpAuth = 0x81;
constexpr Tag kDpPb = 0x82;
// Inside the download:
constexpr Tag kOrderId = 0x80;
constexpr Tag kIccid = 0x81;
constexpr Tag kAttempt = 0x82;
constexpr Tag kSignature2 = 0x83;
constexpr Tag kMetadata = 0x84;

Error unreadable(std::string_view what) {
  return {ErrorCode::kDataLoss, "es9.session_unreadable",
          "a stored download session cannot be read (" + std::string(what) +
              "); the device starts again"};
}

Result<ByteView> filled(Reader& reader, Tag tag) {
  BERTH_TRY(element, reader.expect(tag));
  if (element.value.empty()) return unreadable("an empty element");
  return element.value;
}

Result<Sha256> digest(Reader& reader, Tag tag) {
  BERTH_TRY(octets, filled(reader, tag));
  Sha256 value{};
  if (octets.size() != value.size()) return unreadable("a digest's size");
  std::copy(octets.begin(), octets.end(), value.begin());
  return value;
}

Result<std::uint64_t> number(Reader& reader, Tag tag) {
  BERTH_TRY(octets, filled(reader, tag));
  return rsp::der::to_unsigned(octets);
}

Result<SessionState> state(Reader& reader) {
  BERTH_TRY(value, number(reader, kState));
  switch (value) {
    case static_cast<std::uint64_t>(SessionState::kInitiated):
    case static_cast<std::uint64_t>(SessionState::kAuthenticated):
    case static_cast<std::uint64_t>(SessionState::kDelivered):
      return static_cast<SessionState>(value);
    default:
      return unreadable("its state");
  }
}

Bytes encoded_identity(const trust::SmdpIdentity& identity) {
  const IdentityName name = name_of(identity);
  return tlv(kIdentity,
             {tlv(kCiKeyId, name.ci_key_id), tlv(kDpAuth, name.dp_auth), tlv(kDpPb, name.dp_pb)});
}

Result<std::shared_ptr<const trust::SmdpIdentity>> identity(ByteView value,
                                                            const FindIdentity& find) {
  Reader reader(value);
  BERTH_TRY(ci_key_id, filled(reader, kCiKeyId));
  BERTH_TRY(dp_auth, digest(reader, kDpAuth));
  BERTH_TRY(dp_pb, digest(reader, kDpPb));
  BERTH_TRY_VOID(reader.finish());
  auto found = find({to_bytes(ci_key_id), dp_auth, dp_pb});
  if (found == nullptr) {
    return Error(ErrorCode::kNotFound, kIdentityGone,
                 "a download session was begun with certificates this node does not have");
  }
  return found;
}

Bytes encoded_download(const Session& session) {
  return tlv(
      kDownload,
      {tlv(kOrderId, as_bytes(session.order_id)), tlv(kIccid, as_bytes(session.iccid->text())),
       tlv(kAttempt, integer_contents(session.attempt)), tlv(kSignature2, session.smdp_signature2),
       tlv(kMetadata, session.metadata)});
}

Result<void> read_download(ByteView value, Session& session) {
  Reader reader(value);
  BERTH_TRY(order_id, filled(reader, kOrderId));
  BERTH_TRY(iccid_text, filled(reader, kIccid));
  BERTH_TRY(attempt, number(reader, kAttempt));
  BERTH_TRY(signature2, filled(reader, kSignature2));
  BERTH_TRY(metadata, filled(reader, kMetadata));
  BERTH_TRY_VOID(reader.finish());
  BERTH_TRY(iccid, Iccid::parse(as_text(iccid_text)));
  if (iccid.text() != as_text(iccid_text)) return unreadable("an ICCID in another spelling");
  if (attempt > std::numeric_limits<std::uint32_t>::max()) return unreadable("its attempt");
  if (signature2.size() != kSignatureSize) return unreadable("a signature's size");
  session.order_id = as_text(order_id);
  session.iccid = iccid;
  session.attempt = static_cast<std::uint32_t>(attempt);
  session.smdp_signature2 = to_bytes(signature2);
  session.metadata = to_bytes(metadata);
  return {};
}

Result<SessionCard> card(ByteView der) {
  BERTH_TRY(euicc, rsp::pki::Certificate::parse(der));
  BERTH_TRY(eid, Eid::parse(euicc.subject_serial_number()));
  return SessionCard{eid, euicc};
}

Result<std::unique_ptr<Session>> parse(ByteView octets, const FindIdentity& find) {
  BERTH_TRY(whole, rsp::der::parse_single(octets, kSession));
  Reader reader(whole.value);
  BERTH_TRY(version, number(reader, kVersionTag));
  if (version != kVersion) return unreadable("its version");
  BERTH_TRY(id_octets, filled(reader, kTransactionId));
  BERTH_TRY(transaction_id, TransactionId::from_octets(id_octets));
  auto session = std::make_unique<Session>(Session{.transaction_id = transaction_id});
  BERTH_TRY(phase, state(reader));
  session->state = phase;
  BERTH_TRY(address, filled(reader, kServerAddress));
  session->server_address = as_text(address);
  BERTH_TRY(challenge, filled(reader, kServerChallenge));
  session->server_challenge = to_bytes(challenge);
  BERTH_TRY(ci_key_id, filled(reader, kEuiccCiKeyId));
  session->euicc_ci_key_id = to_bytes(ci_key_id);
  BERTH_TRY(named, reader.expect(kIdentity));
  BERTH_TRY(certificate, reader.optional(kCard));
  BERTH_TRY(download, reader.optional(kDownload));
  BERTH_TRY_VOID(reader.finish());
  const bool authenticated = phase != SessionState::kInitiated;
  if (authenticated != download.has_value() || (authenticated && !certificate)) {
    return unreadable("what its state needs");
  }
  BERTH_TRY(pair, identity(named.value, find));
  session->identity = pair;
  if (certificate) {
    BERTH_TRY(known, card(certificate->value));
    session->card = std::move(known);
  }
  if (download) BERTH_TRY_VOID(read_download(download->value, *session));
  return session;
}

}  // namespace

IdentityName name_of(const trust::SmdpIdentity& identity) {
  return {identity.ci_key_id, identity.dp_auth.fingerprint(), identity.dp_pb.fingerprint()};
}

FindIdentity find_in(const trust::SmdpIdentities& identities) {
  return [&identities](const IdentityName& name) -> std::shared_ptr<const trust::SmdpIdentity> {
    for (auto& identity : identities.usable()) {
      if (name_of(*identity) == name) return identity;
    }
    return nullptr;
  };
}

Result<Bytes> encode_session(const Session& session) {
  BERTH_ASSERT(session.identity != nullptr);
  const bool authenticated = session.state != SessionState::kInitiated;
  BERTH_ASSERT(!authenticated || (session.card && session.iccid));
  Bytes fields = tlv(kVersionTag, integer_contents(kVersion));
  append(fields, tlv(kTransactionId, session.transaction_id.octets()));
  append(fields, tlv(kState, integer_contents(static_cast<std::uint64_t>(session.state))));
  append(fields, tlv(kServerAddress, as_bytes(session.server_address)));
  append(fields, tlv(kServerChallenge, session.server_challenge));
  append(fields, tlv(kEuiccCiKeyId, session.euicc_ci_key_id));
  append(fields, encoded_identity(*session.identity));
  if (session.card) append(fields, tlv(kCard, session.card->euicc.der()));
  if (authenticated) append(fields, encoded_download(session));
  Bytes octets = tlv(kSession, fields);
  if (octets.size() > kMaxSessionOctets) {
    return Error(ErrorCode::kResourceExhausted, "es9.session_too_large",
                 "a download session is larger than a stored one may be");
  }
  return octets;
}

Result<std::unique_ptr<Session>> decode_session(ByteView octets, const FindIdentity& find) {
  if (octets.size() > kMaxSessionOctets) return unreadable("its size");
  auto session = parse(octets, find);
  if (session || session.error().reason() == kIdentityGone) return session;
  // The parsers' own reasons are of what peers send; this is ours.
  if (session.error().code() == ErrorCode::kDataLoss) return session;
  return unreadable(session.error().reason());
}

}  // namespace berth::smdpplus
