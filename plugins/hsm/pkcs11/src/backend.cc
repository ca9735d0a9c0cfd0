#include "backend.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "health.h"

namespace pkcs11 {
namespace {

using berth::sdk::ByteView;
using berth::sdk::Error;
using berth::sdk::Health;
using berth::sdk::HsmKey;
using berth::sdk::HsmKeySpec;
using berth::sdk::LogLevel;
using berth::sdk::Op;
using berth::sdk::OutBuffer;

constexpr std::uint32_t kSymmetricBits = 256;
constexpr std::size_t kIdOctets = 16;
constexpr int kSweepRounds = 64;  // of 16 objects: more are left to the next start

[[noreturn]] void bad_spec(const char* what) {
  throw Error(BERTH_INVALID_ARGUMENT, "hsm.key_spec", what);
}

void check_spec(const HsmKeySpec& spec) {
  constexpr std::uint32_t kPair = BERTH_KEY_SIGN | BERTH_KEY_AGREE;
  constexpr std::uint32_t kSecret = BERTH_KEY_WRAP | BERTH_KEY_UNWRAP;
  if (spec.usage == 0) bad_spec("a key needs at least one use");
  if (spec.curve == 0) {
    if ((spec.usage & ~kSecret) != 0) bad_spec("symmetric keys wrap and unwrap, nothing else");
    if (spec.bits != kSymmetricBits) {
      throw Error(BERTH_UNSUPPORTED, "hsm.key_bits", "symmetric keys have 256 bits here");
    }
  } else {
    if ((spec.usage & ~kPair) != 0) bad_spec("key pairs sign and agree, nothing else");
    if (spec.bits != 0) bad_spec("bits is for symmetric keys");
    if (params_of(spec.curve).empty()) {
      throw Error(BERTH_UNSUPPORTED, "hsm.curve", "only P-256 and brainpoolP256r1 are spoken here");
    }
  }
  if (spec.ephemeral && !spec.label.empty()) bad_spec("an ephemeral key has no label");
  if (!spec.ephemeral) check_label(spec.label);
}

[[noreturn]] void missing(std::string_view reference) {
  throw Error(BERTH_NOT_FOUND, "hsm.key_not_found",
              "there is no key called " + std::string(reference));
}

void name(Template& object, const Selector& selector) {
  object.flag(CKA_TOKEN, !selector.label.empty()).selected(selector);
}

// What no key made here lacks: it never leaves the token in clear.
void guard(Template& object) {
  object.flag(CKA_PRIVATE, true).flag(CKA_SENSITIVE, true).flag(CKA_EXTRACTABLE, false);
}

// From now on no reference finds the object.
void take_name(Session& session, CK_OBJECT_HANDLE object) {
  Template renamed;
  renamed.text(CKA_LABEL, kDestroyedLabel).text(CKA_ID, "");
  check("C_SetAttributeValue",
        session.call.C_SetAttributeValue(session.handle, object, renamed.data(), renamed.size()));
}

void generate_pair(Session& session, const HsmKeySpec& spec, const Selector& selector,
                   Temporary& private_key, Temporary& public_key) {
  Template open;
  name(open, selector);
  open.flag(CKA_PRIVATE, false)
      .octets(CKA_EC_PARAMS, params_of(spec.curve))
      .flag(CKA_VERIFY, (spec.usage & BERTH_KEY_SIGN) != 0);
  Template closed;
  name(closed, selector);
  guard(closed);
  closed.flag(CKA_SIGN, (spec.usage & BERTH_KEY_SIGN) != 0)
      .flag(CKA_DERIVE, (spec.usage & BERTH_KEY_AGREE) != 0);
  CK_MECHANISM mechanism{CKM_EC_KEY_PAIR_GEN, nullptr, 0};
  check("C_GenerateKeyPair",
        session.call.C_GenerateKeyPair(session.handle, &mechanism, open.data(), open.size(),
                                       closed.data(), closed.size(), public_key.out(),
                                       private_key.out()));
}

void generate_secret(Session& session, const HsmKeySpec& spec, const Selector& selector,
                     Temporary& key) {
  const bool wraps = (spec.usage & BERTH_KEY_WRAP) != 0;
  const bool unwraps = (spec.usage & BERTH_KEY_UNWRAP) != 0;
  Template closed;
  name(closed, selector);
  guard(closed);
  closed.number(CKA_VALUE_LEN, kSymmetricBits / 8)
      .flag(CKA_ENCRYPT, wraps)
      .flag(CKA_WRAP, wraps)
      .flag(CKA_DECRYPT, unwraps)
      .flag(CKA_UNWRAP, unwraps);
  CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
  check("C_GenerateKey", session.call.C_GenerateKey(session.handle, &mechanism, closed.data(),
                                                    closed.size(), key.out()));
}

}  // namespace

void OneAtATime::lock() {
  std::unique_lock lock(mutex_);
  if (!free_.wait_for(lock, most_, [&] { return !taken_; })) {
    throw Error(BERTH_UNAVAILABLE, "pkcs11.stuck", "another key is being made or destroyed");
  }
  taken_ = true;
}

void OneAtATime::unlock() {
  {
    std::lock_guard lock(mutex_);
    taken_ = false;
  }
  free_.notify_one();
}

Backend::Backend(berth::sdk::Host host, const berth::sdk::Config& config)
    : host_(host),
      config_(parse_config(config.json())),
      names_(std::chrono::milliseconds(config_.stuck_after_ms)) {}

void Backend::start(const Op& op) {
  op.throw_if_cancelled();
  token_.emplace(host_, config_);
  token_->start(op);
  keys_.emplace(*token_, config_.max_open_keys);
  token_->with_session(op, [&](Session& session) {
    look_around(session);
    sweep(session);
  });
  std::string fips = config_.fips140 ? "FIPS " + config_.fips140->standard + " level " +
                                           std::to_string(config_.fips140->level)
                                     : "none";
  host_.log(config_.fips140 ? LogLevel::kInfo : LogLevel::kWarn,
            config_.fips140 ? "keys are in a PKCS#11 token of declared certification"
                            : "keys are in a PKCS#11 token of which no certification is declared",
            {{"token", token_name(config_)}, {"certification", fips}});
}

void Backend::drain(const Op& op) {
  if (keys_) token_->clean_up(op);
}

Health Backend::health(const Op&) {
  return token_ ? health_of(config_, token_->state()) : Health{BERTH_HEALTH_NOT_SERVING, ""};
}

Token& Backend::token() {
  if (!keys_) throw Error(BERTH_FAILED_PRECONDITION, "hsm.not_started", "start was not called");
  return *token_;
}

OpenKeys& Backend::keys() {
  token();
  return *keys_;
}

void Backend::look_around(Session& session) {
  auto flags = [&](CK_MECHANISM_TYPE type) { return token_->mechanism(session, type).flags; };
  auto both = [](CK_FLAGS given, CK_FLAGS wanted) { return (given & wanted) == wanted; };
  if (both(flags(CKM_ECDSA), CKF_SIGN)) mechanisms_.push_back(BERTH_MECH_ECDSA_SHA256);
  if (both(flags(CKM_ECDH1_DERIVE), CKF_DERIVE)) {
    mechanisms_.push_back(BERTH_MECH_ECKA_X963_SHA256);
  }
  if (both(flags(CKM_AES_KEY_WRAP), CKF_WRAP | CKF_UNWRAP)) {
    mechanisms_.push_back(BERTH_MECH_AES_KW);
  }
  if (both(flags(CKM_AES_GCM), CKF_ENCRYPT | CKF_DECRYPT)) {
    mechanisms_.push_back(BERTH_MECH_AES_GCM);
  }
  CK_SESSION_INFO here{};
  check("C_GetSessionInfo", session.call.C_GetSessionInfo(session.handle, &here));
  CK_SLOT_INFO slot{};
  check("C_GetSlotInfo", session.call.C_GetSlotInfo(here.slotID, &slot));
  hardware_ = (slot.flags & CKF_HW_SLOT) != 0;
}

// Destroyed keys that a crash kept from being erased.
void Backend::sweep(Session& session) {
  Selector destroyed{std::string(kDestroyedLabel), {}};
  for (int round = 0; round < kSweepRounds; ++round) {
    Template wanted;
    wanted.selected(destroyed);
    std::vector<CK_OBJECT_HANDLE> found = find_objects(session, wanted);
    if (found.empty()) return;
    for (CK_OBJECT_HANDLE object : found) {
      check("C_DestroyObject", session.call.C_DestroyObject(session.handle, object));
    }
  }
}

berth_hsm_limits Backend::limits(const Op&) {
  berth_hsm_limits limits{};
  limits.max_concurrency = config_.sessions;
  limits.max_open_keys = config_.max_open_keys;
  limits.max_wrap_bytes = kMaxWrapOctets;
  return limits;
}

std::span<const std::uint32_t> Backend::mechanisms(const Op&) { return mechanisms_; }

bool Backend::offers(std::uint32_t mechanism) const {
  return std::find(mechanisms_.begin(), mechanisms_.end(), mechanism) != mechanisms_.end();
}

std::unique_ptr<HsmKey> Backend::open_key(const Op& op, std::string_view reference) {
  const Selector selector = parse_reference(reference, config_);
  return token().with_session(op, [&](Session& session) -> std::unique_ptr<HsmKey> {
    auto key = std::make_unique<Key>(keys());
    std::optional<FoundKey> found = find_key(session, selector);
    if (!found) missing(reference);
    key->bind(std::move(found->facts), selector, found->object, session.epoch);
    return key;
  });
}

std::unique_ptr<HsmKey> Backend::generate_key(const Op& op, const HsmKeySpec& spec) {
  check_spec(spec);
  token();
  op.throw_if_cancelled();
  std::unique_lock lock(names_, std::defer_lock);
  if (!spec.ephemeral) lock.lock();
  return token().with_session(
      op, [&](Session& session) -> std::unique_ptr<HsmKey> { return generate(session, spec); });
}

std::unique_ptr<Key> Backend::generate(Session& session, const HsmKeySpec& spec) {
  auto key = std::make_unique<Key>(keys());  // a place first: a key that was made is not refused
  Selector selector;
  if (!spec.ephemeral) {
    selector.label = spec.label;
    if (find_key(session, selector)) {
      throw Error(BERTH_ALREADY_EXISTS, "hsm.key_exists",
                  "there is a key called " + std::string(spec.label));
    }
    selector.id.resize(kIdOctets);
    check("C_GenerateRandom",
          session.call.C_GenerateRandom(session.handle, selector.id.data(), kIdOctets));
  }
  Temporary object(session);
  Temporary public_object(session);
  KeyFacts facts;
  if (spec.curve == 0) {
    generate_secret(session, spec, selector, object);
  } else {
    generate_pair(session, spec, selector, object, public_object);
  }
  if (spec.ephemeral) {
    facts.curve = spec.curve;
    facts.usage = spec.usage;
    facts.bits = spec.bits;
    facts.guarded = true;
    if (spec.curve != 0) {
      facts.point = point_of(attribute(session, public_object.get(), CKA_EC_POINT));
      if (facts.point.empty()) {
        throw Error(BERTH_UNSUPPORTED, "pkcs11.unsupported",
                    "the token does not give a new key's point uncompressed");
      }
    }
  } else {
    // Labels are not unique to a token: another process may have made one beside ours.
    std::optional<FoundKey> found = find_key(session, Selector{selector.label, {}});
    if (!found) throw CallFailed{"C_FindObjects", CKR_OBJECT_HANDLE_INVALID};
    facts = std::move(found->facts);
    public_object.keep();
  }
  key->bind(std::move(facts), std::move(selector), object.get(), session.epoch);
  object.keep();
  return key;
}

void Backend::destroy_key(const Op& op, std::string_view reference) {
  const Selector selector = parse_reference(reference, config_);
  token();
  op.throw_if_cancelled();
  std::lock_guard lock(names_);
  token().with_session(op, [&](Session& session) {
    std::optional<FoundKey> found = find_key(session, selector);
    if (!found) missing(reference);
    std::vector<CK_OBJECT_HANDLE> objects = std::move(found->public_objects);
    objects.push_back(found->object);
    if (keys().is_open(found->facts.identity)) {
      for (CK_OBJECT_HANDLE object : objects) take_name(session, object);
      if (keys().destroy_when_closed(found->facts.identity, objects, session.epoch)) return;
    }
    for (CK_OBJECT_HANDLE object : objects) {
      check("C_DestroyObject", session.call.C_DestroyObject(session.handle, object));
    }
  });
}

berth_hsm_key_info Backend::describe_key(const Op&, const HsmKey& key) {
  const KeyFacts& facts = static_cast<const Key&>(key).facts();
  berth_hsm_key_info info{};
  info.curve = facts.curve;
  info.usage = facts.usage;
  info.bits = facts.bits;
  info.hardware_bound = hardware_ && facts.guarded;
  return info;
}

void Backend::public_point(const Op&, const HsmKey& key, OutBuffer sec1) {
  const KeyFacts& facts = static_cast<const Key&>(key).facts();
  if (facts.curve == 0) {
    throw Error(BERTH_INVALID_ARGUMENT, "hsm.no_public_point", "a symmetric key has no point");
  }
  std::copy_n(facts.point.begin(), kPointOctets, sec1.claim(kPointOctets).begin());
}

}  // namespace pkcs11
