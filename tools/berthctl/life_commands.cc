// A tenant's life: where it stands, and the steps from one standing to the next.

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "tools/berthctl/commands.h"
#include "tools/berthctl/output.h"
#include "tools/berthctl/usage.h"

namespace berth::berthctl {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::string address(const std::string& tenant, const char* step) {
  return "/v1/tenants/" + percent_encode(tenant) + step;
}

void show(Context& context, const Result<ordered_json>& answer) {
  if (!answer) return context.fail(answer.error());
  std::cout << (context.json ? answer->dump(2) + "\n" : properties(*answer));
}

}  // namespace

void add_life_commands(CLI::App& tenant, Context& context) {
  const auto id = std::make_shared<std::string>();
  const auto reason = std::make_shared<std::string>();
  const auto of_tenant = [&](const char* name, const char* what) {
    CLI::App* command = tenant.add_subcommand(name, what);
    command->add_option("ID", *id, "Tenant")->required()->check(not_blank());
    return command;
  };
  of_tenant("add", "Open a tenant whose file was written while the host ran")
      ->callback([&context, id] {
        show(context, context.client().post("/v1/tenants", json{{"tenant", *id}}));
      });
  of_tenant("life", "Where a tenant stands, and what it lacks for activation")
      ->callback([&context, id] { show(context, context.client().get(address(*id, "/life"))); });
  of_tenant("activate", "Serve everybody; refused with what is missing")->callback([&context, id] {
    show(context, context.client().post(address(*id, "/activate"), json::object()));
  });
  CLI::App* suspend = of_tenant("suspend", "Begin no further downloads");
  suspend->add_option("--reason", *reason, "Why")->required()->check(not_blank());
  suspend->callback([&context, id, reason] {
    show(context, context.client().post(address(*id, "/suspend"), json{{"reason", *reason}}));
  });
  of_tenant("resume", "Go on after a suspension")->callback([&context, id] {
    show(context, context.client().post(address(*id, "/resume"), json::object()));
  });
}

}  // namespace berth::berthctl
