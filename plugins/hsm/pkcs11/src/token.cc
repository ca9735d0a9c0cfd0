#include "token.h"

#include <algorithm>
#include <utility>

namespace pkcs11 {
namespace {

using berth::sdk::Error;
using berth::sdk::LogLevel;
using berth::sdk::Op;

constexpr std::chrono::milliseconds kRenewEvery{250};  // at most, however many calls come
constexpr std::chrono::milliseconds kLookEvery{20};    // for cancellation, while waiting
constexpr std::uint32_t kRetryLaterMs = 1000;
constexpr std::size_t kBuriedPerCall = 8;

}  // namespace

Token::~Token() {
  ErrorQueueGuard guard;
  for (CK_SESSION_HANDLE session : idle_) module_->functions().C_CloseSession(session);
}

void Token::start(const Op& op) {
  module_ = Module::open(config_.module);
  std::unique_lock lock(mutex_);
  op.throw_if_cancelled();
  renew(lock);
}

bool Token::stuck_locked() const {
  return !calls_.empty() &&
         Clock::now() - *calls_.begin() > std::chrono::milliseconds(config_.stuck_after_ms);
}

// ---- sessions ---------------------------------------------------------------------------------

Session Token::borrow(const Op& op, std::multiset<Clock::time_point>::iterator& began) {
  const auto give_up = Clock::now() + std::chrono::milliseconds(config_.stuck_after_ms);
  std::unique_lock lock(mutex_);
  for (;;) {
    op.throw_if_cancelled();
    if (refused_) throw *refused_;
    if (lost_ && !renewing_) {
      renew(lock);
      continue;
    }
    if (!lost_) {
      Session session{module_->functions(), CK_INVALID_HANDLE, epoch_};
      if (!idle_.empty()) {
        session.handle = idle_.back();
        idle_.pop_back();
      } else if (sessions_ < config_.sessions) {
        open_another(lock, session);
      }
      if (session.handle != CK_INVALID_HANDLE) {
        began = calls_.insert(Clock::now());
        return session;
      }
      if (lost_) continue;
    }
    const bool late = Clock::now() >= give_up;
    if (stuck_locked() || (late && renewing_)) {
      throw Error(BERTH_UNAVAILABLE, "pkcs11.stuck",
                  "every call waits for the device, the oldest longer than stuckAfterMs; look at "
                  "the device, restart the host if it does not recover")
          .with_retry_after_ms(kRetryLaterMs);
    }
    if (late) {
      throw Error(BERTH_RESOURCE_EXHAUSTED, "pkcs11.busy", "no session became free in time")
          .with_retry_after_ms(kRetryLaterMs);
    }
    changed_.wait_for(lock, kLookEvery);
  }
}

// Leaves the handle invalid when the token turned out to be away, or has no more sessions to give
// than are open: then one of those will do.
void Token::open_another(std::unique_lock<std::mutex>& lock, Session& session) {
  const CK_SLOT_ID slot = slot_;
  ++sessions_;
  lock.unlock();
  CK_SESSION_HANDLE made = CK_INVALID_HANDLE;
  CK_RV answer = session.call.C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr,
                                            nullptr, &made);
  lock.lock();
  if (answer == CKR_OK) {
    session.handle = made;
    return;
  }
  --sessions_;
  changed_.notify_all();
  if (answer == CKR_SESSION_COUNT && sessions_ > 0) return;
  if (trouble_of(answer) != Trouble::kToken) throw error_of(CallFailed{"C_OpenSession", answer});
  if (epoch_ == session.epoch) lost_ = true;
}

void Token::give_back(const Session& session,
                      std::multiset<Clock::time_point>::iterator began) noexcept {
  bool keep = false;
  {
    std::lock_guard lock(mutex_);
    calls_.erase(began);
    keep = !lost_ && session.epoch == epoch_;
    if (keep) {
      idle_.push_back(session.handle);
    } else {
      --sessions_;
    }
  }
  if (!keep) session.call.C_CloseSession(session.handle);
  changed_.notify_all();
}

void Token::lose(std::uint64_t epoch, const char* why) {
  {
    std::lock_guard lock(mutex_);
    if (epoch != epoch_ || lost_) return;
    lost_ = true;
  }
  host_.log(LogLevel::kWarn, "the token went away; it is looked for with each call",
            {{"token", token_name(config_)}, {"because", why}});
}

// ---- opening the token ------------------------------------------------------------------------

