#include "tools/berthctl/onboard.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "kernel/tenancy/configuration.h"
#include "tools/berthctl/commands.h"
#include "tools/berthctl/usage.h"

namespace berth::berthctl {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::size_t kMaxFileBytes = 16 * 1024 * 1024;

Error wrong(std::string message) {
  return {ErrorCode::kInvalidArgument, "berthctl.onboard", std::move(message)};
}

Result<ordered_json> read_object(const fs::path& file) {
  BERTH_TRY(octets, read_file(file.string(), kMaxFileBytes));
  ordered_json value = ordered_json::parse(octets, nullptr, false);
  if (!value.is_object()) return wrong(file.string() + " is no JSON object; correct it first");
  return value;
}

Result<void> write_file(const fs::path& file, const ordered_json& value) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << value.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
  out.flush();
  if (out) return {};
  return Error(ErrorCode::kUnavailable, "berthctl.file",
               file.string() + " cannot be written; nothing was changed");
}

// Files beside those they may replace, gone when they were not put in their places.
class Drafts {
 public:
  ~Drafts() {
    std::error_code ignored;
    for (const auto& [draft, target] : files_) fs::remove(draft, ignored);
  }
  Drafts() = default;
  Drafts(const Drafts&) = delete;
  Drafts& operator=(const Drafts&) = delete;

  Result<fs::path> add(const fs::path& target, const ordered_json& value) {
    fs::path draft = target;
    draft += ".onboard";
    files_.emplace_back(draft, target);
    BERTH_TRY_VOID(write_file(draft, value));
    return draft;
  }
  // Each by a rename; the tenant's file comes first, since a route alone would not load.
  Result<void> keep(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      std::error_code failed;
      fs::rename(files_[i].first, files_[i].second, failed);
      if (!failed) continue;
      return Error(ErrorCode::kUnavailable, "berthctl.file",
                   files_[i].second.string() + " cannot be replaced (" + failed.message() + ")");
    }
    return {};
  }

 private:
  std::vector<std::pair<fs::path, fs::path>> files_;
};

// The host's files as they are to be.
struct Plan {
  fs::path folder;  // of the host file
  ordered_json host;
  fs::path tenant_file;
  ordered_json tenant;
  fs::path routes_file;
  ordered_json routes;
  std::vector<std::string> tenant_files;  // those that are there
};

fs::path resolved(const fs::path& folder, const std::string& path) {
  return (folder / path).lexically_normal();
}

Result<Plan> plan_of(const fs::path& host_file, const ordered_json& document) {
  Plan plan;
  plan.folder = fs::absolute(host_file).parent_path();
  BERTH_TRY(host, read_object(host_file));
  plan.host = std::move(host);
  if (!plan.host.contains("tenants") || !plan.host.at("tenants").is_string()) {
    return wrong(host_file.string() +
                 ": tenants: onboard puts a file into the folder of the tenant files; name that "
                 "folder here instead of the files one by one");
  }
  if (!plan.host.contains("routes") || !plan.host.at("routes").is_string()) {
    return wrong(host_file.string() + ": routes: the routes file is not named");
  }
  if (!document.is_object() || !document.contains("tenantId") ||
      !document.at("tenantId").is_string() || !document.contains("route") ||
      !document.at("route").is_object()) {
    return wrong("the document needs tenantId, route and the members of a tenant file");
  }
  const auto id = TenantId::parse(document.at("tenantId").get_ref<const std::string&>());
  if (!id) return wrong("tenantId: " + id.error().message());
  const fs::path folder = resolved(plan.folder, plan.host.at("tenants").get<std::string>());
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().extension() == ".json") plan.tenant_files.push_back(entry.path().string());
  }
  if (failed) return wrong(folder.string() + " is no folder that can be read");
  plan.tenant_file = folder / (id->text() + ".json");
  if (fs::exists(plan.tenant_file, failed)) {
    return Error(ErrorCode::kAlreadyExists, "berthctl.onboard",
                 plan.tenant_file.string() + " is there already; nothing was changed");
  }
  plan.tenant = document;
  plan.tenant.erase("route");
  plan.routes_file = resolved(plan.folder, plan.host.at("routes").get<std::string>());
  BERTH_TRY(routes, read_object(plan.routes_file));
  plan.routes = std::move(routes);
  if (!plan.routes["tenantRoutes"].is_array()) {
    return wrong(plan.routes_file.string() + ": tenantRoutes is no list");
  }
  ordered_json route{{"tenantId", id->text()}};
  route.update(document.at("route"));
  plan.routes["tenantRoutes"].push_back(std::move(route));
  return plan;
}

// Everything loaded together, from the drafts.
Result<tenancy::Configuration> try_load(const Plan& plan, const fs::path& tenant,
                                        const fs::path& routes, Drafts& drafts) {
  ordered_json host = plan.host;
  host["tenants"] = plan.tenant_files;
  host["tenants"].push_back(tenant.string());
  host["routes"] = routes.string();
  BERTH_TRY(draft, drafts.add(plan.folder / "host.json", host));
  return tenancy::load_configuration(draft);
}

OnboardItem file_item(const std::string& what, const fs::path& file, const std::string& remedy) {
  std::error_code ignored;
  const bool there = fs::is_regular_file(file, ignored);
  return {what + " " + file.string(), there, there ? "" : remedy, false};
}

OnboardItem decided(const std::string& member, bool there) {
  return {member, there, there ? "" : "decide it and write it into the tenant's file", true};
}

