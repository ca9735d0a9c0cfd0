#include "kernel/api/operator_api.h"
#include "kernel/smdpplus/profile_types.h"
#include "kernel/smdpplus/progress_dispatcher.h"

namespace berth::api {
namespace {

// The same definition again changes nothing and leaves no trace.
Result<DefinedType, smdpplus::Failure> define_type(context::TenantContext& tenant,
                                                   std::string_view document, std::string_view name,
                                                   bool dry_run) {
  const auto type = smdpplus::read_profile_type(tenant, document);
  if (!type) return type.error();
  if (type->name != name) {
    return smdpplus::Failure(Error(ErrorCode::kInvalidArgument, "api.request",
                                   "the document's name is not that of the address"));
  }
  const auto before = tenant.ledger().profile_type(name);
  if (!before) return smdpplus::Failure(before.error());
  const bool same = *before && (*before)->document == smdpplus::write_profile_type(*type);
  if (same || dry_run) return DefinedType{type->name, !same};
  const auto defined = smdpplus::define_profile_type(tenant, document);
  if (!defined) return defined.error();
  return DefinedType{defined->name, true};
}

}  // namespace

Services smdpplus_services() {
  Services services;
  services.import_profile = smdpplus::import_profile;
  services.create_order = smdpplus::create_order;
  services.find_order = smdpplus::find_order;
  services.cancel_order = [](context::TenantContext& tenant, const smdpplus::OrderCall& call,
                             bool to_available) {
    return smdpplus::cancel_order(tenant, call, to_available);
  };
  services.release_order = smdpplus::release_order;
  services.reorder = smdpplus::reorder;
  services.define_profile_type = define_type;
  services.retry_report = smdpplus::retry_report;
  services.tell_story = smdpplus::tell_story;
  services.check_quarantine_release = smdpplus::check_quarantine_release;
  services.release_quarantine = smdpplus::release_quarantine;
  return services;
}

}  // namespace berth::api