// Called with the lock; gives it up while it talks to the device.
void Token::renew(std::unique_lock<std::mutex>& lock) {
  if (away_ && Clock::now() < next_renewal_) throw *away_;
  renewing_ = true;
  std::vector<CK_SESSION_HANDLE> old = std::exchange(idle_, {});
  sessions_ -= static_cast<std::uint32_t>(old.size());
  const bool first = epoch_ == 0;
  const bool alone = calls_.empty();
  lock.unlock();
  Opened opened;
  std::optional<Error> failure;
  bool pin = false;
  {
    ErrorQueueGuard guard;
    for (CK_SESSION_HANDLE session : old) module_->functions().C_CloseSession(session);
    try {
      opened = connect(alone);
    } catch (const CallFailed& failed) {
      failure = error_of(failed);
    } catch (const Error& error) {
      failure = error;
    } catch (const std::exception& error) {
      failure = Error(BERTH_INTERNAL, "pkcs11.call", error.what());
    }
  }
  if (failure) pin = failure->reason().starts_with("pkcs11.pin");
  if (!failure && !first) {
    host_.log(LogLevel::kInfo, "the token is back", {{"token", token_name(config_)}});
  }
  lock.lock();
  renewing_ = false;
  changed_.notify_all();
  if (failure) {
    (pin ? refused_ : away_) = failure;
    next_renewal_ = Clock::now() + kRenewEvery;
    throw *failure;
  }
  away_.reset();
  lost_ = false;
  ++epoch_;
  buried_.clear();  // their handles ended with the epoch
  slot_ = opened.slot;
  idle_.push_back(opened.session);
  ++sessions_;
}

Token::Opened Token::connect(bool alone) {
  CK_FUNCTION_LIST& call = module_->functions();
  Opened opened;
  std::optional<CK_SLOT_ID> slot = find_slot();
  // Some libraries look for tokens only when they are initialised.
  if (!slot && alone && Module::restart(module_)) slot = find_slot();
  if (!slot) {
    throw Error(BERTH_UNAVAILABLE, "pkcs11.token_not_found",
                "there is no " + token_name(config_) + " in any slot of " + config_.module)
        .with_retry_after_ms(kRetryLaterMs);
  }
  opened.slot = *slot;
  check("C_OpenSession", call.C_OpenSession(opened.slot, CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                            nullptr, nullptr, &opened.session));
  try {
    log_in(opened.slot, opened.session);
  } catch (...) {
    call.C_CloseSession(opened.session);
    throw;
  }
  return opened;
}

std::optional<CK_SLOT_ID> Token::find_slot() {
  CK_FUNCTION_LIST& call = module_->functions();
  CK_ULONG count = 0;
  CK_RV answer = call.C_GetSlotList(CK_TRUE, nullptr, &count);
  if (answer != CKR_OK) return std::nullopt;
  std::vector<CK_SLOT_ID> slots(count);
  answer = call.C_GetSlotList(CK_TRUE, slots.data(), &count);
  if (answer != CKR_OK) return std::nullopt;  // one more came meanwhile: the next attempt sees it
  slots.resize(count);
  auto is = [](const unsigned char* padded, std::size_t size, const std::string& wanted) {
    std::string found(reinterpret_cast<const char*>(padded), size);
    found.erase(found.find_last_not_of(std::string_view(" \0", 2)) + 1);
    return found == wanted;
  };
  std::vector<CK_SLOT_ID> matching;
  for (CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO info{};
    if (call.C_GetTokenInfo(slot, &info) != CKR_OK || !(info.flags & CKF_TOKEN_INITIALIZED)) {
      continue;
    }
    bool good = config_.slot ? slot == *config_.slot
                : config_.token_label.empty()
                    ? is(info.serialNumber, sizeof info.serialNumber, config_.token_serial)
                    : is(info.label, sizeof info.label, config_.token_label);
    if (good) matching.push_back(slot);
  }
  if (matching.size() > 1) {
    throw Error(BERTH_FAILED_PRECONDITION, "pkcs11.token_ambiguous",
                "more than one " + token_name(config_) + " is there; name it by tokenSerial");
  }
  if (matching.empty()) return std::nullopt;
  return matching.front();
}

