#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "kernel/base/secret_bytes.h"
#include "tools/berthctl/commands.h"
#include "tools/berthctl/output.h"
#include "tools/berthctl/personalise_file.h"
#include "tools/berthctl/usage.h"

namespace berth::berthctl {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kMaxPackageBytes = 1024 * 1024;
constexpr int kPage = 500;

void list_tenants(Context& context) {
  const auto answer = context.client().get("/v1/tenants");
  if (!answer) return context.fail(answer.error());
  if (context.json) {
    std::cout << answer->dump(2) << '\n';
    return;
  }
  std::vector<std::vector<std::string>> rows{{"TENANT", "REALM", "EID POLICY", "ALARMS", "NAME"}};
  for (const ordered_json& one : answer->at("tenants")) {
    rows.push_back({one.at("id"), one.at("realm"), one.at("eidPolicy"), one.at("alarms").dump(),
                    printable(one.at("displayName").get<std::string>())});
  }
  std::cout << table(rows);
}

void show_tenant(Context& context, const std::string& tenant) {
  const auto answer = context.client().get("/v1/tenants/" + percent_encode(tenant));
  if (!answer) return context.fail(answer.error());
  std::cout << (context.json ? answer->dump(2) + "\n" : properties(*answer));
}

void show_data_keys(Context& context, const Result<ordered_json>& answer) {
  if (!answer) return context.fail(answer.error());
  if (context.json) {
    std::cout << answer->dump(2) << '\n';
    return;
  }
  const auto said = [](const ordered_json& fact) { return fact.get<bool>() ? "yes" : "no"; };
  std::vector<std::vector<std::string>> rows{
      {"KEY", "MADE", "OPENS", "READY FOR NEXT", "SWITCHED"}};
  for (const ordered_json& key : answer->at("dataKeys")) {
    rows.push_back({key.at("keyId").dump(), key.at("createdAt"), said(key.at("opens")),
                    said(key.at("readyForNext")), said(key.at("switched"))});
  }
  std::cout << table(rows);
}

// The two commands about data keys.
void add_data_key_commands(CLI::App& tenant, Context& context) {
  const auto address = [](const std::string& id) {
    return "/v1/tenants/" + percent_encode(id) + "/data-keys";
  };
  CLI::App* show = tenant.add_subcommand("data-keys", "How a tenant's data keys are wrapped");
  const auto id = std::make_shared<std::string>();
  show->add_option("--tenant", *id, "Tenant")->required()->check(not_blank());
  show->callback(
      [&context, id, address] { show_data_keys(context, context.client().get(address(*id))); });
  CLI::App* rewrap = tenant.add_subcommand(
      "rewrap-keys", "Wrap a tenant's data keys for the HSM or key that comes next");
  const auto of = std::make_shared<std::string>();
  const auto finish = std::make_shared<bool>(false);
  rewrap->add_option("--tenant", *of, "Tenant")->required()->check(not_blank());
  rewrap->add_flag("--finish", *finish, "The switch is done: drop the wrapping from before");
  rewrap->callback([&context, of, finish, address] {
    show_data_keys(context,
                   context.client().post(address(*of) + "/rewrap", json{{"finish", *finish}}));
  });
}

struct Import {
  std::string tenant, type, provider, name, owner, gid1, gid2, personalise, file;
};

Result<json> import_body(const Import& import) {
  BERTH_TRY(package, read_file(import.file, kMaxPackageBytes));
  json body{{"package", to_base64(package)}, {"profileType", import.type}};
  wipe(package);  // it holds the subscriber's keys
  if (!import.provider.empty()) body["serviceProviderName"] = import.provider;
  if (!import.name.empty()) body["profileName"] = import.name;
  if (!import.owner.empty()) body["mccMnc"] = import.owner;
  if (!import.gid1.empty()) body["gid1"] = import.gid1;
  if (!import.gid2.empty()) body["gid2"] = import.gid2;
  return body;
}

void show_import(const ordered_json& answer) {
  std::cout << "imported " << answer.at("iccid").get<std::string>() << " (SAIP "
            << answer.at("saipVersion").get<std::string>() << ", " << answer.at("elements").size()
            << " elements)\n";
}

void import_package(Context& context, const std::string& target, const json& body) {
  const auto answer = context.client().post(target, body);
  if (!answer) return context.fail(answer.error());
  if (context.json) {
    std::cout << answer->dump(2) << '\n';
    return;
  }
  show_import(*answer);
  std::vector<std::vector<std::string>> rows;
  for (const ordered_json& element : answer->at("elements")) {
    rows.push_back({"  " + element.at("name").get<std::string>(),
                    element.at("bytes").dump() + " octets",
                    element.at("mandated") ? "mandated" : ""});
  }
  std::cout << table(rows);
}

// One profile each; what fails is told with its place and does not keep the rest from it.
void import_each(Context& context, const std::string& target, json body, const json& subscribers) {
  ordered_json answers = ordered_json::array();
  for (std::size_t i = 0; i < subscribers.size(); ++i) {
    body["personalisation"] = subscribers[i];
    auto answer = context.client().post(target, body);
    if (!answer) {
      context.fail(std::move(answer).error().within("subscriber " + std::to_string(i + 1)));
      if (context.exit_code == kExitNoConnection) break;
      continue;
    }
    if (!context.json) show_import(*answer);
    answers.push_back(*std::move(answer));
  }
  if (context.json) std::cout << answers.dump(2) << '\n';
}

void import_profile(Context& context, const Import& import) {
  const auto body = import_body(import);
  if (!body) return context.fail(body.error());
  const std::string target = "/v1/tenants/" + percent_encode(import.tenant) + "/profiles";
  if (import.personalise.empty()) return import_package(context, target, *body);
  const auto subscribers = read_personalise_file(import.personalise);
  if (!subscribers) return context.fail(subscribers.error());
  import_each(context, target, *body, *subscribers);
}

void list_profiles(Context& context, const std::string& tenant) {
  std::vector<std::vector<std::string>> rows{{"ICCID", "STATE", "TYPE", "NAME", "CHANGED"}};
  ordered_json all = ordered_json::array();
  for (std::string after;;) {
    const auto page = context.client().get("/v1/tenants/" + percent_encode(tenant) +
                                           "/profiles?max=" + std::to_string(kPage) +
                                           "&after=" + percent_encode(after));
    if (!page) return context.fail(page.error());
    for (const ordered_json& one : page->at("profiles")) {
      rows.push_back({one.at("iccid"), one.at("state"),
                      printable(one.at("profileType").get<std::string>()),
                      printable(one.at("profileName").get<std::string>()), one.at("changedAt")});
      all.push_back(one);
    }
    if (page->at("profiles").size() < kPage) break;
    after = page->at("next");
  }
  std::cout << (context.json ? all.dump(2) + "\n" : table(rows));
}

void add_release_command(CLI::App& profile, Context& context) {
  CLI::App* release = profile.add_subcommand(
      "release-quarantine", "For a card that will never speak again; takes two people");
  const auto wish = std::make_shared<QuarantineWish>();
  release->add_option("ICCID", wish->iccid, "Of the profile")->required()->check(not_blank());
  release->add_option("--tenant", wish->tenant, "Tenant")->required()->check(not_blank());
  release->add_option("--reason", wish->reason, "How you know that no card has it")
      ->required()
      ->check(not_blank());
  release->add_flag("--unavailable", wish->spent, "Not to be ordered again");
  release->callback([&context, wish] { release_quarantine(context, *wish); });
}

}  // namespace

