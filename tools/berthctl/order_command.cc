#include <termios.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "kernel/base/random.h"
#include "tools/berthctl/commands.h"
#include "tools/berthctl/output.h"
#include "tools/berthctl/qr.h"
#include "tools/berthctl/usage.h"

namespace berth::berthctl {
namespace {

struct Order {
  std::string tenant, type, iccid, eid, matching_id, confirmation_code, identifier, correlation;
  bool with_confirmation_code = false;  // given, be it empty
  std::string expires;
  bool default_use = false, not_released = false;
  bool qr = false;
};

// A line of standard input, unseen when a person types it.
std::string read_secret_line() {
  const bool typed = ::isatty(STDIN_FILENO) == 1;
  termios before{};
  if (typed) {
    std::cerr << "Confirmation code: ";
    ::tcgetattr(STDIN_FILENO, &before);
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &silent);
  }
  std::string line;
  std::getline(std::cin, line);
  if (typed) {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
    std::cerr << '\n';
  }
  return line;
}

// A code that was asked for and came out empty must not become an order that anybody can download.
std::string confirmation_code_of(const Order& order) {
  // The parser takes the next word, whatever it is, for the code.
  if (order.confirmation_code.starts_with("--")) {
    throw CLI::ValidationError("--confirmation-code has no code behind it; nothing was ordered");
  }
  const std::string code =
      order.confirmation_code == "-" ? read_secret_line() : order.confirmation_code;
  if (is_blank(code)) {
    throw CLI::ValidationError("the confirmation code is empty; nothing was ordered");
  }
  return code;
}

nlohmann::json to_body(const Order& order) {
  nlohmann::json body;
  SystemRandom random;
  body["identifier"] = order.identifier.empty() ? random.uuid() : order.identifier;
  const auto add = [&body](const char* name, const std::string& value) {
    if (!value.empty()) body[name] = value;
  };
  add("profileType", order.type);
  add("iccid", order.iccid);
  add("eid", order.eid);
  add("matchingId", order.matching_id);
  add("correlationId", order.correlation);
  add("expiresAt", order.expires);
  if (order.default_use) body["defaultUse"] = true;
  if (order.not_released) body["release"] = false;
  if (order.with_confirmation_code) body["confirmationCode"] = confirmation_code_of(order);
  return body;
}

void place_order(Context& context, const Order& order) {
  if (order.type.empty() && order.iccid.empty()) {
    throw CLI::ValidationError("order wants --type or --iccid; nothing was ordered");
  }
  const auto answer = context.client().post(
      "/v1/tenants/" + percent_encode(order.tenant) + "/orders", to_body(order));
  if (!answer) return context.fail(answer.error());
  const std::string code = "LPA:" + answer->at("activationCode").get<std::string>();
  show_order(context, *answer);
  if (!order.qr) return;
  const Result<std::string> drawn = qr_text(code);
  if (!drawn) return context.fail(drawn.error());
  (context.json ? std::cerr : std::cout) << *drawn;
}

}  // namespace

void add_order_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "order", "Order a profile; prints its activation code. Or: a later step of an order");
  command->require_subcommand(0, 1);
  const auto order = std::make_shared<Order>();
  CLI::Option* tenant =
      command->add_option("--tenant", order->tenant, "Tenant")->required()->check(not_blank());
  command->add_option("--type", order->type, "Any available profile of this type")
      ->check(not_blank());
  command->add_option("--iccid", order->iccid, "This profile")->check(not_blank());
  command->add_option("--eid", order->eid, "Only this eUICC may download it")->check(not_blank());
  command->add_option("--matching-id", order->matching_id, "Instead of a generated one")
      ->check(not_blank());
  const CLI::Option* code =
      command->add_option("--confirmation-code", order->confirmation_code,
                          "The subscriber must enter it; - reads it from standard input");
  command
      ->add_option("--id", order->identifier,
                   "Your own id of this call: repeating it returns the same order")
      ->check(not_blank());
  command->add_option("--correlation-id", order->correlation, "Shown in every event of the order")
      ->check(not_blank());
  command->add_flag("--default-use", order->default_use,
                    "No code: the eUICC of --eid asks by its EID alone");
  command->add_flag("--not-released", order->not_released, "Until: order release");
  command->add_option("--expires", order->expires, "Ends then: 2026-05-07T08:41:23Z")
      ->check(not_blank());
  command->add_flag("--qr", order->qr, "Draw the QR code as well");
  const std::vector<CLI::Option*> own = command->get_options();
  add_order_step_commands(*command, context, order->tenant);
  // Given before or behind a step, an option of the plain order would be dropped in silence.
  for (CLI::App* step : command->get_subcommands(nullptr)) {
    for (CLI::Option* option : own) {
      if (option != tenant && option != command->get_help_ptr()) step->excludes(option);
    }
  }
  command->callback([&context, command, order, code] {
    if (!command->get_subcommands().empty()) return;
    order->with_confirmation_code = code->count() > 0;
    place_order(context, *order);
  });
}

}  // namespace berth::berthctl
