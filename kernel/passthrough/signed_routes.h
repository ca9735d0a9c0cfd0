// The routes in force as a host writes them for its door: a file of one line of JSON, which is
// signed, and behind it the document the line speaks of.
//
// The line is {"format":"berth-routes-in-force/1","statement":S,"signature":H,"key":D}: S is the
// statement of the version (kernel/routing/route_versions.h), H the signature of the host's route
// key over it (r and s, hexadecimal, P-256 with SHA-256), D the digest of that key.

#pragma once

#include <filesystem>

#include "kernel/rsp/pki/public_key.h"
#include "kernel/tenancy/routes.h"

namespace berth::passthrough {

struct RoutesInForce {
  std::int64_t number = 0;  // 1, 2, 3, …
  std::string statement;
  tenancy::RouteTable table;
};

// A key as `berthctl route key` writes it. "passthrough.routes_key".
Result<rsp::pki::PublicKey> read_route_key(const std::filesystem::path& pem);

// "passthrough.routes_unreadable": it is not there, too large, or no such file;
// "passthrough.routes_forged": this key did not sign it, or it is about another document; those of
// parse_routes.
Result<RoutesInForce> read_routes_in_force(const std::filesystem::path& file,
                                           const rsp::pki::PublicKey& key);

}  // namespace berth::passthrough
