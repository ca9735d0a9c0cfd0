#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/endpoints.h"

namespace berth::api {
namespace {

using nlohmann::ordered_json;

constexpr std::int64_t kDefaultPage = 100;
constexpr std::int64_t kMaxPage = 1000;

// As it is kept: its document, and what the ledger knows besides.
ordered_json describe(const ledger::ProfileTypeRecord& type) {
  ordered_json one = ordered_json::parse(type.document, nullptr, false);
  if (!one.is_object()) one = {{"name", type.name}};
  one["revision"] = type.revision;
  one["changedAt"] = to_rfc3339_ms(type.changed_ms);
  return one;
}

}  // namespace

ingress::HttpResponse list_profile_types(const Call& call, context::TenantContext& tenant) {
  const Result<std::int64_t> max = call.query.number("max", kDefaultPage, kMaxPage);
  if (!max) return refuse(max.error());
  const auto types =
      tenant.ledger().profile_types(call.query.text("after"), static_cast<std::size_t>(*max));
  if (!types) return refuse(types.error());
  ordered_json list = ordered_json::array();
  for (const ledger::ProfileTypeRecord& type : *types) list.push_back(describe(type));
  return answer(
      {{"profileTypes", std::move(list)}, {"next", types->empty() ? "" : types->back().name}});
}

ingress::HttpResponse show_profile_type(context::TenantContext& tenant, std::string_view name) {
  const auto type = tenant.ledger().profile_type(name);
  if (!type) return refuse(type.error());
  if (!*type) {
    return refuse(Error(ErrorCode::kNotFound, "profile_type.unknown",
                        "this tenant has defined no such profile type"));
  }
  return answer(describe(**type));
}

ingress::HttpResponse define_profile_type(const Call& call, context::TenantContext& tenant,
                                          std::string_view name) {
  const std::string_view dry = call.query.text("dryRun");
  if (!dry.empty() && dry != "true") return refuse(bad_request("'dryRun' is true or left out"));
  const auto defined =
      call.services.define_profile_type(tenant, call.request.body, name, !dry.empty());
  if (!defined) return refuse(defined.error());
  return answer({{"name", defined->name}, {"changed", defined->changed}});
}

}  // namespace berth::api
