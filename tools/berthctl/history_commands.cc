#include <chrono>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "tools/berthctl/commands.h"
#include "tools/berthctl/output.h"
#include "tools/berthctl/usage.h"

namespace berth::berthctl {
namespace {

using nlohmann::ordered_json;

constexpr std::int64_t kPage = 500;
constexpr std::chrono::milliseconds kFollowPause{500};

struct Events {
  std::string tenant;
  std::string after = "0";
  bool follow = false;
};

void list_events(Context& context, const Events& wish) {
  const std::optional<std::int64_t> first = whole_number(wish.after);
  if (!first) throw CLI::ValidationError("--after", "wants a whole number, 0 or more");
  std::int64_t after = *first;
  for (;;) {
    const auto page = context.client().get("/v1/tenants/" + percent_encode(wish.tenant) +
                                           "/events?max=" + std::to_string(kPage) +
                                           "&after=" + std::to_string(after));
    if (!page) return context.fail(page.error());
    for (const ordered_json& event : page->at("events")) {
      // One event a line; with --json exactly the octets a receiver would be sent.
      const std::string body = printable(event.at("body").get<std::string>());
      if (context.json) {
        std::cout << body << '\n';
      } else {
        std::cout << event.at("sequence") << "  " << event.at("committedAt").get<std::string>()
                  << "  " << event.at("type").get<std::string>() << "  " << body << '\n';
      }
    }
    std::cout.flush();
    after = page->at("next");
    const bool more = page->at("events").size() == static_cast<std::size_t>(kPage);
    if (!more && !wish.follow) return;
    if (!more) std::this_thread::sleep_for(kFollowPause);
  }
}

Result<std::vector<std::string>> tenant_ids(const Client& client) {
  BERTH_TRY(answer, client.get("/v1/tenants"));
  std::vector<std::string> ids;
  for (const ordered_json& tenant : answer.at("tenants")) ids.push_back(tenant.at("id"));
  return ids;
}

// The host's chain when no tenant is given. With --json the verdict, labelled, goes into `all`; a
// chain that could not be verified is missing there, and the exit code tells.
void verify_chain(Context& context, const std::string& tenant, ordered_json& all) {
  const auto verdict = context.client().get(
      tenant.empty() ? "/v1/audit/verify"
                     : "/v1/tenants/" + percent_encode(tenant) + "/audit/verify");
  if (!verdict) return context.fail(verdict.error());
  if (!verdict->at("intact").get<bool>()) context.exit_code = kExitRefused;
  if (!context.json) {
    std::cout << verdict_text(tenant.empty() ? "host" : "tenant " + tenant, *verdict);
    return;
  }
  ordered_json labelled{{"chain", tenant.empty() ? "host" : "tenant"}};
  if (!tenant.empty()) labelled["tenant"] = tenant;
  labelled.update(*verdict);
  all.push_back(std::move(labelled));
}

void verify_audit(Context& context, const std::string& tenant) {
  std::vector<std::string> chains{tenant};
  if (tenant.empty()) {
    const auto ids = tenant_ids(context.client());
    if (!ids) return context.fail(ids.error());
    chains.insert(chains.end(), ids->begin(), ids->end());
  }
  ordered_json all = ordered_json::array();
  for (const std::string& chain : chains) verify_chain(context, chain, all);
  if (context.json) std::cout << all.dump(2) << '\n';
}

void list_audit(Context& context, std::int64_t after) {
  ordered_json all = ordered_json::array();
  for (;;) {
    const auto page = context.client().get("/v1/audit?max=" + std::to_string(kPage) +
                                           "&after=" + std::to_string(after));
    if (!page) return context.fail(page.error());
    for (const ordered_json& one : page->at("records")) {
      if (context.json) {
        all.push_back(one);
        continue;
      }
      std::cout << one.at("sequence") << "  " << one.at("time").get<std::string>() << "  "
                << printable(one.at("type").get<std::string>()) << "  "
                << printable(one.value("details", ordered_json::object()).dump()) << '\n';
    }
    if (page->at("records").size() < kPage) break;
    after = page->at("next");
  }
  if (context.json) std::cout << all.dump(2) << '\n';
}

Result<ordered_json> story_of(const Client& client, const std::string& tenant,
                              const std::string& key) {
  return client.get("/v1/tenants/" + percent_encode(tenant) + "/story?key=" + percent_encode(key));
}

void tell_story(Context& context, const std::string& key, const std::string& tenant) {
  std::vector<std::string> candidates{tenant};
  if (tenant.empty()) {
    auto ids = tenant_ids(context.client());
    if (!ids) return context.fail(ids.error());
    candidates = std::move(*ids);
  }
  bool told = false;
  for (const std::string& one : candidates) {
    const auto story = story_of(context.client(), one, key);
    if (!story && story.error().code() == ErrorCode::kNotFound && tenant.empty()) continue;
    if (!story) return context.fail(story.error());
    std::cout << (context.json ? story->dump(2) + "\n" : story_text(*story));
    told = true;
  }
  if (!told) {
    context.fail(Error(ErrorCode::kNotFound, "story.nothing_known",
                       "no tenant of this host knows that code or ICCID; check it for a typing "
                       "error"));
  }
}

}  // namespace

void add_history_commands(CLI::App& app, Context& context) {
  CLI::App* events = app.add_subcommand("events", "A tenant's events, oldest first");
  const auto wish = std::make_shared<Events>();
  events->add_option("--tenant", wish->tenant, "Tenant")->required()->check(not_blank());
  events->add_option("--after", wish->after, "Only those after this sequence number");
  events->add_flag("--follow", wish->follow, "Wait for more");
  events->callback([&context, wish] { list_events(context, *wish); });

  CLI::App* audit = app.add_subcommand("audit", "The audit chains");
  audit->require_subcommand(1);
  CLI::App* verify = audit->add_subcommand("verify", "Recompute them; all when no tenant is given");
  const auto audited = std::make_shared<std::string>();
  verify->add_option("--tenant", *audited, "Tenant")->check(not_blank());
  verify->callback([&context, audited] { verify_audit(context, *audited); });
  CLI::App* list = audit->add_subcommand("list", "The host's chain: who did what, and read what");
  const auto since = std::make_shared<std::int64_t>(0);
  list->add_option("--after", *since, "Only those after this sequence number")
      ->check(CLI::NonNegativeNumber);
  list->callback([&context, since] { list_audit(context, *since); });

  CLI::App* story = app.add_subcommand("story", "What happened to one code or profile");
  const auto key = std::make_shared<std::string>();
  const auto of = std::make_shared<std::string>();
  story->add_option("KEY", *key, "Activation code, MatchingID or ICCID")->required();
  story->add_option("--tenant", *of, "Tenant; all are asked when not given")->check(not_blank());
  story->callback([&context, key, of] { tell_story(context, *key, *of); });
}

}  // namespace berth::berthctl