std::vector<OnboardItem> items_of(const tenancy::TenantConfiguration& tenant,
                                  const tenancy::Route& route) {
  const std::string realm = route.activation_realm.text();
  const tenancy::TenantPolicies& policies = tenant.policies;
  std::vector<OnboardItem> items{
      file_item("certificate of " + realm, tenant.tls.certificate_chain,
                "put the PEM chain there; for a test host berthctl pki create-test makes one"),
      file_item("its key", tenant.tls.private_key, "put it there, mode 0600"),
      {"cards of the sandbox", !tenant.sandbox_eids.empty(),
       tenant.sandbox_eids.empty() ? "name them under sandbox.eids: until the tenant is activated, "
                                     "a production host serves no others"
                                   : "",
       false},
      decided("policies.riskOwner", !policies.risk_owner.empty()),
      decided("policies.custodyOwner", !policies.custody_owner.empty()),
      decided("policies.retention", policies.history_days != 0 && policies.events_days != 0 &&
                                        policies.evidence_days != 0),
      decided("policies.interception", !policies.interception.empty()),
      decided("policies.auditExport", !policies.audit_export.empty())};
  return items;
}

}  // namespace

Result<Onboarded> onboard(const fs::path& host_file, const ordered_json& document, bool dry_run) {
  BERTH_TRY(plan, plan_of(host_file, document));
  Drafts drafts;
  BERTH_TRY(tenant, drafts.add(plan.tenant_file, plan.tenant));
  BERTH_TRY(routes, drafts.add(plan.routes_file, plan.routes));
  BERTH_TRY(loaded, try_load(plan, tenant, routes, drafts));
  const TenantId id = *TenantId::parse(document.at("tenantId").get<std::string>());
  Onboarded done{plan.tenant_file, plan.routes_file,
                 items_of(loaded.tenants.at(id), *loaded.routes.by_tenant(id))};
  if (!dry_run) BERTH_TRY_VOID(drafts.keep(2));
  return done;
}

std::vector<OnboardQuestion> onboard_questions() {
  return {{"tenantId", "Id, 1 to 63 of a-z, 0-9 and '-' (for good)", true},
          {"displayName", "Name that people read", true},
          {"eidPolicy", "Cards: managed (its own only) or consumer-open (any phone)", true},
          {"activationRealm", "Realm: the host name in its activation codes", true},
          {"smdpEndpoint", "URL of its SM-DP+ (empty: https://REALM/gsma/rsp2)", false},
          {"eidPrefix", "Digits its cards' EIDs begin with (empty: it manages none)", false},
          {"mccMnc", "Its operators, MCC and MNC in 5 or 6 digits, separated by a space", true},
          {"certificateChain", "File of the realm's certificate chain (PEM)", true},
          {"privateKey", "File of its key (PEM)", true},
          {"sandboxEids", "EIDs of its test cards, separated by a space", false},
          {"riskOwner", "Who bears the commercial risk", false},
          {"custodyOwner", "Who answers for keys and packages", false},
          {"retentionDays", "Keep audit details, events and evidence how many days", false},
          {"interception", "Who answers lawful interception requests, or none", false},
          {"auditExport", "Who is given audit extracts, or none", false}};
}

namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text + " ") {
    if (c != ' ' && c != ',') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  return words;
}

}  // namespace

Result<ordered_json> document_of(const std::vector<std::pair<std::string, std::string>>& answers) {
  const auto said = [&](const std::string& name) {
    const auto found = std::find_if(answers.begin(), answers.end(),
                                    [&](const auto& one) { return one.first == name; });
    return found == answers.end() || is_blank(found->second) ? std::string() : found->second;
  };
  for (const OnboardQuestion& question : onboard_questions()) {
    if (question.needed && said(question.name).empty()) {
      return wrong(question.name + " is not answered; nothing was done");
    }
  }
  const std::string realm = said("activationRealm");
  ordered_json route{
      {"activationRealm", realm},
      {"smdpEndpoint",
       said("smdpEndpoint").empty() ? "https://" + realm + "/gsma/rsp2" : said("smdpEndpoint")},
      {"mccMnc", words_of(said("mccMnc"))}};
  const std::string prefix = said("eidPrefix");
  if (prefix.empty()) {
    route["eidPrefixes"] = ordered_json::array();
  } else {
    route["eidPrefix"] = prefix;
  }
  ordered_json policies = ordered_json::object();
  for (const char* name : {"riskOwner", "custodyOwner", "interception", "auditExport"}) {
    if (!said(name).empty()) policies[name] = said(name);
  }
  if (const std::string text = said("retentionDays"); !text.empty()) {
    const auto days = whole_number(text);
    if (!days) return wrong("retentionDays is no number; nothing was done");
    policies["retention"] = {
        {"historyDays", *days}, {"eventsDays", *days}, {"evidenceDays", *days}};
  }
  ordered_json document{
      {"tenantId", said("tenantId")},
      {"displayName", said("displayName")},
      {"eidPolicy", said("eidPolicy")},
      {"route", std::move(route)},
      {"tls",
       {{"certificateChain", said("certificateChain")}, {"privateKey", said("privateKey")}}}};
  if (!policies.empty()) document["policies"] = std::move(policies);
  if (const auto cards = words_of(said("sandboxEids")); !cards.empty()) {
    document["sandbox"] = {{"eids", cards}};
  }
  return document;
}

}  // namespace berth::berthctl
