// Every endpoint of the operator API in one table: its address, who may use it, and whether its
// answer is personal data. What is not in the table does not exist; who has none of a row's roles
// is refused. Internal to this room.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "kernel/api/endpoints.h"

namespace berth::api {

enum class Data : std::uint8_t {
  kPlain = 1,
  kPersonal,  // cards, profiles or people are named: each read is audited
};

struct Endpoint {
  std::string_view method;
  // After "/v1/"; {tenant} and {name} stand for one part each.
  std::string_view path;
  RoleSet roles;  // any of them is enough
  Data data;
  ingress::HttpResponse (*answer)(const Call& call);

  bool acts() const { return method != "GET"; }
  // Does it change stock or orders, which only who serves the tenant has?
  bool changes_stock() const;
};

std::span<const Endpoint> endpoints();

// What an address names.
struct Matched {
  const Endpoint* endpoint = nullptr;
  std::string_view tenant;  // as sent; empty: none
  std::string_view name;    // the same
};
std::optional<Matched> match(std::string_view method, std::string_view path);

}  // namespace berth::api
