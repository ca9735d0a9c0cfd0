// Writing an SM-DS registrar (a draft kind): derive from Registrar, then name the class once with
// BERTH_REGISTRAR_PLUGIN.
//
// Calls come from many threads. Failures are thrown as Error; berth/abi/draft/discovery.h lists the
// reasons every registrar uses.

#pragma once

#include <cstdint>
#include <string_view>

#include "berth/abi/draft/discovery.h"
#include "berth/sdk/elements.h"
#include "berth/sdk/thunk.h"

namespace berth::sdk {

// Checked against the limits of the ABI before it comes here. Borrowed for the call.
struct DsEvent {
  std::string_view eid;  // 32 decimal digits
  std::string_view event_id;
  std::string_view server_address;  // a host name in lower case
  bool forwarding = false;
};

enum class Registration : std::uint32_t {
  kNew = BERTH_REGISTRATION_NEW,
  kSame = BERTH_REGISTRATION_SAME,
  kDuplicate = BERTH_REGISTRATION_DUPLICATE,  // its content is not told
};

class Registrar : public PluginInstance {
 public:
  // Another content known to be there: throw ALREADY_EXISTS "registrar.conflict".
  virtual Registration register_event(const Op& op, const DsEvent& event) = 0;
  // Deleting what is not registered succeeds.
  virtual void delete_event(const Op& op, std::string_view eid, std::string_view event_id) = 0;
};

namespace detail {

inline bool is_eid(std::string_view text) noexcept {
  if (text.size() != BERTH_DS_EID_LEN) return false;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

inline void check_event_name(std::string_view eid, std::string_view event_id) {
  if (!is_eid(eid)) {
    throw Error(BERTH_INVALID_ARGUMENT, "registrar.bad_event", "an EID has 32 decimal digits");
  }
  if (!is_visible_ascii(event_id, BERTH_DS_EVENT_ID_MAX)) {
    throw Error(BERTH_INVALID_ARGUMENT, "registrar.bad_event",
                "an event id has 1 to 255 visible ASCII characters");
  }
}

template <class Plugin>
struct RegistrarThunks {
  static_assert(std::is_base_of_v<Registrar, Plugin>);
  static Registrar& registrar(berth_instance* self) noexcept { return from_handle<Plugin>(self); }

  static berth_status register_event(berth_instance* self, const berth_op* op,
                                     const berth_ds_event* raw, berth_registration* out) noexcept {
    return guarded(op, [&] {
      require(raw != nullptr && out != nullptr, "register_event: event or out is null");
      berth_ds_event event = read_struct(raw);
      DsEvent checked{to_view(event.eid), to_view(event.event_id), to_view(event.server_address),
                      event.forwarding};
      check_event_name(checked.eid, checked.event_id);
      if (!is_lower_name(checked.server_address, BERTH_DS_SERVER_NAME_MAX, ".-")) {
        throw Error(BERTH_INVALID_ARGUMENT, "registrar.bad_event",
                    "a server address is a host name of a-z 0-9 . - without port or scheme");
      }
      berth_registration answer{};
      answer.outcome = static_cast<std::uint32_t>(registrar(self).register_event(Op(op), checked));
      write_struct(out, answer);
    });
  }
  static berth_status delete_event(berth_instance* self, const berth_op* op, berth_str eid,
                                   berth_str event_id) noexcept {
    return guarded(op, [&] {
      check_event_name(to_view(eid), to_view(event_id));
      registrar(self).delete_event(Op(op), to_view(eid), to_view(event_id));
    });
  }

  static constexpr berth_registrar kTable{sizeof(berth_registrar), 0, &register_event,
                                          &delete_event};
  static constexpr const char* kProvides[] = {BERTH_REGISTRAR_V1, BERTH_HEALTH_V1, nullptr};

  static const void* get_interface(berth_instance*, const char* id) noexcept {
    if (id == nullptr) return nullptr;
    if (std::strcmp(id, BERTH_REGISTRAR_V1) == 0) return &kTable;
    if (std::strcmp(id, BERTH_HEALTH_V1) == 0) return &Life<Plugin>::kHealth;
    return nullptr;
  }
};

}  // namespace detail
}  // namespace berth::sdk

// Once per plugin, in a .cc at global scope. Class: constructible from (Host, const Config&).
#define BERTH_REGISTRAR_PLUGIN(Class, id, version)                                           \
  constinit const berth_plugin_entry berth_plugin_entry_v1 =                                 \
      ::berth::sdk::detail::make_entry<Class, ::berth::sdk::detail::RegistrarThunks<Class>>( \
          id, version);
