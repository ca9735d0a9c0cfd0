#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/json_request.h"
#include "kernel/api/trial.h"
#include "kernel/plugins/registrar.h"

namespace berth::api {
namespace {

using nlohmann::json;

constexpr std::size_t kEventIdOctets = 8;

const char* name_of(plugins::Registration registration) {
  switch (registration) {
    case plugins::Registration::kNew:
      return "new";
    case plugins::Registration::kSame:
      return "same";
    case plugins::Registration::kDuplicate:
      return "duplicate";
  }
  return "";
}

// A name that no event has, so that the trial touches none.
std::string fresh_event_id(const context::TenantContext& tenant) {
  return "TRIAL-" + to_hex(tenant.random().bytes(kEventIdOctets));
}

}  // namespace

ingress::HttpResponse try_registrar(const Call& call, context::TenantContext& tenant) {
  plugins::Registrar* registrar = tenant.registrar();
  if (registrar == nullptr) return refuse(unbound(tenant, "registrar"));
  const Result<JsonRequest> body = JsonRequest::parse(call.request.body, {"eid"});
  if (!body) return refuse(body.error());
  const Result<std::string> typed = body->text("eid", 64);
  if (!typed) return refuse(typed.error());
  const Result<Eid> eid = parse_typed_eid(*typed);
  if (!eid) return refuse(eid.error());

  const plugins::Op op = trial_op(call, tenant);
  const std::string event_id = fresh_event_id(tenant);
  const std::string server = tenant.realm().text();
  const plugins::DsEvent event{*eid, event_id, server, false};
  const auto first = registrar->register_event(op, event);
  const auto again = first ? registrar->register_event(op, event) : first;
  // Whatever became of it, nothing of the trial stays.
  const Result<void> removed = registrar->delete_event(op, *eid, event_id);
  const Result<void> removed_again =
      removed ? registrar->delete_event(op, *eid, event_id) : removed;
  if (!again) return refuse(again.error());
  if (!removed_again) return refuse(removed_again.error());
  return answer({{"eventId", event_id},
                 {"serverAddress", server},
                 {"registered", name_of(*first)},
                 {"registeredAgain", name_of(*again)},
                 {"deleted", true},
                 {"deletedAgain", true}});
}

}  // namespace berth::api
