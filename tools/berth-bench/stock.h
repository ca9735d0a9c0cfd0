// Stock and open orders, made by the host's own services as an operator would.

#pragma once

#include <cstddef>
#include <vector>

#include "kernel/host/host.h"
#include "tools/berth-bench/world.h"

namespace berth::bench {

// `count` profiles with a package of their own each, and an order for each. `first_number` tells
// subscribers apart; never the same twice in one world.
std::vector<OpenOrder> stock_packages(World& world, host::Host& host, std::size_t tenant,
                                      std::size_t count, std::size_t first_number);

// `count` profiles whose rows share `packages` packages, as an operator's would who imports by
// template; orders for `ordered` of them, spread evenly over the stock.
std::vector<OpenOrder> stock_rows(World& world, host::Host& host, std::size_t tenant,
                                  std::size_t count, std::size_t packages, std::size_t ordered,
                                  std::size_t first_number);

// Octets of the unprotected package that both use.
std::size_t package_size(World& world);

// Installed profiles of the tenant: what the ledger says was downloaded.
std::size_t installed_profiles(host::Host& host, std::size_t tenant);

}  // namespace berth::bench
