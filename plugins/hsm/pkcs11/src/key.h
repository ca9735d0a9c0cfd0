// Open keys: what is known of them, and where the token has them at present.

#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "berth/sdk/hsm.h"
#include "objects.h"

namespace pkcs11 {

// The keys of one instance that are open. Destroying one that is only takes its name; the object
// goes with the last handle, as berth/abi/hsm.h asks.
//
// Thread-safe; never waits for the device.
class OpenKeys {
 public:
  OpenKeys(Token& token, std::uint32_t most) : token_(token), most_(most) {}

  // One of the places. Throws RESOURCE_EXHAUSTED "hsm.too_many_keys".
  void take_place();
  void free_place() noexcept { places_.fetch_sub(1); }

  void opened(const std::string& identity);
  void closed(const std::string& identity) noexcept;
  bool is_open(const std::string& identity);
  // True: the objects are buried when the last handle on them is closed. False: nobody has it open.
  bool destroy_when_closed(const std::string& identity,
                           const std::vector<CK_OBJECT_HANDLE>& objects, std::uint64_t epoch);
  Token& token() { return token_; }

 private:
  struct Entry {
    std::uint32_t handles = 0;
    std::uint64_t epoch = 0;
    std::vector<CK_OBJECT_HANDLE> doomed;
  };
  Token& token_;
  const std::uint32_t most_;
  std::atomic<std::uint32_t> places_{0};
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

class Key final : public berth::sdk::HsmKey {
 public:
  // Takes a place. The rest is set before the key is handed out.
  explicit Key(OpenKeys& all) : all_(all) { all_.take_place(); }
  ~Key() override;

  // selector empty: an ephemeral key, which lives no longer than its session.
  void bind(KeyFacts facts, Selector selector, CK_OBJECT_HANDLE object, std::uint64_t epoch);

  const KeyFacts& facts() const { return facts_; }
  bool lasting() const { return !selector_.label.empty() || !selector_.id.empty(); }

  // The object's handle in the session's epoch; looked up again when the token was opened anew.
  // Throws Error: ABORTED "pkcs11.key_lost" for an ephemeral key of an earlier epoch, NOT_FOUND
  // "hsm.key_not_found", FAILED_PRECONDITION "pkcs11.key_changed" when another key has the name.
  CK_OBJECT_HANDLE resolve(Session& session) const;
  // The handle turned out to mean nothing.
  void forget() const;

 private:
  OpenKeys& all_;
  KeyFacts facts_;
  Selector selector_;
  bool bound_ = false;
  mutable std::mutex mutex_;
  mutable CK_OBJECT_HANDLE object_ = CK_INVALID_HANDLE;
  mutable std::uint64_t epoch_ = 0;
};

}  // namespace pkcs11
