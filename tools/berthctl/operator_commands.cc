// Who I am to the host, what waits for a second person, and acting alone.

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

constexpr int kPage = 500;

void show(Context& context, const Result<ordered_json>& answer) {
  if (!answer) return context.fail(answer.error());
  std::cout << (context.json ? answer->dump(2) + "\n" : properties(*answer));
}

// An action that was approved and could not be done is no success.
void show_decided(Context& context, const Result<ordered_json>& answer) {
  show(context, answer);
  if (answer && answer->value("state", "") == "failed") context.exit_code = kExitRefused;
}

std::string address(const std::string& id, const char* step) {
  return "/v1/approvals/" + percent_encode(id) + step;
}

void list_approvals(Context& context, const std::string& state) {
  ordered_json all = ordered_json::array();
  std::vector<std::vector<std::string>> rows{
      {"APPROVAL", "STATE", "WHAT", "TENANT", "SUBJECT", "ASKED BY", "REASON"}};
  for (std::string after;;) {
    const auto page = context.client().get(
        "/v1/approvals?max=" + std::to_string(kPage) + "&after=" + percent_encode(after) +
        (state.empty() || state == "all" ? std::string() : "&state=" + percent_encode(state)));
    if (!page) return context.fail(page.error());
    for (const ordered_json& one : page->at("approvals")) {
      const auto text = [&](const char* name) { return printable(one.value(name, std::string())); };
      rows.push_back({text("id"), text("state"), text("kind"), text("tenant"), text("subject"),
                      text("requester"), text("reason")});
      all.push_back(one);
    }
    if (page->at("approvals").size() < kPage) break;
    after = page->at("next");
  }
  std::cout << (context.json ? all.dump(2) + "\n" : table(rows));
}

// What is approved is what was looked at: the digest goes with it.
void approve(Context& context, const std::string& id, std::string digest) {
  if (digest.empty()) {
    const auto seen = context.client().get(address(id, ""));
    if (!seen) return context.fail(seen.error());
    digest = seen->value("digest", std::string());
    if (!context.json) std::cerr << properties(*seen);
  }
  show_decided(context, context.client().post(address(id, "/approve"), json{{"digest", digest}}));
}

void add_approval_commands(CLI::App& app, Context& context) {
  CLI::App* approval = app.add_subcommand("approval", "Actions that take two people");
  approval->require_subcommand(1);
  CLI::App* list = approval->add_subcommand("list", "What waits for a second person");
  const auto state = std::make_shared<std::string>("pending");
  list->add_option("--state", *state, "pending, approved, done, failed, rejected, expired or all")
      ->capture_default_str()
      ->check(not_blank());
  list->callback([&context, state] { list_approvals(context, *state); });
  const auto id = std::make_shared<std::string>();
  const auto named = [&](const char* name, const char* what) {
    CLI::App* command = approval->add_subcommand(name, what);
    command->add_option("ID", *id, "As in approval list")->required()->check(not_blank());
    return command;
  };
  named("show", "One of them, with all it says")->callback([&context, id] {
    show(context, context.client().get(address(*id, "")));
  });
  CLI::App* approved = named("approve", "Let it happen; not what you asked for yourself");
  const auto digest = std::make_shared<std::string>();
  approved->add_option("--digest", *digest, "Only if it is this action: what you were told of it")
      ->check(not_blank());
  approved->callback([&context, id, digest] { approve(context, *id, *digest); });
  CLI::App* rejected = named("reject", "Turn it down, or take back what you asked for");
  const auto reason = std::make_shared<std::string>();
  rejected->add_option("--reason", *reason, "Why")->required()->check(not_blank());
  rejected->callback([&context, id, reason] {
    show(context, context.client().post(address(*id, "/reject"), json{{"reason", *reason}}));
  });
}

void list_grants(Context& context) {
  const auto answer = context.client().get("/v1/break-glass");
  if (!answer) return context.fail(answer.error());
  if (context.json) {
    std::cout << answer->dump(2) << '\n';
    return;
  }
  std::vector<std::vector<std::string>> rows{{"GRANT", "OPERATOR", "SINCE", "OPEN", "REASON"}};
  for (const ordered_json& one : answer->at("grants")) {
    rows.push_back({one.at("id"), printable(one.at("operator").get<std::string>()),
                    one.at("openedAt"), one.at("open").get<bool>() ? "yes" : "no",
                    printable(one.at("reason").get<std::string>())});
  }
  std::cout << table(rows);
}

void add_break_glass_commands(CLI::App& app, Context& context) {
  CLI::App* glass =
      app.add_subcommand("break-glass", "Who acts or acted alone; see --break-glass REASON");
  glass->require_subcommand(1);
  glass->add_subcommand("list", "Grants that nobody has acknowledged")->callback([&context] {
    list_grants(context);
  });
  CLI::App* acknowledge =
      glass->add_subcommand("acknowledge", "You have looked at what was done; ends the grant");
  const auto id = std::make_shared<std::string>();
  acknowledge->add_option("ID", *id, "As in break-glass list")->required()->check(not_blank());
  acknowledge->callback([&context, id] {
    show(context, context.client().post("/v1/break-glass/" + percent_encode(*id) + "/acknowledge",
                                        json::object()));
  });
}

}  // namespace

void add_operator_commands(CLI::App& app, Context& context) {
  app.add_subcommand("whoami", "What the host takes you for")->callback([&context] {
    show(context, context.client().get("/v1/whoami"));
  });
  add_approval_commands(app, context);
  add_break_glass_commands(app, context);
}

void release_quarantine(Context& context, const QuarantineWish& wish) {
  show_decided(context,
               context.client().post("/v1/tenants/" + percent_encode(wish.tenant) + "/profiles/" +
                                         percent_encode(wish.iccid) + "/release-quarantine",
                                     json{{"profile", wish.spent ? "Unavailable" : "Available"},
                                          {"reason", wish.reason}}));
}

}  // namespace berth::berthctl
