// tenant limits show, set; tls show, reload: what a running host enforces and shows.

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

std::string address(const std::string& tenant) {
  return "/v1/tenants/" + percent_encode(tenant) + "/limits";
}

void show_limits(Context& context, const Result<ordered_json>& answer) {
  if (!answer) return context.fail(answer.error());
  if (context.json) {
    std::cout << answer->dump(2) << '\n';
    return;
  }
  std::vector<std::vector<std::string>> rows{
      {"LIMIT", "VALUE", "IN USE", "ALLOWED", "REFUSED", "LAST REFUSED", ""}};
  for (const ordered_json& one : answer->at("limits")) {
    const bool changed = one.at("value") != one.at("configured");
    std::string note = one.at("blocked").get<bool>() ? "blocks" : "";
    if (changed) note += (note.empty() ? "" : ", ") + ("file: " + one.at("configured").dump());
    rows.push_back({one.at("name"), one.at("value").dump(),
                    one.contains("inUse") ? one.at("inUse").dump() : "", one.at("allowed").dump(),
                    one.at("refused").dump(), one.value("lastRefusedAt", std::string()), note});
  }
  std::cout << table(rows);
  if (!answer->contains("afterRestart")) return;
  const ordered_json& after = answer->at("afterRestart");
  std::cerr << after.at("note").get<std::string>() << "\n"
            << printable(after.at("file").get<std::string>()) << ": " << after.at("members").dump()
            << '\n';
}

// "downloadsPerSecond=50", "objects=default". The host knows the names and the bounds.
Result<json> wanted(const std::vector<std::string>& words) {
  json body = json::object();
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const std::string text = equals == std::string::npos ? "" : word.substr(equals + 1);
    const auto number = whole_number(text);
    const bool good = !name.empty() && (number || text == "default") && !body.contains(name);
    if (!good) {
      return Error(ErrorCode::kInvalidArgument, "berthctl.usage",
                   "'" + printable(word) +
                       "' is not NAME=NUMBER or NAME=default, each name once; berthctl tenant "
                       "limits show has the names");
    }
    body[name] = number ? json(*number) : json(nullptr);
  }
  return body;
}

void set_limits(Context& context, const std::string& tenant,
                const std::vector<std::string>& words) {
  const auto body = wanted(words);
  if (!body) {
    context.fail(body.error());
    context.exit_code = kExitUsage;
    return;
  }
  show_limits(context, context.client().post(address(tenant), *body));
}

void show_certificates(Context& context, const Result<ordered_json>& answer) {
  if (!answer) return context.fail(answer.error());
  if (context.json) {
    std::cout << answer->dump(2) << '\n';
    return;
  }
  std::vector<std::vector<std::string>> rows{{"REALM", "VALID UNTIL", "SHA-256"}};
  for (const ordered_json& one : answer->at("certificates")) {
    rows.push_back({one.at("realm"), one.at("notAfter"), one.at("sha256")});
  }
  std::cout << table(rows);
}

}  // namespace

void add_limit_commands(CLI::App& tenant, Context& context) {
  CLI::App* limits = tenant.add_subcommand("limits", "How much of the host a tenant may use");
  limits->require_subcommand(1);
  CLI::App* show = limits->add_subcommand("show", "Each limit, what is used, what was refused");
  const auto of = std::make_shared<std::string>();
  show->add_option("--tenant", *of, "Tenant")->required()->check(not_blank());
  show->callback([&context, of] { show_limits(context, context.client().get(address(*of))); });
  CLI::App* set = limits->add_subcommand("set", "Changes limits while the host serves");
  const auto id = std::make_shared<std::string>();
  const auto words = std::make_shared<std::vector<std::string>>();
  set->add_option("--tenant", *id, "Tenant")->required()->check(not_blank());
  set->add_option("LIMIT", *words, "NAME=NUMBER, or NAME=default for what the files say")
      ->required();
  set->callback([&context, id, words] { set_limits(context, *id, *words); });
}

void add_tls_commands(CLI::App& app, Context& context) {
  CLI::App* tls = app.add_subcommand("tls", "The certificates that the doors show");
  tls->require_subcommand(1);
  tls->add_subcommand("show", "What each realm shows now")->callback([&context] {
    show_certificates(context, context.client().get("/v1/tls"));
  });
  tls->add_subcommand("reload", "Reads the certificate files again; connections stay")
      ->callback([&context] {
        show_certificates(context, context.client().post("/v1/tls/reload", json::object()));
      });
}

}  // namespace berth::berthctl
