// The commands, one family a file. Each adds itself to the command line and, when chosen, leaves
// its exit code in Context::exit_code.

#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json_fwd.hpp>

#include <string>

#include "kernel/base/bytes.h"
#include "tools/berthctl/client.h"

namespace berth::berthctl {

inline constexpr int kExitOk = 0;
inline constexpr int kExitRefused = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitNoConnection = 4;

struct Context {
  HostAddress host;
  bool json = false;  // print the API's answer as it is
  int exit_code = kExitOk;

  Client client() const { return Client(host); }
  // Prints the error's line and sets the exit code it stands for.
  void fail(const Error& error);
};

void add_pki_commands(CLI::App& app, Context& context);
void add_plugin_commands(CLI::App& app, Context& context);  // plugin key, sign, verify
// plugin try; `plugin` is that command's own.
void add_plugin_try_commands(CLI::App& plugin, Context& context);
// plugin list, swap, watch; `plugin` is that command.
void add_plugin_swap_commands(CLI::App& plugin, Context& context);
// tenant limits; `tenant` is that command.
void add_limit_commands(CLI::App& tenant, Context& context);
void add_tls_commands(CLI::App& app, Context& context);     // tls
void add_tenant_commands(CLI::App& app, Context& context);  // tenant, profile
void add_order_command(CLI::App& app, Context& context);    // order
void add_stock_commands(CLI::App& app, Context& context);   // profile-type, report
// order cancel, release, reorder, apply; `tenant` is the order command's own, borrowed for good.
void add_order_step_commands(CLI::App& order, Context& context, const std::string& tenant);
void add_promote_command(CLI::App& tenant, Context& context);  // tenant promote
void add_operator_commands(CLI::App& app, Context& context);   // whoami, approval, break-glass
// tenant add, life, activate, suspend, resume; `tenant` is that command.
void add_life_commands(CLI::App& tenant, Context& context);
void add_exit_command(CLI::App& tenant, Context& context);     // tenant exit
void add_move_command(CLI::App& tenant, Context& context);     // tenant move
void add_onboard_command(CLI::App& tenant, Context& context);  // tenant onboard
void add_history_commands(CLI::App& app, Context& context);    // events, audit, story
void add_route_commands(CLI::App& app, Context& context);      // route
void add_host_commands(CLI::App& app, Context& context);       // status, explain, doctor

// An order's answer: its code on standard output, the rest on standard error.
void show_order(Context& context, const nlohmann::ordered_json& answer);
// apply_command.cc
void apply_file(Context& context, const std::string& tenant, const std::string& file, bool dry_run);

struct QuarantineWish {
  std::string tenant, iccid, reason;
  bool spent = false;  // Unavailable, else Available
};
void release_quarantine(Context& context, const QuarantineWish& wish);  // operator_commands.cc

// A file's octets. "berthctl.file" names it.
Result<Bytes> read_file(const std::string& path, std::size_t max_bytes);

}  // namespace berth::berthctl
