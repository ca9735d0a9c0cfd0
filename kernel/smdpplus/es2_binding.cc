#include "kernel/smdpplus/es2_binding.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "kernel/rsp/sgp22/es9_json.h"
#include "kernel/rsp/sgp22/status_codes.h"
#include "kernel/smdpplus/es2_orders.h"
#include "kernel/smdpplus/es9_binding.h"
#include "kernel/smdpplus/partner_progress.h"

namespace berth::smdpplus {
namespace {

namespace sgp22 = rsp::sgp22;

constexpr std::string_view kPrefix = "/gsma/rsp2/es2plus/";
constexpr std::string_view kJson = "application/json";

Es2Answer status(int http_status) {
  return {.http_status = http_status, .content_type = {}, .body = {}, .admin_protocol = {}};
}

Es2Answer json(std::string body) {
  return {.http_status = 200,
          .content_type = std::string(kJson),
          .body = std::move(body),
          .admin_protocol = {}};
}

// Parameters aside, in whatever case.
bool is_json(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  type.erase(std::remove(type.begin(), type.end(), ' '), type.end());
  return std::equal(type.begin(), type.end(), kJson.begin(), kJson.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

Es2Answer from_failure(const Failure& failure, const Es2Call& call) {
  if (const auto* refused = std::get_if<rsp::RspError>(&failure)) {
    return json(sgp22::failure_json(*refused));
  }
  const Error& error = std::get<Error>(failure);
  const bool malformed = error.code() == ErrorCode::kInvalidArgument;
  spdlog::log(malformed ? spdlog::level::info : spdlog::level::warn, "request={} path={} {} {}: {}",
              call.request_id, call.path, to_string(error.code()), error.reason(), error.message());
  Es2Answer answer = status(malformed ? 400 : 503);
  if (!malformed && error.retry_after()) {
    answer.retry_after_seconds =
        static_cast<int>(std::chrono::ceil<std::chrono::seconds>(*error.retry_after()).count());
  }
  return answer;
}

// Read, serve: the same two steps for every function.
template <class Read, class Serve>
Es2Answer serve(context::TenantContext& tenant, const Es2Call& call, Read read, Serve function) {
  const auto request = read(call.body);
  if (!request) return from_failure(request.error(), call);
  auto answer = function(tenant, *request);
  if (!answer) return from_failure(answer.error(), call);
  spdlog::info("request={} tenant={} path={} requester={} call={}", call.request_id,
               tenant.id().text(), call.path, request->header.requester, request->header.call);
  return json(std::move(*answer));
}

Es2Answer take_progress(context::TenantContext& tenant, const Es2Call& call) {
  const auto request = sgp22::read_progress_info(call.body);
  if (!request) return from_failure(request.error(), call);
  const auto taken = handle_progress_info(tenant, *request);
  if (!taken) return from_failure(taken.error(), call);
  spdlog::info("request={} tenant={} path={} requester={} call={}", call.request_id,
               tenant.id().text(), call.path, request->header.requester, request->header.call);
  return status(204);
}

struct Function {
  std::string_view name;
  // Whose tenants it is for: ours get orders, a partner's get word of what its SM-DP+ did.
  bool of_tenants_here;
  Es2Answer (*run)(context::TenantContext&, const Es2Call&);
};

constexpr Function kFunctions[] = {
    {"downloadOrder", true,
     [](context::TenantContext& tenant, const Es2Call& call) {
       return serve(tenant, call, sgp22::read_download_order, download_order);
     }},
    {"confirmOrder", true,
     [](context::TenantContext& tenant, const Es2Call& call) {
       return serve(tenant, call, sgp22::read_confirm_order, confirm_order);
     }},
    {"cancelOrder", true,
     [](context::TenantContext& tenant, const Es2Call& call) {
       return serve(tenant, call, sgp22::read_cancel_order,
                    [](context::TenantContext& of, const sgp22::CancelOrder& request) {
                      return cancel_order(of, request);
                    });
     }},
    {"releaseProfile", true,
     [](context::TenantContext& tenant, const Es2Call& call) {
       return serve(tenant, call, sgp22::read_release_profile, release_profile);
     }},
    {"handleDownloadProgressInfo", false, take_progress},
};

const Function* find_function(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kFunctions), std::end(kFunctions),
                   [name](const Function& function) { return function.name == name; });
  return found == std::end(kFunctions) ? nullptr : found;
}

// The function is not for this tenant, whose SM-DP+ is the other one.
rsp::RspError not_for(const context::TenantContext& tenant) {
  return sgp22::requester_not_allowed(
      tenant.served_here() ? "this host makes the tenant's downloads itself and takes no progress"
                           : "the tenant's SM-DP+ is a partner's; place its orders there");
}

bool too_many(context::TenantContext& tenant, const Es2Call& call, Es2Answer& later) {
  constexpr auto kRate = tenancy::Limit::kEs2PerSecond;
  context::TenantLimits& limits = tenant.limits();
  if (limits.take(kRate)) return false;
  spdlog::info("request={} tenant={} path={} refused: more ES2+ calls than es2PerSecond allows",
               call.request_id, tenant.id().text(), call.path);
  later = status(503);
  later.retry_after_seconds =
      static_cast<int>(std::chrono::ceil<std::chrono::seconds>(limits.retry_after(kRate)).count());
  return true;
}

Es2Answer dispatch(Es2Access& access, const Es2Call& call, const Function& function) {
  const auto caller = access.identify(call.client);
  if (!caller) return json(sgp22::failure_json(caller.error()));
  const auto header = sgp22::read_function_header(call.body);
  if (!header) return from_failure(header.error(), call);
  const auto tenant = access.admit(**caller, header->requester, *call.client);
  if (!tenant) return json(sgp22::failure_json(tenant.error()));
  if (Es2Answer later; too_many(**tenant, call, later)) return later;
  if (function.of_tenants_here != (*tenant)->served_here()) {
    access.refused(**caller, std::string(function.name) + " for a tenant of the other kind",
                   (*tenant)->id(), *call.client);
    return json(sgp22::failure_json(not_for(**tenant)));
  }
  Es2Answer answer = function.run(**tenant, call);
  if (!function.of_tenants_here && answer.http_status == 200) {
    access.refused(**caller, "progress refused", (*tenant)->id(), *call.client);
  }
  return answer;
}

}  // namespace

Es2Answer answer_es2(Es2Access& access, const Es2Call& call) {
  const Function* function = call.path.starts_with(kPrefix)
                                 ? find_function(std::string_view(call.path).substr(kPrefix.size()))
                                 : nullptr;
  if (function == nullptr) return status(404);
  if (call.method != "POST") return status(405);
  if (!is_json(call.content_type)) return status(415);
  const std::string protocol = negotiate_protocol(call.admin_protocol);
  if (protocol.empty()) return status(400);
  Es2Answer answer = dispatch(access, call, *function);
  answer.admin_protocol = protocol;
  return answer;
}

}  // namespace berth::smdpplus
