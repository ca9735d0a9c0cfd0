// A session as octets, for the table that several nodes share.
//
// DER under a version number; one way to write each session, so that octets which were changed are
// refused or say another session, and nothing else. The row is ours: the card's certificate was
// verified when it was written and is parsed again, not verified anew; who can write the table
// could as well write orders. Kept as long as a session lives, so a program may change the format
// with its version: a node that cannot read a session does not know it.
//
// The server's certificates are named, not carried: their keys are in the reading node's HSM.

#pragma once

#include <functional>

#include "kernel/base/digest.h"
#include "kernel/smdpplus/sessions.h"

namespace berth::smdpplus {

// A card's certificate has 16 KiB at most, metadata with its icon some 2 KiB.
inline constexpr std::size_t kMaxSessionOctets = 32 * 1024;

struct IdentityName {
  Bytes ci_key_id;
  Sha256 dp_auth{};  // of the certificates
  Sha256 dp_pb{};
  bool operator==(const IdentityName&) const = default;
};
IdentityName name_of(const trust::SmdpIdentity& identity);

// A null pointer: this node has no such pair, or not its keys.
using FindIdentity =
    std::function<std::shared_ptr<const trust::SmdpIdentity>(const IdentityName& name)>;
FindIdentity find_in(const trust::SmdpIdentities& identities);  // borrowed

// Without expires_ms, which is a column of its own. The session has an identity.
// kResourceExhausted "es9.session_too_large".
Result<Bytes> encode_session(const Session& session);
// kDataLoss "es9.session_unreadable"; kNotFound "es9.session_identity_gone".
Result<std::unique_ptr<Session>> decode_session(ByteView octets, const FindIdentity& find);

}  // namespace berth::smdpplus