void add_tenant_commands(CLI::App& app, Context& context) {
  CLI::App* tenant = app.add_subcommand("tenant", "Who is at berth here");
  tenant->require_subcommand(1);
  tenant->add_subcommand("list", "All tenants")->callback([&context] { list_tenants(context); });
  CLI::App* show = tenant->add_subcommand("show", "One tenant");
  const auto id = std::make_shared<std::string>();
  show->add_option("ID", *id, "Tenant")->required()->check(not_blank());
  show->callback([&context, id] { show_tenant(context, *id); });
  add_data_key_commands(*tenant, context);
  add_life_commands(*tenant, context);
  add_onboard_command(*tenant, context);
  add_exit_command(*tenant, context);
  add_move_command(*tenant, context);
  add_promote_command(*tenant, context);
  add_limit_commands(*tenant, context);

  CLI::App* profile = app.add_subcommand("profile", "A tenant's stock of profiles");
  profile->require_subcommand(1);
  CLI::App* import = profile->add_subcommand("import", "Validate a package and take it into stock");
  const auto given = std::make_shared<Import>();
  import->add_option("--tenant", given->tenant, "Tenant")->required()->check(not_blank());
  import->add_option("--type", given->type, "The operator's name for this kind")->required();
  import
      ->add_option("--provider", given->provider,
                   "Service provider, as phones show; left out when the type is defined")
      ->check(not_blank());
  import
      ->add_option("--name", given->name,
                   "Profile name, as phones show; left out when the type is defined")
      ->check(not_blank());
  import->add_option("--owner", given->owner, "MCC and MNC of the profile owner")
      ->check(not_blank());
  import->add_option("--gid1", given->gid1, "GID1 of the owner, hexadecimal")->check(not_blank());
  import->add_option("--gid2", given->gid2, "GID2 of the owner, hexadecimal")->check(not_blank());
  import
      ->add_option("--personalise", given->personalise,
                   "JSON file of one subscriber's values or a list of them; FILE is the template")
      ->check(not_blank());
  import->add_option("FILE", given->file, "Unprotected profile package (DER)")->required();
  import->callback([&context, given] { import_profile(context, *given);
});
CLI::App* list = profile->add_subcommand("list", "All profiles of a tenant");
const auto of = std::make_shared<std::string>();
list->add_option("--tenant", *of, "Tenant")->required()->check(not_blank());
list->callback([&context, of] { list_profiles(context, *of); });
add_release_command(*profile, context);
}  // namespace berth::berthctl

}  // namespace berth::berthctl
