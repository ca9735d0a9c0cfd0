// berthctl: the operator's command. A client of the operator API and nothing else: it opens no
// ledger and no key store.

#include <cstdlib>
#include <iostream>

#include "tools/berthctl/commands.h"

int main(int argc, char** argv) {
  using namespace berth::berthctl;
  Context context;
  CLI::App app{"The operator's command for a Berth host."};
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--socket", context.socket, "Operator socket of the host")
      ->envname("BERTH_SOCKET")
      ->default_val("./run/operator.sock");
  app.add_flag("--json", context.json, "Print the host's answer as JSON");
  add_pki_commands(app, context);
  add_tenant_commands(app, context);
  add_order_command(app, context);
  add_history_commands(app, context);
  add_host_commands(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kExitOk : kExitUsage;
  } catch (const std::exception& e) {
    std::cerr << "berthctl: the host's answer has another shape than expected (" << e.what()
              << "); do berthctl and berthd have the same version?\n";
    return kExitRefused;
  }
  return context.exit_code;
}
