#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/endpoints.h"
#include "kernel/api/json_request.h"

namespace berth::api {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMaxTenant = 63;
constexpr std::size_t kMaxSlot = 32;
constexpr std::size_t kMaxPath = 4096;
constexpr std::int64_t kMaxFipsLevel = 4;
constexpr std::string_view kHost = "host";

ordered_json told(const PluginInstanceFacts& one) {
  ordered_json body{{"tenant", one.tenant}, {"slot", one.slot}};
  body.update(told(one.plugin));
  body["library"] = one.plugin.library;
  body["state"] = one.state;
  if (!one.detail.empty()) body["detail"] = one.detail;
  body["calls"] = one.calls;
  body["failures"] = one.failures;
  body["inFlight"] = one.in_flight;
  body["waiting"] = one.waiting;
  body["maxConcurrency"] = one.max_concurrency;
  return body;
}

Result<PluginSwap> read_swap(std::string_view text) {
  BERTH_TRY(body, JsonRequest::parse(
                      text, {"tenant", "slot", "library", "config", "fips140Level", "watched"}));
  PluginSwap swap;
  BERTH_TRY(tenant, body.optional_text("tenant", kMaxTenant));
  swap.tenant = tenant.empty() ? kHost : tenant;
  BERTH_TRY(slot, body.text("slot", kMaxSlot));
  swap.slot = std::move(slot);
  BERTH_TRY(library, body.optional_text("library", kMaxPath));
  if (!library.empty() && library.front() != '/') {
    return bad_request("'library' is the absolute path of a file on the host");
  }
  swap.library = std::move(library);
  BERTH_TRY(config, body.optional_object("config"));
  swap.config_json = std::move(config);
  if (body.has("fips140Level")) {
    BERTH_TRY(level, body.number("fips140Level", kMaxFipsLevel));
    swap.fips140_level = static_cast<std::uint32_t>(level);
  }
  BERTH_TRY(watched, body.boolean("watched", false));
  swap.watched = watched;
  return swap;
}

}  // namespace

ordered_json told(const PluginFacts& plugin) {
  ordered_json body{{"id", plugin.id}, {"version", plugin.version}, {"sha256", plugin.sha256}};
  body["signedBy"] = plugin.signed_by.empty() ? ordered_json() : ordered_json(plugin.signed_by);
  body["process"] = ordered_json();
  if (plugin.process) {
    const PluginProcessFacts& process = *plugin.process;
    body["process"] = {{"tenant", process.tenant}, {"restarts", process.restarts}};
    body["process"]["pid"] = process.pid == 0 ? ordered_json() : ordered_json(process.pid);
    if (!process.last_end.empty()) body["process"]["lastEnd"] = process.last_end;
  }
  return body;
}

ingress::HttpResponse list_bindings(const HostHooks& hooks, const HostFacts& facts) {
  ordered_json instances = ordered_json::array();
  for (const PluginInstanceFacts& one : hooks.bindings()) instances.push_back(told(one));
  return answer({{"profile", facts.profile}, {"instances", std::move(instances)}});
}

ingress::HttpResponse swap_plugin(const ingress::HttpRequest& request, const HostHooks& hooks) {
  const Result<PluginSwap> swap = read_swap(request.body);
  if (!swap) return refuse(swap.error());
  const Result<PluginSwapped> done = hooks.swap_plugin(*swap);
  if (!done) return refuse(done.error());
  ordered_json lines{{"library", done->library}};
  if (!swap->config_json.empty()) lines["config"] = ordered_json::parse(done->config_json);
  return answer({{"tenant", swap->tenant},
                 {"slot", swap->slot},
                 {"from", told(done->from)},
                 {"to", told(done->to)},
                 {"inFlight", done->in_flight},
                 {"afterRestart",
                  {{"note",
                    "after a restart the host runs what its configuration says; put these members "
                    "there for it to stay so"},
                   {"file", done->file},
                   {"members", {{swap->slot, std::move(lines)}}}}}});
}

}  // namespace berth::api
