#include "kernel/vault/vault.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "kernel/vault/seal_format.h"

namespace berth::vault {
namespace {

Error too_large(std::size_t limit) {
  return {ErrorCode::kResourceExhausted, "vault.too_large",
          "more than the " + std::to_string(limit) + " octets that may be kept as one"};
}

}  // namespace

struct Vault::Keys {
  std::map<std::uint32_t, SecretBytes> by_id;  // never changes once the vault is open
  std::pair<std::uint32_t, ByteView> newest() const {
    if (by_id.empty()) throw std::runtime_error("the keys of this vault were destroyed");
    return {by_id.rbegin()->first, by_id.rbegin()->second.view()};
  }
  Result<SecretBytes> open(const SealContext& context, ByteView sealed) const {
    BERTH_TRY(key_id, sealing_key_id(context.kind, sealed));
    const auto key = by_id.find(key_id);
    if (key == by_id.end()) {
      return Error{ErrorCode::kFailedPrecondition, "vault.unknown_key",
                   "sealed under data key " + std::to_string(key_id) +
                       ", which this vault was not opened with"};
    }
    return open_octets(context, key->second.view(), sealed);
  }
};

Vault::Vault(TenantId tenant, std::unique_ptr<Keys> keys, plugins::ObjectStore& store,
             Random& random)
    : tenant_(std::move(tenant)), keys_(std::move(keys)), store_(store), random_(random) {}
Vault::~Vault() = default;

std::shared_ptr<const Vault::Keys> Vault::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

void Vault::forget() {
  auto none = std::make_shared<const Keys>();
  const std::lock_guard lock(mutex_);
  keys_.swap(none);
}

Result<std::unique_ptr<Vault>> Vault::open(TenantId tenant, plugins::Hsm& hsm,
                                           const plugins::Op& op, std::string_view kek_reference,
                                           const std::vector<WrappedDataKey>& keys,
                                           plugins::ObjectStore& store, Random& random) {
  if (keys.empty()) {
    return Error{ErrorCode::kFailedPrecondition, "vault.no_key",
                 "tenant " + tenant.text() + " has no data key yet; create one first"};
  }
  auto opened = std::make_unique<Keys>();
  for (const WrappedDataKey& key : keys) {
    BERTH_TRY(plain, open_data_key({hsm, kek_reference}, op, tenant, key));
    if (key.key_id == 0 || !opened->by_id.emplace(key.key_id, std::move(plain)).second) {
      return Error{ErrorCode::kInvalidArgument, "vault.key_ids",
                   "data key " + std::to_string(key.key_id) + " of tenant " + tenant.text() +
                       " is numbered 0 or twice"};
    }
  }
  return std::unique_ptr<Vault>(new Vault(std::move(tenant), std::move(opened), store, random));
}

Bytes Vault::seal(std::string_view purpose, ByteView plain) const {
  const auto keys = this->keys();
  const auto [key_id, key] = keys->newest();
  return seal_octets({SealedKind::kValue, tenant_.text(), purpose}, key_id, key, plain, random_);
}

Result<SecretBytes> Vault::unseal(std::string_view purpose, ByteView sealed) const {
  return keys()->open({SealedKind::kValue, tenant_.text(), purpose}, sealed);
}

Result<void> Vault::put(const plugins::Op& op, std::string_view name, ByteView plain) {
  if (plain.size() > kMaxPlainSize) return too_large(kMaxPlainSize);
  const auto keys = this->keys();
  const auto [key_id, key] = keys->newest();
  const Bytes sealed =
      seal_octets({SealedKind::kObject, tenant_.text(), name}, key_id, key, plain, random_);
  BERTH_TRY_VOID(store_.put(op, name, sealed, false));
  return {};
}

Result<SecretBytes> Vault::get(const plugins::Op& op, std::string_view name,
                               std::uint64_t max_plain_size) {
  const std::size_t limit = std::min<std::uint64_t>(max_plain_size, kMaxPlainSize);
  auto sealed = store_.get(op, name, sealed_size(limit));
  if (!sealed) {
    if (sealed.error().reason() == "storage.too_large") return too_large(limit);
    return std::move(sealed).error();
  }
  BERTH_TRY(plain, keys()->open({SealedKind::kObject, tenant_.text(), name}, *sealed));
  // For a store that does not keep to the limit it was given.
  if (plain.size() > limit) return too_large(limit);
  return std::move(plain);
}

Result<void> Vault::remove(const plugins::Op& op, std::string_view name) {
  return store_.remove(op, name);
}

Result<plugins::ObjectInfo> Vault::stat(const plugins::Op& op, std::string_view name) {
  return store_.stat(op, name);
}

Result<std::vector<std::string>> Vault::list(const plugins::Op& op, std::string_view prefix,
                                             std::string_view after, std::size_t max) {
  return store_.list(op, prefix, after, max);
}

}  // namespace berth::vault
