// Packages and secrets of one tenant, sealed before they leave the kernel's hands.
//
// AES-256-GCM under a data key of the tenant; the data key is wrapped by a key in the tenant's HSM
// and is unwrapped once, into locked memory. One tenant's vault cannot open another's octets: the
// tenant is authenticated with them (R128). Thread-safe.

#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/identifiers.h"
#include "kernel/base/random.h"
#include "kernel/base/secret_bytes.h"
#include "kernel/plugins/hsm.h"
#include "kernel/plugins/object_store.h"
#include "kernel/vault/data_key.h"

namespace berth::vault {

class Vault {
 public:
  // Unwraps every key. At least one is needed ("vault.no_key"), each with its own number from 1 on
  // ("vault.key_ids"). The errors of open_data_key when one does not open. hsm is used only here;
  // store and random must outlive the vault.
  static Result<std::unique_ptr<Vault>> open(TenantId tenant, plugins::Hsm& hsm,
                                             const plugins::Op& op, std::string_view kek_reference,
                                             const std::vector<WrappedDataKey>& keys,
                                             plugins::ObjectStore& store, Random& random);
  ~Vault();

  // Wipes the keys in memory, for good. What is asked after that fails: seal() and put() throw
  // std::runtime_error, what opens answers "vault.unknown_key".
  void forget();

  // Small values kept in the ledger. `purpose` is authenticated, so a value cannot be moved to
  // another column or row: "binding/<iccid>/session-keys". At most 64 MiB (kMaxPlainSize).
  Bytes seal(std::string_view purpose, ByteView plain) const;
  Result<SecretBytes> unseal(std::string_view purpose, ByteView sealed) const;

  // Objects in the store. The name is authenticated; sealed in frames of 64 KiB, at most 64 MiB in
  // all, else kResourceExhausted "vault.too_large". What was changed outside is kDataLoss
  // "vault.tampered" or "vault.not_sealed"; "vault.unknown_key" when its data key was not given to
  // open. The store's own failures pass through. put replaces what was there.
  Result<void> put(const plugins::Op& op, std::string_view name, ByteView plain);
  Result<SecretBytes> get(const plugins::Op& op, std::string_view name,
                          std::uint64_t max_plain_size);
  Result<void> remove(const plugins::Op& op, std::string_view name);
  // The sealed object as the store sees it.
  Result<plugins::ObjectInfo> stat(const plugins::Op& op, std::string_view name);
  // At most `max` names that begin with `prefix`, ascending, strictly after `after`.
  Result<std::vector<std::string>> list(const plugins::Op& op, std::string_view prefix,
                                        std::string_view after, std::size_t max);

 private:
  struct Keys;
  Vault(TenantId tenant, std::unique_ptr<Keys> keys, plugins::ObjectStore& store, Random& random);

  TenantId tenant_;
  std::shared_ptr<const Keys> keys() const;

  mutable std::mutex mutex_;  // of the pointer
  std::shared_ptr<const Keys> keys_;
  plugins::ObjectStore& store_;
  Random& random_;
};

}  // namespace berth::vault
