// A tenant's data keys as its HSM wraps them, and their way to another HSM or wrapping key: wrapped
// for the next one beside the present (`rewrap`), then, when the configuration has been switched,
// for that alone (`end_rewrap`). docs/operating/change-hsm.md is the operator's page.
//
// Each key is one audited commit; what was interrupted is taken up by the same call. Thread-safe.

#pragma once

#include <string>
#include <vector>

#include "kernel/api/operator_api.h"
#include "kernel/ledger/tenant_ledger.h"
#include "kernel/vault/data_key.h"

namespace berth::host {

// The wrapping key a tenant runs on and the one that comes next. The HSMs are borrowed.
struct TenantWrapping {
  plugins::Hsm* hsm = nullptr;
  std::string kek;
  plugins::Hsm* next_hsm = nullptr;  // null: the configuration names no next one
  std::string next_kek;

  vault::WrappingKey now() const { return {*hsm, kek}; }
  vault::WrappingKey next() const { return {*next_hsm, next_kek}; }
};

struct DataKeyPlace {
  ledger::TenantLedger& ledger;
  const TenantWrapping& wrapping;
  Random& random;
};

// Those of the ledger, as the vault takes them.
Result<std::vector<vault::WrappedDataKey>> wrapped_data_keys(ledger::TenantLedger& ledger);

// Which wrapping each key opens by; asks the HSMs.
Result<std::vector<api::DataKeyFacts>> show_data_keys(const DataKeyPlace& place,
                                                      const plugins::Op& op);

// Wraps every key for the next HSM and wrapping key, those that are already so left alone. Then as
// show_data_keys. "data_key.no_next" when the configuration names none; "data_key.change_not_ended"
// while a former change is not ended; those of vault::rewrap_data_key.
Result<std::vector<api::DataKeyFacts>> rewrap_data_keys(const DataKeyPlace& place,
                                                        const plugins::Op& op);

// Takes away both wrappings of every key: nothing sealed under it opens any more, whatever HSM
// there is. Those that are gone already are left alone.
Result<void> destroy_data_keys(ledger::TenantLedger& ledger, Random& random);

// Drops the former wrapping of every key, once the present HSM opens the later one.
// "data_key.not_switched" while it does not: nothing is dropped then.
Result<std::vector<api::DataKeyFacts>> end_rewrap(const DataKeyPlace& place, const plugins::Op& op);

}  // namespace berth::host
