// berthctl order cancel, release, reorder, apply: what comes after, or instead of, a plain order.

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "kernel/base/random.h"
#include "tools/berthctl/commands.h"
#include "tools/berthctl/output.h"
#include "tools/berthctl/usage.h"

namespace berth::berthctl {
namespace {

struct Step {
  std::string key, identifier, eid, matching_id, confirmation_code, correlation;
  bool unavailable = false, keep_code = false, default_use = false;
};

nlohmann::json step_body(const Step& step) {
  SystemRandom random;
  return {{"identifier", step.identifier.empty() ? random.uuid() : step.identifier}};
}

std::string address(const std::string& tenant, const Step& step, const char* action) {
  return "/v1/tenants/" + percent_encode(tenant) + "/orders/" + percent_encode(step.key) + "/" +
         action;
}

void show_state(Context& context, const Result<nlohmann::ordered_json>& answer) {
  if (!answer) return context.fail(answer.error());
  if (context.json) {
    std::cout << answer->dump(2) << '\n';
    return;
  }
  std::cout << "order " << printable(answer->at("orderId").get<std::string>()) << ", profile "
            << printable(answer->at("iccid").get<std::string>()) << " is "
            << printable(answer->at("state").get<std::string>()) << '\n';
}

void place_again(Context& context, const std::string& tenant, const Step& step) {
  nlohmann::json body = step_body(step);
  const auto add = [&body](const char* name, const std::string& value) {
    if (!value.empty()) body[name] = value;
  };
  add("eid", step.eid);
  add("matchingId", step.matching_id);
  add("confirmationCode", step.confirmation_code);
  add("correlationId", step.correlation);
  if (step.keep_code) body["keepConfirmationCode"] = true;
  if (step.default_use) body["defaultUse"] = true;
  const auto answer = context.client().post(address(tenant, step, "reorder"), body);
  if (!answer) return context.fail(answer.error());
  show_order(context, *answer);
}

CLI::App* step_command(CLI::App& order, const char* name, const char* description,
                       const std::shared_ptr<Step>& step) {
  CLI::App* command = order.add_subcommand(name, description);
  command->add_option("KEY", step->key, "Order id or ICCID")->required()->check(not_blank());
  command->add_option("--id", step->identifier, "Your own id of this call: repeating it is safe")
      ->check(not_blank());
  return command;
}

}  // namespace

void show_order(Context& context, const nlohmann::ordered_json& answer) {
  if (context.json) {
    std::cout << answer.dump(2) << '\n';
    return;
  }
  std::cout << "LPA:" << answer.at("activationCode").get<std::string>() << '\n';
  std::cerr << "order " << answer.at("orderId").get<std::string>() << ", profile "
            << answer.at("iccid").get<std::string>() << ", until "
            << answer.at("expiresAt").get<std::string>() << '\n';
}

void add_order_step_commands(CLI::App& order, Context& context, const std::string& tenant) {
  const auto cancelled = std::make_shared<Step>();
  CLI::App* cancel = step_command(order, "cancel", "End an order before its download", cancelled);
  cancel->add_flag("--unavailable", cancelled->unavailable,
                   "Take the profile out of stock for good; else it may be ordered again");
  cancel->callback([&context, &tenant, cancelled] {
    nlohmann::json body = step_body(*cancelled);
    body["profile"] = cancelled->unavailable ? "Unavailable" : "Available";
    show_state(context, context.client().post(address(tenant, *cancelled, "cancel"), body));
  });

  const auto released = std::make_shared<Step>();
  CLI::App* release =
      step_command(order, "release", "Let an order be downloaded that was not released", released);
  release->callback([&context, &tenant, released] {
    show_state(context,
               context.client().post(address(tenant, *released, "release"), step_body(*released)));
  });

  const auto again = std::make_shared<Step>();
  CLI::App* reorder =
      step_command(order, "reorder", "Order a profile again that ended in Error", again);
  reorder->add_option("--eid", again->eid, "For this eUICC")->check(not_blank());
  reorder->add_option("--matching-id", again->matching_id, "Instead of a generated one")
      ->check(not_blank());
  reorder
      ->add_option("--confirmation-code", again->confirmation_code, "The subscriber must enter it")
      ->check(not_blank());
  reorder->add_option("--correlation-id", again->correlation, "Instead of the former order's")
      ->check(not_blank());
  reorder->add_flag("--keep-confirmation-code", again->keep_code, "The same one as before");
  reorder->add_flag("--default-use", again->default_use,
                    "No code: the eUICC asks by its EID alone");
  reorder->callback([&context, &tenant, again] { place_again(context, tenant, *again); });

  const auto file = std::make_shared<std::string>();
  const auto dry_run = std::make_shared<bool>(false);
  CLI::App* apply = order.add_subcommand(
      "apply", "Profile types, packages and orders of a file, as far as they are missing");
  apply->add_option("FILE", *file, "JSON; see the manual")->required()->check(not_blank());
  apply->add_flag("--dry-run", *dry_run, "Say what would be done");
  apply->callback(
      [&context, &tenant, file, dry_run] { apply_file(context, tenant, *file, *dry_run); });
}

}  // namespace berth::berthctl
