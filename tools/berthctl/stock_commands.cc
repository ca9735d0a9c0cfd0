// berthctl profile-type and report.

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "tools/berthctl/commands.h"
#include "tools/berthctl/output.h"
#include "tools/berthctl/usage.h"

namespace berth::berthctl {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMaxDocument = 64 * 1024;

struct Wish {
  std::string tenant, name, state = "dead";
  std::string address(const char* rest) const {
    return "/v1/tenants/" + percent_encode(tenant) + "/" + rest;
  }
};

std::string text(const ordered_json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return {};
  return printable(found->is_string() ? found->get<std::string>() : found->dump());
}

void define_type(Context& context, const Wish& wish) {
  const Result<Bytes> octets = read_file(wish.name, kMaxDocument);
  if (!octets) return context.fail(octets.error());
  const auto document = nlohmann::json::parse(as_text(*octets), nullptr, false);
  const auto name = document.is_object() ? document.find("name") : document.end();
  if (!document.is_object() || name == document.end() || !name->is_string()) {
    return context.fail(Error(ErrorCode::kInvalidArgument, "berthctl.file",
                              wish.name + " is no JSON object with a 'name'"));
  }
  const std::string type = *name;
  const auto answer =
      context.client().put(wish.address("profile-types/") + percent_encode(type), document);
  if (!answer) return context.fail(answer.error());
  if (context.json) {
    std::cout << answer->dump(2) << '\n';
  } else {
    std::cout << "profile type " << printable(type)
              << (answer->at("changed").get<bool>() ? " is defined\n" : " is unchanged\n");
  }
}

void list_types(Context& context, const Wish& wish) {
  const auto answer = context.client().get(wish.address("profile-types?max=1000"));
  if (!answer) return context.fail(answer.error());
  if (context.json) {
    std::cout << answer->dump(2) << '\n';
    return;
  }
  std::vector<std::vector<std::string>> rows{{"TYPE", "PROVIDER", "NAME", "REUSE", "CHANGED"}};
  for (const ordered_json& one : answer->at("profileTypes")) {
    rows.push_back({text(one, "name"), text(one, "serviceProviderName"), text(one, "profileName"),
                    text(one, "reuse"), text(one, "changedAt")});
  }
  std::cout << table(rows);
}

void show_type(Context& context, const Wish& wish) {
  const auto answer =
      context.client().get(wish.address("profile-types/") + percent_encode(wish.name));
  if (!answer) return context.fail(answer.error());
  std::cout << (context.json ? answer->dump(2) + "\n" : properties(*answer));
}

void list_reports(Context& context, const Wish& wish) {
  const auto answer =
      context.client().get(wish.address("reports?max=1000&state=") + percent_encode(wish.state));
  if (!answer) return context.fail(answer.error());
  if (context.json) {
    std::cout << answer->dump(2) << '\n';
    return;
  }
  std::vector<std::vector<std::string>> rows{
      {"REPORT", "ICCID", "POINT", "TRIES", "SINCE", "PROBLEM"}};
  for (const ordered_json& one : answer->at("reports")) {
    rows.push_back({text(one, "reportId"), text(one, "iccid"), text(one, "point"),
                    text(one, "tries"), text(one, "createdAt"), text(one, "problem")});
  }
  std::cout << table(rows);
}

void retry_report(Context& context, const Wish& wish) {
  const auto answer = context.client().post(
      wish.address("reports/") + percent_encode(wish.name) + "/retry", nlohmann::json::object());
  if (!answer) return context.fail(answer.error());
  std::cout << (context.json ? answer->dump(2) + "\n" : "it is due again\n");
}

using Action = void (*)(Context&, const Wish&);

CLI::App* add(CLI::App& family, const char* name, const char* description, Context& context,
              const std::shared_ptr<Wish>& wish, Action action) {
  CLI::App* command = family.add_subcommand(name, description);
  command->add_option("--tenant", wish->tenant, "Tenant")->required()->check(not_blank());
  command->callback([&context, wish, action] { action(context, *wish); });
  return command;
}

}  // namespace

void add_stock_commands(CLI::App& app, Context& context) {
  CLI::App* types = app.add_subcommand("profile-type", "What the profiles of one kind share");
  types->require_subcommand(1);
  const auto wish = std::make_shared<Wish>();
  add(*types, "define", "Define or change one, from a JSON file", context, wish, define_type)
      ->add_option("FILE", wish->name, "JSON document")
      ->required()
      ->check(not_blank());
  add(*types, "list", "Those that are defined", context, wish, list_types);
  add(*types, "show", "One of them", context, wish, show_type)
      ->add_option("NAME", wish->name, "Its name")
      ->required()
      ->check(not_blank());

  CLI::App* reports = app.add_subcommand("report", "Progress reports to the operator");
  reports->require_subcommand(1);
  add(*reports, "list", "Those in one state, oldest first", context, wish, list_reports)
      ->add_option("--state", wish->state, "pending, delivered, refused or dead (default)")
      ->check(CLI::IsMember({"pending", "delivered", "refused", "dead"}));
  add(*reports, "retry", "Send one again that was given up", context, wish, retry_report)
      ->add_option("ID", wish->name, "Report id")
      ->required()
      ->check(not_blank());
}

}  // namespace berth::berthctl
