// Who speaks to the operator API, and with which roles.
//
// An operator is known by the user id at the other end of the Unix socket or by the key of its TLS
// client certificate; the configuration gives both a name. Nobody else is let in. On a development
// host that configures no operators, whoever may open the socket is the "owner" and may do
// everything, alone. Immutable and thread-safe.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernel/base/clock.h"
#include "kernel/ingress/http.h"
#include "kernel/tenancy/configuration.h"

namespace berth::api {

using tenancy::OperatorRole;

class RoleSet {
 public:
  constexpr RoleSet() = default;
  constexpr RoleSet(std::initializer_list<OperatorRole> roles) {
    for (const OperatorRole role : roles) add(role);
  }
  constexpr void add(OperatorRole role) { bits_ |= bit(role); }
  constexpr bool has(OperatorRole role) const { return (bits_ & bit(role)) != 0; }
  constexpr bool meets(RoleSet other) const { return (bits_ & other.bits_) != 0; }
  bool operator==(const RoleSet&) const = default;

 private:
  static constexpr std::uint8_t bit(OperatorRole role) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(role));
  }
  std::uint8_t bits_ = 0;
};

std::string_view to_string(OperatorRole role);  // "operator"
std::string to_string(RoleSet roles);           // "operator approver"

// One who asks.
struct Identity {
  std::string name;  // as configured; in every audit record
  RoleSet roles;
  std::optional<TenantId> tenant = {};  // of role tenant: all it sees
};

class Access {
 public:
  // Development without operators: the owner of the socket, who may do everything.
  Access() = default;
  // `two_people`: two-person actions need a second person. No accounts is as above, for a
  // development host; a production host's configuration has some.
  Access(std::vector<tenancy::OperatorAccount> accounts, bool two_people);

  // Who sent the request. kUnauthenticated "access.unknown": no operator has that user id or key
  // (its first octets are told, so that it can be configured); "access.expired": the certificate is
  // outside its dates.
  Result<Identity> identify(const ingress::HttpRequest& request, UnixMs now) const;

  // No operators are configured: development, everything allowed.
  bool open() const { return accounts_.empty(); }
  bool one_person_enough() const { return !two_people_; }

 private:
  std::vector<tenancy::OperatorAccount> accounts_;
  std::map<std::uint32_t, std::size_t> by_uid_;
  std::map<std::string, std::size_t> by_pin_;
  bool two_people_ = false;
};

}  // namespace berth::api
