// The versions of the routes in the host's ledger: each one's document, who approved it, and the
// host's signature over both. Nothing that stands there is ever changed.
//
// Thread-safe; several nodes may share one ledger. The ledger is borrowed.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/ledger/host_ledger.h"

namespace berth::routing {

struct RouteVersion {
  std::int64_t number = 0;  // 1, 2, 3, …: the highest is in force
  std::string sha256;       // of the document, lower-case hexadecimal
  std::vector<std::string> approved_by;
  std::string note;              // why
  std::string change_id;         // of the approval that led to it; may be empty
  std::int64_t rollback_of = 0;  // the version it brings back; 0: none
  UnixMs at_ms = 0;
  std::string previous;  // SHA-256 of the statement before; empty: the first
  // What is signed: all of the above as JSON, exactly as it was signed.
  std::string statement;
  std::string signature_hex;
  std::string key_sha256;
};
// Writes the statement's text out of the other members.
std::string statement_of(const RouteVersion& version);

// A version with its document as a file for programs without a ledger: berth-door reads it
// (kernel/passthrough/signed_routes.h).
std::string in_force_file(const RouteVersion& version, std::string_view document);

class RouteVersions {
 public:
  explicit RouteVersions(ledger::HostLedger& ledger) : ledger_(ledger) {}

  Result<std::optional<RouteVersion>> latest() const;
  // Newest first, at most `max` (1000), those before `before` (0: all).
  Result<std::vector<RouteVersion>> list(std::int64_t before, std::size_t max) const;
  Result<RouteVersion> find(std::int64_t number) const;  // kNotFound "routes.no_version"
  // kNotFound "routes.no_document"; kDataLoss "routes.damaged": it is not what its digest says.
  Result<std::string> document(const std::string& sha256) const;

  // Keeps a document under its digest, which it answers; one that is there already is as good.
  Result<std::string> keep(std::string_view document, const std::string& who);
  // kAborted "routes.changed_meanwhile": somebody else was first with this number.
  Result<void> add(const RouteVersion& version);

 private:
  ledger::HostLedger& ledger_;
};

}  // namespace berth::routing
