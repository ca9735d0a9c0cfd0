// berthctl: the operator's command. A client of the operator API; what needs no host (test PKIs,
// plugin signatures) works on files alone. It opens no ledger and no key store.

#include <algorithm>
#include <string_view>

#include "tools/berthctl/commands.h"
#include "tools/berthctl/usage.h"

int main(int argc, char** argv) {
  using namespace berth::berthctl;
  Context context;
  CLI::App app{"The operator's command for a Berth host."};
  app.set_version_flag("--version", "berthctl " BERTH_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--socket", context.host.socket, "Operator socket of the host")
      ->envname("BERTH_SOCKET")
      ->default_val("./run/operator.sock");
  const auto tls = [&app](const char* name, auto& value, const char* what, const char* variable) {
    app.add_option(name, value, what)->envname(variable)->check(not_blank());
  };
  tls("--host", context.host.tls_host, "name:port of the host's operatorTls, instead of a socket",
      "BERTH_HOST");
  tls("--client-cert", context.host.certificate, "Your certificate for --host (PEM)",
      "BERTH_CLIENT_CERT");
  tls("--client-key", context.host.private_key, "Its key (PEM)", "BERTH_CLIENT_KEY");
  tls("--server-ca", context.host.server_ca, "The CA of the host's certificate (PEM)",
      "BERTH_SERVER_CA");
  app.add_option("--break-glass", context.host.break_glass,
                 "Act alone for 15 minutes where two people are asked for; everybody is told why")
      ->check(not_blank());
  app.add_flag("--json", context.json, "Print the host's answer as JSON, an error too");
  add_pki_commands(app, context);
  add_plugin_commands(app, context);
  add_tenant_commands(app, context);
  add_tls_commands(app, context);
  add_order_command(app, context);
  add_stock_commands(app, context);
  add_history_commands(app, context);
  add_route_commands(app, context);
  add_host_commands(app, context);
  add_operator_commands(app, context);
  try {
    if (const auto option = option_without_value(argc, argv)) {
      throw CLI::ValidationError(*option + "= has no value; nothing was done");
    }
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {  // --help, --version
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    // The parser may have failed before it came to --json.
    context.json = std::find(argv, argv + argc, std::string_view("--json")) != argv + argc;
    context.fail(usage_error(app, e));
  } catch (const std::exception& e) {
    context.fail({berth::ErrorCode::kInternal, "berthctl.bad_answer",
                  std::string("the host's answer has another shape than expected (") + e.what() +
                      "); do berthctl and berthd have the same version?"});
  }
  return context.exit_code;
}
