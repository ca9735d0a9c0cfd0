#include "kernel/plugins/registrar_adapter.h"

#include <algorithm>

#include "berth/abi/draft/discovery.h"
#include "kernel/plugins/call.h"

namespace berth::plugins {
namespace {

static_assert(static_cast<std::uint32_t>(Registration::kNew) == BERTH_REGISTRATION_NEW);
static_assert(static_cast<std::uint32_t>(Registration::kSame) == BERTH_REGISTRATION_SAME);
static_assert(static_cast<std::uint32_t>(Registration::kDuplicate) == BERTH_REGISTRATION_DUPLICATE);

Error bad_event(std::string what) {
  return {ErrorCode::kInvalidArgument, "registrar.bad_event", std::move(what)};
}

Result<void> check_event_id(std::string_view event_id) {
  const bool good =
      !event_id.empty() && event_id.size() <= BERTH_DS_EVENT_ID_MAX &&
      std::all_of(event_id.begin(), event_id.end(), [](char c) { return c >= '!' && c <= '~'; });
  if (good) return {};
  return bad_event("an event id has 1 to 255 visible ASCII characters; choose another");
}

Result<void> check_server(std::string_view name) {
  const bool good =
      !name.empty() && name.size() <= BERTH_DS_SERVER_NAME_MAX &&
      std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
      });
  if (good) return {};
  return bad_event("an event leads to a host name in lower case, without scheme or port");
}

class PluginRegistrar final : public Registrar {
 public:
  PluginRegistrar(std::shared_ptr<Instance> instance, const berth_registrar* table)
      : instance_(std::move(instance)), table_(table) {}

  Result<Registration> register_event(const Op& op, const DsEvent& event) override {
    BERTH_TRY_VOID(check_event_id(event.event_id));
    BERTH_TRY_VOID(check_server(event.server_address));
    Call call(op, instance_->clock(), instance_->label());
    BERTH_TRY_VOID(call.before());
    berth_ds_event raw{};
    raw.struct_size = sizeof(raw);
    raw.eid = abi(event.eid.text());
    raw.event_id = abi(event.event_id);
    raw.server_address = abi(event.server_address);
    raw.forwarding = event.forwarding;
    berth_registration out{};
    out.struct_size = sizeof(out);
    BERTH_TRY_VOID(call.finish(table_->register_event(instance_->handle(), call.op(), &raw, &out)));
    if (out.outcome < BERTH_REGISTRATION_NEW || out.outcome > BERTH_REGISTRATION_DUPLICATE) {
      return call.misbehaved("says it registered an event, with an outcome that does not exist");
    }
    return static_cast<Registration>(out.outcome);
  }

  Result<void> delete_event(const Op& op, const Eid& eid, std::string_view event_id) override {
    BERTH_TRY_VOID(check_event_id(event_id));
    Call call(op, instance_->clock(), instance_->label());
    BERTH_TRY_VOID(call.before());
    return call.finish(
        table_->delete_event(instance_->handle(), call.op(), abi(eid.text()), abi(event_id)));
  }

 private:
  std::shared_ptr<Instance> instance_;
  const berth_registrar* table_;
};

}  // namespace

Result<std::unique_ptr<Registrar>> make_registrar(std::shared_ptr<Instance> instance) {
  BERTH_TRY(table, instance->interface<berth_registrar>(BERTH_REGISTRAR_V1));
  return std::unique_ptr<Registrar>(std::make_unique<PluginRegistrar>(std::move(instance), table));
}

}  // namespace berth::plugins
