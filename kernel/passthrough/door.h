// The common door before hosts of ours and SM-DP+ of others: reads the name a TLS client asks for
// and hands its connection on, untouched, to whoever serves that name.
//
// It has no key, no certificate and no ledger, so it sees no plain text and survives each of the
// hosts behind it, as they survive each other (R35). Hosts of ours are told the client's address in
// a PROXY protocol v2 header. A name of nobody's, an endpoint that is away and whatever oversteps a
// limit end the connection and are counted (R46).

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernel/base/result.h"
#include "kernel/passthrough/directory.h"

namespace berth::passthrough {

struct DoorCounts {
  std::uint64_t accepted = 0;
  std::uint64_t open = 0;              // now
  std::uint64_t over_limit = 0;        // of the door or an address
  std::uint64_t no_first_message = 0;  // late, too large, or not TLS
  std::uint64_t unknown_name = 0;
  std::uint64_t timed_out = 0;  // silent or open for too long
};

struct TenantCounts {
  std::string tenant;
  std::uint64_t open = 0;
  std::uint64_t handed_on = 0;
  std::uint64_t over_limit = 0;
  std::uint64_t unreachable = 0;  // its endpoint did not take the connection
};

class Door {
 public:
  // Listens and serves on a thread of its own. "passthrough.bind".
  static Result<std::unique_ptr<Door>> start(const tenancy::DoorConfiguration& configuration,
                                             std::shared_ptr<const Directory> directory);
  virtual ~Door() = default;  // ends every connection

  virtual std::uint16_t port() const = 0;
  // For connections from now on; those there are stay where they are. Thread-safe, as all below.
  virtual void change(std::shared_ptr<const Directory> directory) = 0;
  // The directory stays as it is, since no newer one can be read: `why`, until the next change().
  virtual void keep(std::string why) = 0;
  struct RoutesState {
    std::int64_t version = 0;  // 0: the routes file
    std::string problem;       // why newer ones are not taken up; empty: there are none
  };
  virtual RoutesState routes() const = 0;
  virtual DoorCounts counts() const = 0;
  // Of every tenant that was asked for, in the order of their names.
  virtual std::vector<TenantCounts> tenants() const = 0;
};

}  // namespace berth::passthrough
