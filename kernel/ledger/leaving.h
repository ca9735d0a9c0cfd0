// What only the exit of a tenant asks of its ledger: every row that is returned to it, and the end
// of the secrets in what stays for as long as the law wants it.
//
// Thread-safe, as TenantLedger is.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/ledger/tenant_ledger.h"

namespace berth::ledger {

inline constexpr std::size_t kMaxRowsPage = 1000;

// What a tenant is given of its rows, by the names of files: "profiles", "orders", "audit", … .
// docs/reference/tenant-export.md tells their members. No row has a key, sealed octets or a code
// that downloads; "codes" has those of open orders, to be enciphered before they go anywhere.
std::span<const std::string_view> returned_rows();
inline constexpr std::string_view kCodeRows = "codes";

struct RowsPage {
  std::vector<std::string> lines;  // one JSON object each
  std::string next;                // of the page after this; empty: it was the last
};

class Leaving {
 public:
  virtual ~Leaving() = default;
  // At most kMaxRowsPage rows in the order of their keys; `from`: empty, or the page before's
  // `next`. Fails as reads do, "ledger.in_doubt" too.
  virtual Result<RowsPage> rows(std::string_view name, const std::string& from) = 0;
  // Takes away codes, sealed octets, stored answers and what a download would need to be repeated,
  // in bounded steps; then scrubs the log. Called again it goes on. The chain is not touched.
  virtual Result<void> erase_secrets() = 0;
};

// Of a ledger that this room opened; null: of another one (a test's double).
Leaving* leaving_of(TenantLedger& ledger);

}  // namespace berth::ledger
