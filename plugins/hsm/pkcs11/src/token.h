// One token: found by its name, logged in to once, used through a pool of sessions; opened anew
// when it was away.
//
// Thread-safe after start. A session is used by one thread at a time. Object handles and sessions
// belong to an epoch: the time between two openings of the token, which the loss of any session
// ends. No object handle of an earlier epoch is given to the module again, for it may mean another
// object by then.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "berth/sdk/host.h"
#include "berth/sdk/op.h"
#include "config.h"
#include "module.h"
#include "return_value.h"

namespace pkcs11 {

// Attempts at one call: the second after a session or handle was lost, the third when that showed
// that the whole token was.
inline constexpr int kAttempts = 3;

struct Session {
  CK_FUNCTION_LIST& call;
  CK_SESSION_HANDLE handle;
  std::uint64_t epoch;
};

struct TokenState {
  bool serving = false;
  bool stuck = false;          // the oldest call takes longer than the configuration allows
  std::uint32_t sessions = 0;  // open, those in use included
  std::uint32_t in_use = 0;
  std::int64_t oldest_call_ms = 0;
  std::string trouble;  // the reason that keeps it from serving
};

class Token {
 public:
  Token(berth::sdk::Host host, const Config& config) : host_(host), config_(config) {}
  ~Token();
  Token(const Token&) = delete;
  Token& operator=(const Token&) = delete;

  // [control] Loads the module, finds the token, logs in.
  void start(const berth::sdk::Op& op);

  // use(Session&) on a session of its own; once more when session, token or handle were lost on the
  // way, so `use` looks up what it needs from Session::epoch each time. It lets CallFailed out.
  template <class Use>
  auto with_session(const berth::sdk::Op& op, Use&& use) {
    for (int attempt = 1;; ++attempt) {
      Lease lease(*this, op);
      try {
        return use(lease.session());
      } catch (const CallFailed& failed) {
        if (!lease.worth_another(failed) || attempt == kAttempts) throw error_of(failed);
      }
    }
  }

  // Does the token answer? Tells bad input from a broken device where modules do not.
  bool answers(Session& session);
  CK_MECHANISM_INFO mechanism(Session& session, CK_MECHANISM_TYPE mechanism);  // zeros: not offered

  // Any thread, never waits for the device: the object is destroyed after a later call, or with the
  // token's sessions.
  void bury(CK_OBJECT_HANDLE object, std::uint64_t epoch) noexcept;
  // [control] Destroys what is buried.
  void clean_up(const berth::sdk::Op& op);

  TokenState state() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Buried {
    CK_OBJECT_HANDLE object;
    std::uint64_t epoch;
  };
  struct Opened {
    CK_SLOT_ID slot = 0;
    CK_SESSION_HANDLE session = 0;
  };

  class Lease {
   public:
    Lease(Token& token, const berth::sdk::Op& op);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Session& session() { return session_; }
    bool worth_another(const CallFailed& failed);

   private:
    Token& token_;
    ErrorQueueGuard errors_;
    std::multiset<Clock::time_point>::iterator began_;
    Session session_;
  };

  Session borrow(const berth::sdk::Op& op, std::multiset<Clock::time_point>::iterator& began);
  void give_back(const Session& session, std::multiset<Clock::time_point>::iterator began) noexcept;
  void open_another(std::unique_lock<std::mutex>& lock, Session& session);
  void renew(std::unique_lock<std::mutex>& lock);
  void lose(std::uint64_t epoch, const char* why);
  void destroy_some(Session& session, std::size_t most) noexcept;

  Opened connect(bool alone);
  std::optional<CK_SLOT_ID> find_slot();
  void log_in(CK_SLOT_ID slot, CK_SESSION_HANDLE session);
  bool stuck_locked() const;

  berth::sdk::Host host_;
  Config config_;
  std::shared_ptr<Module> module_;  // from start on

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool lost_ = true;  // nothing is open
  bool renewing_ = false;
  std::uint64_t epoch_ = 0;
  CK_SLOT_ID slot_ = 0;
  std::vector<CK_SESSION_HANDLE> idle_;
  std::uint32_t sessions_ = 0;
  std::multiset<Clock::time_point> calls_;    // one for each lease
  std::optional<berth::sdk::Error> refused_;  // the PIN was: nothing is tried again
  std::optional<berth::sdk::Error> away_;     // why the last renewal failed
  Clock::time_point next_renewal_{};
  std::vector<Buried> buried_;
};

}  // namespace pkcs11
