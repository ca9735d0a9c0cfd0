#include "kernel/plugins/instance.h"

#include <algorithm>
#include <cstring>

#include "kernel/plugins/call.h"

namespace berth::plugins {
namespace {

// Every table: uint32_t struct_size, uint32_t reserved, then function pointers.
constexpr std::size_t kFirstSlot = 2 * sizeof(std::uint32_t);

}  // namespace

Instance::Instance(std::shared_ptr<Module> module, const InstanceOptions& options,
                   const HostServices& services)
    : module_(std::move(module)),
      clock_(services.clock),
      label_(std::string(module_->id()) + " (" + options.tenant + "/" + options.name + ")"),
      host_(module_->services(services), options.tenant + "/" + options.name) {}

Result<std::shared_ptr<Instance>> Instance::create(std::shared_ptr<Module> module,
                                                   InstanceOptions options,
                                                   const HostServices& services, const Op& op) {
  std::shared_ptr<Instance> instance(new Instance(std::move(module), options, services));
  const berth_plugin_entry& entry = instance->module_->entry();
  {
    Call call(op, *instance->clock_, instance->label_);
    BERTH_TRY_VOID(call.before());
    berth_instance* handle = nullptr;
    const berth_status status =
        entry.create(instance->host_.abi(), call.op(), abi(options.config_json), &handle);
    // Owned from here on, so that it is destroyed even when the plugin contradicts itself.
    if (status == BERTH_OK) instance->handle_ = handle;
    BERTH_TRY_VOID(call.finish(status));
    if (handle == nullptr) return call.misbehaved("created an instance but handed out none");
    instance->handle_ = handle;
  }
  BERTH_TRY_VOID(instance->check_provides());
  Call call(op, *instance->clock_, instance->label_);
  BERTH_TRY_VOID(call.finish(entry.start(instance->handle_, call.op())));
  instance->started_ = true;
  return instance;
}

Instance::~Instance() {
  farewell_->began = std::max(clock_->monotonic(), std::chrono::nanoseconds(1));
  if (handle_ != nullptr) end();
  farewell_->over = true;
}

void Instance::end() {
  if (started_) {
    const Op op{"plugin-drain", "", clock_->monotonic() + Farewell::kDrainDeadline};
    Call call(op, *clock_, label_);
    const Result<void> drained = call.finish(module_->entry().drain(handle_, call.op()));
    if (!drained) {
      const auto* log = static_cast<const berth_host_log*>(
          host_.abi()->get_interface(host_.abi(), BERTH_HOST_LOG_V1));
      log->write(host_.abi(), BERTH_LOG_WARN, abi(drained.error().message()), nullptr, 0);
    }
  }
  module_->entry().destroy(handle_);
}

Result<void> Instance::check_provides() const {
  for (const std::string_view id : module_->provides()) {
    // The ids are NUL-terminated in the module.
    if (module_->entry().get_interface(handle_, id.data()) == nullptr) {
      return Error{
          ErrorCode::kInvalidArgument, "plugin.interface_missing",
          "plugin " + label_ + " says it provides " + std::string(id) + " and then does not"};
    }
  }
  return {};
}

Result<const void*> Instance::interface(const char* id, std::size_t size) const {
  const void* table = module_->entry().get_interface(handle_, id);
  const std::string which = "plugin " + label_ + ", interface " + id + ": ";
  if (table == nullptr) {
    return Error{ErrorCode::kUnsupported, "plugin.interface_missing",
                 which + "not provided; bind a plugin of the right kind"};
  }
  std::uint32_t offered = 0;
  std::memcpy(&offered, table, sizeof(offered));
  if (offered < size) {
    return Error{ErrorCode::kInvalidArgument, "plugin.interface_short",
                 which + "the table has " + std::to_string(offered) + " octets, " +
                     std::to_string(size) + " are needed"};
  }
  for (std::size_t at = kFirstSlot; at < size; at += sizeof(void*)) {
    void* slot = nullptr;
    std::memcpy(&slot, static_cast<const char*>(table) + at, sizeof(slot));
    if (slot == nullptr) {
      return Error{ErrorCode::kInvalidArgument, "plugin.null_slot",
                   which + "the function at octet " + std::to_string(at) + " is missing"};
    }
  }
  return table;
}

}  // namespace berth::plugins
