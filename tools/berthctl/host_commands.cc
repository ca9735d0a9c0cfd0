#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "tools/berthctl/commands.h"
#include "tools/berthctl/output.h"

namespace berth::berthctl {
namespace {

void show_status(Context& context) {
  const auto status = context.client().get("/v1/status");
  if (!status) return context.fail(status.error());
  std::cout << (context.json ? status->dump(2) + "\n" : properties(*status));
}

void explain(Context& context, const std::string& pair) {
  const auto meaning = context.client().get("/v1/explain?pair=" + percent_encode(pair));
  if (!meaning) return context.fail(meaning.error());
  std::cout << (context.json ? meaning->dump(2) + "\n" : explain_text(*meaning));
}

void run_doctor(Context& context) {
  const auto report = context.client().get("/v1/doctor");
  if (!report) return context.fail(report.error());
  std::cout << (context.json ? report->dump(2) + "\n" : doctor_text(*report, stdout_is_terminal()));
  if (report->at("red").get<bool>()) context.exit_code = kExitRefused;
}

}  // namespace

void add_host_commands(CLI::App& app, Context& context) {
  app.add_subcommand("status", "Version, address, since when")->callback([&context] {
    show_status(context);
  });
  CLI::App* explained = app.add_subcommand("explain", "What a status code pair of SGP.22 means");
  const auto pair = std::make_shared<std::string>();
  explained->add_option("PAIR", *pair, "Subject and reason code, as in 8.2.6/3.8")->required();
  explained->callback([&context, pair] { explain(context, *pair); });
  app.add_subcommand("doctor", "Is this host fit to serve? Exit code 1 when something is red")
      ->callback([&context] { run_doctor(context); });
}

}  // namespace berth::berthctl