// A PIN that was refused is never tried again by this instance, and the last try before the token
// locks is left to people: a locked token is worse than an outage.
void Token::log_in(CK_SLOT_ID slot, CK_SESSION_HANDLE session) {
  CK_FUNCTION_LIST& call = module_->functions();
  CK_TOKEN_INFO info{};
  check("C_GetTokenInfo", call.C_GetTokenInfo(slot, &info));
  if (!(info.flags & CKF_LOGIN_REQUIRED)) return;
  if (info.flags & CKF_USER_PIN_LOCKED) throw CallFailed{"C_GetTokenInfo", CKR_PIN_LOCKED};
  CK_SESSION_INFO now{};
  check("C_GetSessionInfo", call.C_GetSessionInfo(session, &now));
  if (now.state == CKS_RW_USER_FUNCTIONS) return;  // another instance's login counts for all
  if (info.flags & CKF_USER_PIN_FINAL_TRY) {
    throw Error(BERTH_UNAUTHENTICATED, "pkcs11.pin_final_try",
                "one more wrong PIN locks the " + token_name(config_) +
                    "; log in with the right one by the vendor's tool, then restart");
  }
  SecretOctets pin = read_pin(config_.pin_file);
  CK_RV answer = call.C_Login(session, CKU_USER, pin.data(), static_cast<CK_ULONG>(pin.size()));
  if (answer != CKR_USER_ALREADY_LOGGED_IN) check("C_Login", answer);
}

// ---- helpers of calls -------------------------------------------------------------------------

bool Token::answers(Session& session) {
  CK_SESSION_INFO session_info{};
  if (session.call.C_GetSessionInfo(session.handle, &session_info) != CKR_OK) return false;
  CK_TOKEN_INFO info{};
  return session.call.C_GetTokenInfo(session_info.slotID, &info) == CKR_OK;
}

CK_MECHANISM_INFO Token::mechanism(Session& session, CK_MECHANISM_TYPE mechanism) {
  CK_SESSION_INFO session_info{};
  check("C_GetSessionInfo", session.call.C_GetSessionInfo(session.handle, &session_info));
  CK_MECHANISM_INFO info{};
  CK_RV answer = session.call.C_GetMechanismInfo(session_info.slotID, mechanism, &info);
  if (answer == CKR_MECHANISM_INVALID) return {};
  check("C_GetMechanismInfo", answer);
  return info;
}

void Token::bury(CK_OBJECT_HANDLE object, std::uint64_t epoch) noexcept {
  try {
    std::lock_guard lock(mutex_);
    if (epoch == epoch_) buried_.push_back({object, epoch});
  } catch (const std::exception&) {
    // Out of memory: the object goes with its session.
  }
}

void Token::destroy_some(Session& session, std::size_t most) noexcept {
  for (; most > 0; --most) {
    Buried next{};
    {
      std::lock_guard lock(mutex_);
      if (buried_.empty() || session.epoch != epoch_ || lost_) return;
      next = buried_.back();
      buried_.pop_back();
    }
    session.call.C_DestroyObject(session.handle, next.object);
  }
}

void Token::clean_up(const Op& op) {
  std::size_t left = 0;
  {
    std::lock_guard lock(mutex_);
    left = lost_ ? 0 : buried_.size();
  }
  if (left > 0) with_session(op, [&](Session& session) { destroy_some(session, left); });
}

TokenState Token::state() const {
  std::lock_guard lock(mutex_);
  TokenState state;
  state.serving = !lost_ && !refused_;
  state.stuck = stuck_locked();
  state.sessions = sessions_;
  state.in_use = static_cast<std::uint32_t>(calls_.size());
  if (!calls_.empty()) {
    state.oldest_call_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - *calls_.begin())
            .count();
  }
  if (refused_) {
    state.trouble = refused_->reason();
  } else if (lost_) {
    state.trouble = away_ ? away_->reason() : "pkcs11.token_lost";
  } else if (state.stuck) {
    state.trouble = "pkcs11.stuck";
  }
  return state;
}

// ---- one call ---------------------------------------------------------------------------------

Token::Lease::Lease(Token& token, const Op& op)
    : token_(token), session_(token.borrow(op, began_)) {}

Token::Lease::~Lease() {
  token_.destroy_some(session_, kBuriedPerCall);
  token_.give_back(session_, began_);
}

bool Token::Lease::worth_another(const CallFailed& failed) {
  switch (trouble_of(failed.value)) {
    case Trouble::kToken:
      token_.lose(session_.epoch, failed.call);
      return true;
    case Trouble::kObject:
    case Trouble::kDevice:
      // Modules say these of a token that was pulled, too.
      if (!token_.answers(session_)) {
        token_.lose(session_.epoch, failed.call);
        return true;
      }
      return trouble_of(failed.value) == Trouble::kObject;
    case Trouble::kOther:
      return false;
  }
  return false;
}

}  // namespace pkcs11
