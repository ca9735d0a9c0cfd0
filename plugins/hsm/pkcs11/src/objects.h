// Objects of a token: finding them, reading their attributes, describing new ones.
//
// All functions let CallFailed out.

#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "berth/sdk/views.h"
#include "curves.h"
#include "reference.h"
#include "token.h"

namespace pkcs11 {

// Attributes for a search or a new object. Octets are borrowed.
class Template {
 public:
  Template& flag(CK_ATTRIBUTE_TYPE type, bool value);
  Template& number(CK_ATTRIBUTE_TYPE type, CK_ULONG value);
  Template& octets(CK_ATTRIBUTE_TYPE type, berth::sdk::ByteView value);
  Template& text(CK_ATTRIBUTE_TYPE type, std::string_view value);
  Template& selected(const Selector& selector);  // label and id, where given
  CK_ATTRIBUTE* data() { return attributes_.data(); }
  CK_ULONG size() const { return static_cast<CK_ULONG>(attributes_.size()); }

 private:
  std::vector<CK_ATTRIBUTE> attributes_;
  std::deque<CK_ULONG> numbers_;  // addresses stay
};

// What a key is, read once when it is opened.
struct KeyFacts {
  std::uint32_t curve = 0;          // BERTH_CURVE_*; 0: symmetric
  std::uint32_t usage = 0;          // BERTH_KEY_*
  std::uint32_t bits = 0;           // symmetric only
  bool guarded = false;             // sensitive and not extractable, says the token
  std::vector<std::uint8_t> point;  // SEC1, of a pair
  std::string identity;             // tells one key from another that took over its label
};

struct FoundKey {
  CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
  std::vector<CK_OBJECT_HANDLE> public_objects;
  KeyFacts facts;
};

std::vector<CK_OBJECT_HANDLE> find_objects(Session& session, Template& wanted);

// Empty: the object has no such attribute.
std::vector<std::uint8_t> attribute(Session& session, CK_OBJECT_HANDLE object,
                                    CK_ATTRIBUTE_TYPE type);
// CKA_VALUE of at most `most` octets.
SecretOctets secret_value(Session& session, CK_OBJECT_HANDLE object, std::size_t most);

// The one private or secret key of that name. Empty: none. Throws Error FAILED_PRECONDITION
// "pkcs11.key_ambiguous" when there are several, "pkcs11.key_extractable" when it could leave the
// token, "pkcs11.no_public_key" when its point is nowhere, UNSUPPORTED "hsm.curve" or
// "hsm.key_bits".
std::optional<FoundKey> find_key(Session& session, const Selector& selector);

// An object of this session that goes when this goes, unless kept.
class Temporary {
 public:
  explicit Temporary(Session& session) : session_(session) {}
  ~Temporary() {
    if (object_ != CK_INVALID_HANDLE) session_.call.C_DestroyObject(session_.handle, object_);
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  CK_OBJECT_HANDLE* out() { return &object_; }
  CK_OBJECT_HANDLE get() const { return object_; }
  CK_OBJECT_HANDLE keep() { return std::exchange(object_, CK_INVALID_HANDLE); }

 private:
  Session& session_;
  CK_OBJECT_HANDLE object_ = CK_INVALID_HANDLE;
};

}  // namespace pkcs11
