// A tenant's move to a host of its own, step by step, and back.

#include <filesystem>
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

struct Wish {
  std::string tenant, folder, reason;
  bool end_downloads = false;
  bool plan = false;
  bool hand_over = false;
  bool abort = false;
  bool take_back = false;
};

Result<ordered_json> ask(const Context& context, const Wish& wish) {
  const std::string address = "/v1/moves/" + percent_encode(wish.tenant);
  const std::string folder =
      wish.folder.empty() ? "" : std::filesystem::absolute(wish.folder).lexically_normal().string();
  if (wish.hand_over) return context.client().post(address + "/hand-over", json::object());
  if (wish.abort) return context.client().post(address + "/abort", json::object());
  if (wish.take_back) {
    return context.client().post(address + "/take-back", json{{"reason", wish.reason}});
  }
  if (!folder.empty() && !wish.plan) {
    return context.client().post(
        address + "/start",
        json{{"folder", folder}, {"endDownloads", wish.end_downloads}, {"reason", wish.reason}});
  }
  return context.client().get(address + "?folder=" + percent_encode(folder));
}

void run(Context& context, const Wish& wish) {
  if ((!wish.folder.empty() && !wish.plan && wish.reason.empty()) ||
      (wish.take_back && wish.reason.empty())) {
    std::cerr << "berthctl: say why (--reason), it is kept in the history\n";
    context.exit_code = kExitUsage;
    return;
  }
  const auto answer = ask(context, wish);
  if (!answer) return context.fail(answer.error());
  std::cout << (context.json ? answer->dump(2) + "\n" : properties(*answer));
  if (answer->value("state", "") == "failed") context.exit_code = kExitRefused;
}

}  // namespace

void add_move_command(CLI::App& tenant, Context& context) {
  CLI::App* command = tenant.add_subcommand(
      "move", "Move a tenant with all it has to a host of its own, or take it back");
  const auto wish = std::make_shared<Wish>();
  command->add_option("ID", wish->tenant, "Tenant")->required()->check(not_blank());
  CLI::Option* to = command->add_option(
      "--to", wish->folder, "Close and copy it to the host in this folder (tenant promote)");
  command->add_flag("--plan", wish->plan, "Tell what keeps it from there, and change nothing")
      ->needs(to);
  command
      ->add_flag("--end-downloads", wish->end_downloads,
                 "Downloads that are going on begin anew there")
      ->needs(to);
  CLI::Option* over =
      command->add_flag("--hand-over", wish->hand_over, "From now on it is the other host's");
  CLI::Option* abort = command->add_flag("--abort", wish->abort, "Serve it as before");
  CLI::Option* back =
      command->add_flag("--take-back", wish->take_back, "Bring it back with what came about there");
  command->add_option("--reason", wish->reason, "Why")->check(not_blank());
  to->excludes(over)->excludes(abort)->excludes(back);
  over->excludes(abort)->excludes(back);
  abort->excludes(back);
  command->callback([&context, wish] { run(context, *wish); });
}

}  // namespace berth::berthctl
