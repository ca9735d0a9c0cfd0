#include "objects.h"

#include <array>
#include <cstring>
#include <utility>

#include "berth/abi/hsm.h"

namespace pkcs11 {
namespace {

using berth::sdk::ByteView;
using berth::sdk::Error;

constexpr std::size_t kFindMost = 16;       // of one name; two are too many already
constexpr std::size_t kMaxAttribute = 512;  // of those this plugin reads
constexpr std::uint32_t kAesBits = 256;

constexpr CK_BBOOL kTrue = CK_TRUE;
constexpr CK_BBOOL kFalse = CK_FALSE;

bool flag(Session& session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
  std::vector<std::uint8_t> value = attribute(session, object, type);
  return value.size() == sizeof(CK_BBOOL) && value[0] != CK_FALSE;
}

std::uint32_t usage_if(bool given, std::uint32_t usage) { return given ? usage : 0; }

KeyFacts pair_facts(Session& session, CK_OBJECT_HANDLE object, const Selector& selector,
                    std::vector<CK_OBJECT_HANDLE>& public_objects) {
  KeyFacts facts;
  facts.curve = curve_of(attribute(session, object, CKA_EC_PARAMS));
  if (facts.curve == 0) {
    throw Error(BERTH_UNSUPPORTED, "hsm.curve",
                "the key is on none of the curves P-256 and brainpoolP256r1");
  }
  facts.usage = usage_if(flag(session, object, CKA_SIGN), BERTH_KEY_SIGN) |
                usage_if(flag(session, object, CKA_DERIVE), BERTH_KEY_AGREE);
  Template wanted;
  wanted.number(CKA_CLASS, CKO_PUBLIC_KEY).selected(selector);
  public_objects = find_objects(session, wanted);
  // Some modules tell a private key's point, too.
  std::vector<CK_OBJECT_HANDLE> holders = public_objects;
  holders.push_back(object);
  for (CK_OBJECT_HANDLE holder : holders) {
    facts.point = point_of(attribute(session, holder, CKA_EC_POINT));
    if (!facts.point.empty()) break;
  }
  if (facts.point.empty()) {
    throw Error(BERTH_FAILED_PRECONDITION, "pkcs11.no_public_key",
                "the token has no public key object of the private key's name");
  }
  facts.identity.assign(facts.point.begin(), facts.point.end());
  return facts;
}

KeyFacts secret_facts(Session& session, CK_OBJECT_HANDLE object) {
  KeyFacts facts;
  CK_ULONG octets = 0;
  std::vector<std::uint8_t> length = attribute(session, object, CKA_VALUE_LEN);
  if (length.size() == sizeof octets) std::memcpy(&octets, length.data(), sizeof octets);
  facts.bits = static_cast<std::uint32_t>(octets * 8);
  if (facts.bits != kAesBits) {
    throw Error(BERTH_UNSUPPORTED, "hsm.key_bits", "symmetric keys have 256 bits here");
  }
  facts.usage = usage_if(flag(session, object, CKA_ENCRYPT) || flag(session, object, CKA_WRAP),
                         BERTH_KEY_WRAP) |
                usage_if(flag(session, object, CKA_DECRYPT) || flag(session, object, CKA_UNWRAP),
                         BERTH_KEY_UNWRAP);
  for (CK_ATTRIBUTE_TYPE type : {CKA_LABEL, CKA_ID}) {
    std::vector<std::uint8_t> value = attribute(session, object, type);
    facts.identity.append(value.begin(), value.end()).push_back('\0');
  }
  return facts;
}

}  // namespace

Template& Template::flag(CK_ATTRIBUTE_TYPE type, bool value) {
  // Modules read through the pointer; the interface has no const.
  attributes_.push_back({type, const_cast<CK_BBOOL*>(value ? &kTrue : &kFalse), sizeof(CK_BBOOL)});
  return *this;
}

Template& Template::number(CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
  numbers_.push_back(value);
  attributes_.push_back({type, &numbers_.back(), sizeof(CK_ULONG)});
  return *this;
}

Template& Template::octets(CK_ATTRIBUTE_TYPE type, ByteView value) {
  attributes_.push_back(
      {type, const_cast<std::uint8_t*>(value.data()), static_cast<CK_ULONG>(value.size())});
  return *this;
}

Template& Template::text(CK_ATTRIBUTE_TYPE type, std::string_view value) {
  return octets(type, {reinterpret_cast<const std::uint8_t*>(value.data()), value.size()});
}

Template& Template::selected(const Selector& selector) {
  if (!selector.label.empty()) text(CKA_LABEL, selector.label);
  if (!selector.id.empty()) octets(CKA_ID, selector.id);
  return *this;
}

std::vector<CK_OBJECT_HANDLE> find_objects(Session& session, Template& wanted) {
  wanted.flag(CKA_TOKEN, true);
  check("C_FindObjectsInit",
        session.call.C_FindObjectsInit(session.handle, wanted.data(), wanted.size()));
  std::vector<CK_OBJECT_HANDLE> found(kFindMost);
  CK_ULONG count = 0;
  CK_RV answer = session.call.C_FindObjects(session.handle, found.data(), kFindMost, &count);
  // The search is over whatever happened: a session with an open search takes no other.
  CK_RV ended = session.call.C_FindObjectsFinal(session.handle);
  check("C_FindObjects", answer);
  check("C_FindObjectsFinal", ended);
  found.resize(count);
  return found;
}

std::vector<std::uint8_t> attribute(Session& session, CK_OBJECT_HANDLE object,
                                    CK_ATTRIBUTE_TYPE type) {
  std::vector<std::uint8_t> value(kMaxAttribute);
  CK_ATTRIBUTE wanted{type, value.data(), static_cast<CK_ULONG>(value.size())};
  CK_RV answer = session.call.C_GetAttributeValue(session.handle, object, &wanted, 1);
  if (answer == CKR_ATTRIBUTE_TYPE_INVALID || answer == CKR_ATTRIBUTE_SENSITIVE) return {};
  check("C_GetAttributeValue", answer);
  value.resize(wanted.ulValueLen > value.size() ? 0 : wanted.ulValueLen);
  return value;
}

SecretOctets secret_value(Session& session, CK_OBJECT_HANDLE object, std::size_t most) {
  SecretOctets value(most);
  CK_ATTRIBUTE wanted{CKA_VALUE, value.data(), static_cast<CK_ULONG>(value.size())};
  check("C_GetAttributeValue",
        session.call.C_GetAttributeValue(session.handle, object, &wanted, 1));
  value.resize(wanted.ulValueLen > value.size() ? 0 : wanted.ulValueLen);
  return value;
}

std::optional<FoundKey> find_key(Session& session, const Selector& selector) {
  Template private_keys;
  private_keys.number(CKA_CLASS, CKO_PRIVATE_KEY).number(CKA_KEY_TYPE, CKK_EC).selected(selector);
  Template secret_keys;
  secret_keys.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_AES).selected(selector);
  std::vector<CK_OBJECT_HANDLE> pairs = find_objects(session, private_keys);
  std::vector<CK_OBJECT_HANDLE> secrets = find_objects(session, secret_keys);
  if (pairs.size() + secrets.size() > 1) {
    throw Error(BERTH_FAILED_PRECONDITION, "pkcs11.key_ambiguous",
                "several keys of that name are in the token; name one by its id as well");
  }
  if (pairs.empty() && secrets.empty()) return std::nullopt;
  FoundKey found;
  found.object = pairs.empty() ? secrets.front() : pairs.front();
  if (!flag(session, found.object, CKA_SENSITIVE) || flag(session, found.object, CKA_EXTRACTABLE)) {
    throw Error(BERTH_FAILED_PRECONDITION, "pkcs11.key_extractable",
                "the key could leave the token (CKA_SENSITIVE, CKA_EXTRACTABLE); make one that "
                "cannot");
  }
  found.facts = pairs.empty() ? secret_facts(session, found.object)
                              : pair_facts(session, found.object, selector, found.public_objects);
  found.facts.guarded = true;
  return found;
}

}  // namespace pkcs11
