#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "tools/berthctl/commands.h"
#include "tools/berthctl/output.h"
#include "tools/berthctl/promotion.h"
#include "tools/berthctl/usage.h"

namespace berth::berthctl {
namespace {

// What a tenant has in the common host's ledger stays there, unless it is moved after this.
Result<void> check_nothing_to_lose(const Context& context, const std::string& tenant) {
  BERTH_TRY(page, context.client().get("/v1/tenants/" + percent_encode(tenant) +
                                       "/profiles?max=1&after="));
  if (page.at("profiles").empty()) return {};
  return Error(ErrorCode::kFailedPrecondition, "berthctl.promote_live",
               "'" + tenant +
                   "' has profiles here, which a new host of its own would not have: its codes "
                   "would end and its notifications be refused. Make the folder with --for-move, "
                   "then move the tenant (berthctl tenant move)");
}

void promote(Context& context, const PromotionWish& wish) {
  if (!wish.for_move) {
    if (const auto checked = check_nothing_to_lose(context, wish.tenant); !checked) {
      return context.fail(checked.error());
    }
  }
  SystemRandom random;
  const auto plan = plan_promotion(wish, random);
  if (!plan) return context.fail(plan.error());
  if (const auto written = write(*plan); !written) return context.fail(written.error());
  if (context.json) {
    nlohmann::ordered_json files = nlohmann::ordered_json::array();
    for (const auto& [name, text] : plan->files) files.push_back(name);
    std::cout << nlohmann::ordered_json{{"folder", plan->folder.string()}, {"files", files}}.dump(2)
              << '\n';
    return;
  }
  std::cout << "written below " << plan->folder.string() << ":\n";
  for (const auto& [name, text] : plan->files) std::cout << "  " << name << '\n';
  std::cout << "next: start it (deploy/supervise " << plan->folder.string()
            << ", or berthd@), give it its own keys and certificates (smdp is empty), then "
            << (wish.for_move ? "stop it, berthctl tenant move " + wish.tenant + " --to " +
                                    plan->folder.string() + ", start it, "
                              : std::string())
            << "put common/" << wish.tenant
            << ".json in the place of the tenant's file at the common host, restart "
            << "that and reload the door (SIGHUP)\n";
}

}  // namespace

void add_promote_command(CLI::App& tenant, Context& context) {
  CLI::App* command =
      tenant.add_subcommand("promote", "Write the files of a host of its own for a shared tenant");
  const auto wish = std::make_shared<PromotionWish>();
  command->add_option("ID", wish->tenant, "Tenant")->required()->check(not_blank());
  command->add_option("--config", wish->host_file, "The common host's configuration file")
      ->required();
  command->add_option("--to", wish->folder, "Folder of the host to be; made here")->required();
  command->add_flag("--for-move", wish->for_move,
                    "For a tenant that has profiles: its ledger is moved there later");
  command->callback([&context, wish] { promote(context, *wish); });
}

}  // namespace berth::berthctl
