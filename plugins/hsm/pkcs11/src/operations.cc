// What keys do: sign, agree, wrap and unwrap.

#include <algorithm>
#include <array>
#include <utility>

#include "backend.h"

namespace pkcs11 {
namespace {

using berth::sdk::ByteView;
using berth::sdk::Error;
using berth::sdk::HsmAgree;
using berth::sdk::HsmKey;
using berth::sdk::LogLevel;
using berth::sdk::Op;
using berth::sdk::OutBuffer;

constexpr std::size_t kGcmNonceOctets = 12;
constexpr std::size_t kGcmTagOctets = 16;
constexpr std::size_t kGcmOverhead = kGcmNonceOctets + kGcmTagOctets;
constexpr std::size_t kKeyWrapOverhead = 8;  // RFC 3394
constexpr std::size_t kRandomChunk = 4096;   // devices take less at a time than callers want
constexpr CK_RV kAeadDecryptFailed = 0x42;   // CKR_AEAD_DECRYPT_FAILED of PKCS#11 3.0

CK_ULONG length(std::size_t size) { return static_cast<CK_ULONG>(size); }
CK_BYTE* input(ByteView octets) {
  // The interface has no const, and modules refuse a null pointer even for nothing.
  static constexpr CK_BYTE kNothing = 0;
  return const_cast<CK_BYTE*>(octets.empty() ? &kNothing : octets.data());
}

const Key& key_for(const HsmKey& key, std::uint32_t usage) {
  const Key& found = static_cast<const Key&>(key);
  if ((found.facts().usage & usage) == 0) {
    throw Error(BERTH_PERMISSION_DENIED, "hsm.key_usage", "the key was not made for this use");
  }
  return found;
}

// Answers to a decryption that may mean "these octets do not fit"; the first three only when the
// device is well otherwise.
bool may_be_bad_octets(CK_RV value) {
  switch (value) {
    case CKR_GENERAL_ERROR:
    case CKR_FUNCTION_FAILED:
    case CKR_DEVICE_ERROR:
    case CKR_ENCRYPTED_DATA_INVALID:
    case CKR_ENCRYPTED_DATA_LEN_RANGE:
    case CKR_DATA_INVALID:
    case CKR_SIGNATURE_INVALID:
    case CKR_WRAPPED_KEY_INVALID:
    case CKR_WRAPPED_KEY_LEN_RANGE:
    case kAeadDecryptFailed:
      return true;
    default:
      return false;
  }
}

CK_GCM_PARAMS gcm_params(ByteView nonce, ByteView aad) {
  CK_GCM_PARAMS params{};
  params.pIv = input(nonce);
  params.ulIvLen = length(nonce.size());
  params.ulIvBits = length(nonce.size() * 8);
  params.pAAD = aad.empty() ? nullptr : input(aad);
  params.ulAADLen = length(aad.size());
  params.ulTagBits = kGcmTagOctets * 8;
  return params;
}

void gcm_seal(Session& session, CK_OBJECT_HANDLE kek, ByteView aad, ByteView plain,
              std::span<std::uint8_t> out) {
  std::span<std::uint8_t> nonce = out.first(kGcmNonceOctets);
  check("C_GenerateRandom",
        session.call.C_GenerateRandom(session.handle, nonce.data(), length(nonce.size())));
  CK_GCM_PARAMS params = gcm_params(nonce, aad);
  CK_MECHANISM mechanism{CKM_AES_GCM, &params, sizeof params};
  check("C_EncryptInit", session.call.C_EncryptInit(session.handle, &mechanism, kek));
  std::span<std::uint8_t> text = out.subspan(kGcmNonceOctets);
  CK_ULONG written = length(text.size());
  check("C_Encrypt", session.call.C_Encrypt(session.handle, input(plain), length(plain.size()),
                                            text.data(), &written));
  if (written != text.size()) {
    throw Error(BERTH_INTERNAL, "pkcs11.length", "the token encrypted to another length");
  }
}

SecretOctets gcm_open(Session& session, CK_OBJECT_HANDLE kek, ByteView aad, ByteView wrapped) {
  CK_GCM_PARAMS params = gcm_params(wrapped.first(kGcmNonceOctets), aad);
  CK_MECHANISM mechanism{CKM_AES_GCM, &params, sizeof params};
  check("C_DecryptInit", session.call.C_DecryptInit(session.handle, &mechanism, kek));
  ByteView text = wrapped.subspan(kGcmNonceOctets);
  // Some modules want room for the tag, too, and would leave the operation open without it.
  SecretOctets plain(text.size());
  CK_ULONG written = length(plain.size());
  check("C_Decrypt", session.call.C_Decrypt(session.handle, input(text), length(text.size()),
                                            plain.data(), &written));
  plain.resize(std::min<std::size_t>(written, plain.size()));
  return plain;
}

// AES-KW in PKCS#11 wraps key objects: the octets become one for a moment, in this session only.
Template passing_secret() {
  Template object;
  object.number(CKA_CLASS, CKO_SECRET_KEY)
      .number(CKA_KEY_TYPE, CKK_GENERIC_SECRET)
      .flag(CKA_TOKEN, false)
      .flag(CKA_PRIVATE, true)
      .flag(CKA_SENSITIVE, false)
      .flag(CKA_EXTRACTABLE, true);
  return object;
}

void key_wrap(Session& session, CK_OBJECT_HANDLE kek, ByteView plain, std::span<std::uint8_t> out) {
  Template object = passing_secret();
  object.octets(CKA_VALUE, plain);
  Temporary secret(session);
  check("C_CreateObject",
        session.call.C_CreateObject(session.handle, object.data(), object.size(), secret.out()));
  CK_MECHANISM mechanism{CKM_AES_KEY_WRAP, nullptr, 0};
  CK_ULONG written = length(out.size());
  check("C_WrapKey", session.call.C_WrapKey(session.handle, &mechanism, kek, secret.get(),
                                            out.data(), &written));
  if (written != out.size()) {
    throw Error(BERTH_INTERNAL, "pkcs11.length", "the token wrapped to another length");
  }
}

SecretOctets key_unwrap(Session& session, CK_OBJECT_HANDLE kek, ByteView wrapped) {
  Template object = passing_secret();
  Temporary secret(session);
  CK_MECHANISM mechanism{CKM_AES_KEY_WRAP, nullptr, 0};
  check("C_UnwrapKey", session.call.C_UnwrapKey(session.handle, &mechanism, kek, input(wrapped),
                                                length(wrapped.size()), object.data(),
                                                object.size(), secret.out()));
  return secret_value(session, secret.get(), wrapped.size());
}

void check_wrap(std::uint32_t mechanism, ByteView aad, ByteView plain) {
  if (plain.size() > kMaxWrapOctets || aad.size() > kMaxWrapOctets) {
    throw Error(BERTH_INVALID_ARGUMENT, "hsm.wrap_length", "at most 65536 octets can be wrapped");
  }
  if (mechanism == BERTH_MECH_AES_KW &&
      (!aad.empty() || plain.size() < 16 || plain.size() % 8 != 0)) {
    throw Error(BERTH_INVALID_ARGUMENT, "hsm.wrap_length",
                "AES-KW takes a multiple of 8 octets, at least 16, and no associated data");
  }
}

}  // namespace

void Backend::require_mechanism(std::uint32_t mechanism, bool fits) const {
  if (!fits) {
    throw Error(BERTH_UNSUPPORTED, "hsm.mechanism", "such a key does not do this");
  }
  if (!offers(mechanism)) {
    throw Error(BERTH_UNSUPPORTED, "hsm.mechanism", "the token does not offer this mechanism");
  }
}

void Backend::sign(const Op& op, const HsmKey& key, std::uint32_t mechanism, ByteView digest,
                   OutBuffer signature) {
  require_mechanism(mechanism, mechanism == BERTH_MECH_ECDSA_SHA256);
  const Key& pair = key_for(key, BERTH_KEY_SIGN);
  if (digest.size() != kDigestOctets) {
    throw Error(BERTH_INVALID_ARGUMENT, "hsm.digest_length", "a SHA-256 digest has 32 octets");
  }
  std::span<std::uint8_t> out = signature.claim(kSignatureOctets);
  with_key(op, pair, [&](Session& session, CK_OBJECT_HANDLE object) {
    CK_MECHANISM ecdsa{CKM_ECDSA, nullptr, 0};
    check("C_SignInit", session.call.C_SignInit(session.handle, &ecdsa, object));
    CK_ULONG written = length(out.size());
    check("C_Sign", session.call.C_Sign(session.handle, input(digest), length(digest.size()),
                                        out.data(), &written));
    if (written != out.size()) {
      throw Error(BERTH_INTERNAL, "pkcs11.length", "the token's signature has not 64 octets");
    }
  });
}

SecretOctets Backend::derive(Session& session, CK_OBJECT_HANDLE key, const HsmAgree& params,
                             bool inside, std::size_t size) {
  CK_ECDH1_DERIVE_PARAMS ecdh{};
  ecdh.kdf = inside ? CKD_SHA256_KDF : CKD_NULL;
  ecdh.pPublicData = input(params.peer_point);
  ecdh.ulPublicDataLen = length(params.peer_point.size());
  if (inside && !params.shared_info.empty()) {
    ecdh.pSharedData = input(params.shared_info);
    ecdh.ulSharedDataLen = length(params.shared_info.size());
  }
  CK_MECHANISM mechanism{CKM_ECDH1_DERIVE, &ecdh, sizeof ecdh};
  Template object = passing_secret();
  object.number(CKA_VALUE_LEN, length(size));
  Temporary secret(session);
  check("C_DeriveKey", session.call.C_DeriveKey(session.handle, &mechanism, key, object.data(),
                                                object.size(), secret.out()));
  SecretOctets value = secret_value(session, secret.get(), size);
  if (value.size() != size) {
    throw Error(BERTH_INTERNAL, "pkcs11.length", "the token derived another length");
  }
  return value;
}

// The first agreement is computed both ways where the token can: a KDF inside is trusted once it
// gave what X9.63 gives, and then the shared secret no longer leaves the token.
SecretOctets Backend::agreed(Session& session, CK_OBJECT_HANDLE key, const HsmAgree& params,
                             std::size_t size) {
  if (kdf_.load() == Kdf::kInside) return derive(session, key, params, true, size);
  SecretOctets out(size);
  x963(derive(session, key, params, false, kSharedOctets), params.shared_info, out);
  if (kdf_.load() == Kdf::kOutside) return out;
  bool same = false;
  try {
    same = derive(session, key, params, true, size) == out;
  } catch (const CallFailed& failed) {
    if (trouble_of(failed.value) != Trouble::kOther && trouble_of(failed.value) != Trouble::kDevice)
      throw;
  }
  kdf_.store(same ? Kdf::kInside : Kdf::kOutside);
  host_.log(LogLevel::kInfo,
            same ? "key agreement stays in the token up to the derived keys"
                 : "the token has no X9.63 KDF: the shared secret is in memory for moments");
  return out;
}

void Backend::agree(const Op& op, const HsmKey& key, const HsmAgree& params,
                    std::span<std::uint8_t> out) {
  ErrorQueueGuard guard;
  require_mechanism(params.mechanism, params.mechanism == BERTH_MECH_ECKA_X963_SHA256);
  const Key& pair = key_for(key, BERTH_KEY_AGREE);
  if (out.empty() || out.size() > kMaxDerivedOctets ||
      params.shared_info.size() > kMaxSharedInfoOctets) {
    throw Error(BERTH_INVALID_ARGUMENT, "hsm.agree_length",
                "1 to 1024 octets can be derived, from at most 1024 octets of shared info");
  }
  check_point(pair.facts().curve, params.peer_point);
  SecretOctets derived = with_key(op, pair, [&](Session& session, CK_OBJECT_HANDLE object) {
    return agreed(session, object, params, out.size());
  });
  std::copy(derived.begin(), derived.end(), out.begin());
}

void Backend::wrap(const Op& op, const HsmKey& kek, std::uint32_t mechanism, ByteView aad,
                   ByteView plain, OutBuffer wrapped) {
  const bool gcm = mechanism == BERTH_MECH_AES_GCM;
  require_mechanism(mechanism, gcm || mechanism == BERTH_MECH_AES_KW);
  const Key& key = key_for(kek, BERTH_KEY_WRAP);
  check_wrap(mechanism, aad, plain);
  auto out = wrapped.claim(plain.size() + (gcm ? kGcmOverhead : kKeyWrapOverhead));
  with_key(op, key, [&](Session& session, CK_OBJECT_HANDLE object) {
    if (gcm) {
      gcm_seal(session, object, aad, plain, out);
    } else {
      key_wrap(session, object, plain, out);
    }
  });
}

void Backend::unwrap(const Op& op, const HsmKey& kek, std::uint32_t mechanism, ByteView aad,
                     ByteView wrapped, OutBuffer plain) {
  const bool gcm = mechanism == BERTH_MECH_AES_GCM;
  require_mechanism(mechanism, gcm || mechanism == BERTH_MECH_AES_KW);
  const Key& key = key_for(kek, BERTH_KEY_UNWRAP);
  const std::size_t overhead = gcm ? kGcmOverhead : kKeyWrapOverhead;
  bool fits = wrapped.size() <= kMaxWrapOctets + overhead && aad.size() <= kMaxWrapOctets &&
              (gcm ? wrapped.size() >= overhead
                   : wrapped.size() >= 16 + overhead && wrapped.size() % 8 == 0 && aad.empty());
  if (fits) {
    std::span<std::uint8_t> out = plain.claim(wrapped.size() - overhead);
    fits = with_key(op, key, [&](Session& session, CK_OBJECT_HANDLE object) {
      try {
        SecretOctets opened =
            gcm ? gcm_open(session, object, aad, wrapped) : key_unwrap(session, object, wrapped);
        if (opened.size() != out.size()) return false;
        std::copy(opened.begin(), opened.end(), out.begin());
        return true;
      } catch (const CallFailed& failed) {
        if (!may_be_bad_octets(failed.value) || !token().answers(session)) throw;
        return false;
      }
    });
  }
  if (!fits) {
    throw Error(BERTH_DATA_LOSS, "hsm.unwrap_failed",
                "key, associated data and octets do not fit together");
  }
}

void Backend::random(const Op& op, std::span<std::uint8_t> fill) {
  if (fill.size() > kMaxRandomOctets) {
    throw Error(BERTH_INVALID_ARGUMENT, "hsm.random_length", "at most 1 MiB of random at a time");
  }
  token().with_session(op, [&](Session& session) {
    for (std::size_t done = 0; done < fill.size();) {
      op.throw_if_cancelled();
      auto chunk = fill.subspan(done, std::min(kRandomChunk, fill.size() - done));
      check("C_GenerateRandom",
            session.call.C_GenerateRandom(session.handle, chunk.data(), length(chunk.size())));
      done += chunk.size();
    }
  });
}

}  // namespace pkcs11
