#include "key.h"

#include <utility>

namespace pkcs11 {

using berth::sdk::Error;

void OpenKeys::take_place() {
  if (places_.fetch_add(1) < most_) return;
  places_.fetch_sub(1);
  throw Error(BERTH_RESOURCE_EXHAUSTED, "hsm.too_many_keys",
              std::to_string(most_) + " keys are open");
}

void OpenKeys::opened(const std::string& identity) {
  std::lock_guard lock(mutex_);
  ++entries_[identity].handles;
}

void OpenKeys::closed(const std::string& identity) noexcept {
  Entry gone;
  {
    std::lock_guard lock(mutex_);
    auto found = entries_.find(identity);
    if (found == entries_.end() || --found->second.handles > 0) return;
    gone = std::move(found->second);
    entries_.erase(found);
  }
  for (CK_OBJECT_HANDLE object : gone.doomed) token_.bury(object, gone.epoch);
}

bool OpenKeys::is_open(const std::string& identity) {
  std::lock_guard lock(mutex_);
  return entries_.contains(identity);
}

bool OpenKeys::destroy_when_closed(const std::string& identity,
                                   const std::vector<CK_OBJECT_HANDLE>& objects,
                                   std::uint64_t epoch) {
  std::lock_guard lock(mutex_);
  auto found = entries_.find(identity);
  if (found == entries_.end()) return false;
  found->second.doomed = objects;
  found->second.epoch = epoch;
  return true;
}

Key::~Key() {
  if (bound_ && lasting()) {
    all_.closed(facts_.identity);
  } else if (bound_) {
    all_.token().bury(object_, epoch_);
  }
  all_.free_place();
}

void Key::bind(KeyFacts facts, Selector selector, CK_OBJECT_HANDLE object, std::uint64_t epoch) {
  facts_ = std::move(facts);
  selector_ = std::move(selector);
  object_ = object;
  epoch_ = epoch;
  if (lasting()) all_.opened(facts_.identity);
  bound_ = true;
}

CK_OBJECT_HANDLE Key::resolve(Session& session) const {
  std::lock_guard lock(mutex_);
  if (object_ != CK_INVALID_HANDLE && epoch_ == session.epoch) return object_;
  if (!lasting()) {
    throw Error(BERTH_ABORTED, "pkcs11.key_lost",
                "the one-time key went with the token's session; begin again with a new one");
  }
  std::optional<FoundKey> found = find_key(session, selector_);
  if (!found) {
    throw Error(BERTH_NOT_FOUND, "hsm.key_not_found", "the key is no longer in the token");
  }
  if (found->facts.identity != facts_.identity) {
    throw Error(BERTH_FAILED_PRECONDITION, "pkcs11.key_changed",
                "another key has this key's name by now; open it anew");
  }
  object_ = found->object;
  epoch_ = session.epoch;
  return object_;
}

void Key::forget() const {
  std::lock_guard lock(mutex_);
  object_ = CK_INVALID_HANDLE;
}

}  // namespace pkcs11
