// A tenant's data key as it rests in the ledger: wrapped by a key in the tenant's HSM, and by one
// more while the tenant moves from one wrapping key (or HSM) to another.
//
// What is sealed under a data key stays as it is when the data key is wrapped anew. Thread-safe.

#pragma once

#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/identifiers.h"
#include "kernel/base/random.h"
#include "kernel/base/secret_bytes.h"
#include "kernel/plugins/hsm.h"

namespace berth::vault {

struct WrappedDataKey {
  std::uint32_t key_id = 0;  // 1, 2, … ; the newest seals, all open
  Bytes wrapped;
  Bytes next_wrapped = {};  // by the key that comes next; empty: there is none
};

// A wrapping key, by the HSM it is in and its name there. Both are borrowed.
struct WrappingKey {
  plugins::Hsm& hsm;
  std::string_view reference;
};

// Makes a fresh data key for `tenant` and wraps it, creating the wrapping key when there is none.
Result<WrappedDataKey> create_data_key(plugins::Hsm& hsm, const plugins::Op& op,
                                       std::string_view kek_reference, const TenantId& tenant,
                                       std::uint32_t key_id, Random& random);

// The data key, of whichever of its two wrappings opens. kDataLoss "vault.wrong_key" when neither
// does, "vault.no_wrapping_key" when the HSM has no key of that name; an HSM that is away or busy
// says so itself.
Result<SecretBytes> open_data_key(const WrappingKey& by, const plugins::Op& op,
                                  const TenantId& tenant, const WrappedDataKey& key);

// Does `by` open this wrapping of the data key? A wrapping key that is not there opens none.
Result<bool> opens(const WrappingKey& by, const plugins::Op& op, const TenantId& tenant,
                   std::uint32_t key_id, ByteView wrapped);

// The data key wrapped by `to`, which is made when there is none, and opened once again to see that
// it is the same. kInternal "vault.rewrap_failed" when it is not.
Result<Bytes> rewrap_data_key(const WrappingKey& from, const WrappingKey& to, const plugins::Op& op,
                              const TenantId& tenant, const WrappedDataKey& key);

}  // namespace berth::vault
