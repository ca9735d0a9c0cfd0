// The wall between plugin code and the ABI: catches everything, tells the host once, returns a
// status. Also the life of an instance, which every kind shares. Authors do not call this.

#pragma once

#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "berth/abi/base.h"
#include "berth/sdk/error.h"
#include "berth/sdk/host.h"
#include "berth/sdk/op.h"
#include "berth/sdk/views.h"

namespace berth::sdk {

struct Health {
  std::uint32_t state = BERTH_HEALTH_SERVING;
  std::string detail_json;  // one JSON object, or empty
};

// What a plugin class of any kind may override.
class PluginInstance {
 public:
  virtual ~PluginInstance() = default;
  PluginInstance() = default;
  PluginInstance(const PluginInstance&) = delete;
  PluginInstance& operator=(const PluginInstance&) = delete;

  // [control] Open what is needed. The constructor only validates.
  virtual void start(const Op&) {}
  // [control] No new calls will come.
  virtual void drain(const Op&) {}
  // [thread-safe] From what the instance already knows.
  virtual Health health(const Op&) { return {}; }
};

namespace detail {

inline berth_status fail(const berth_op* op, berth_status code, std::string_view reason,
                         std::string_view message, std::uint32_t retry_after_ms = 0) noexcept {
  if (op != nullptr && op->fail != nullptr) {
    op->fail(op, code, to_abi(reason), to_abi(message), retry_after_ms);
  }
  return code;
}

// Runs `body`; whatever it throws becomes a status, with exactly one op->fail where one is due.
template <class Body>
berth_status guarded(const berth_op* op, Body&& body) noexcept {
  try {
    std::forward<Body>(body)();
    return BERTH_OK;
  } catch (const BufferTooSmall&) {
    return BERTH_BUFFER_TOO_SMALL;
  } catch (const CallerStopped& stopped) {
    return stopped.status;
  } catch (const Error& error) {
    return fail(op, error.code(), error.reason(), error.message(), error.retry_after_ms());
  } catch (const std::bad_alloc&) {
    return fail(op, BERTH_RESOURCE_EXHAUSTED, "plugin.out_of_memory",
                "the plugin ran out of memory");
  } catch (const std::exception& error) {
    return fail(op, BERTH_INTERNAL, "plugin.exception", error.what());
  } catch (...) {
    return fail(op, BERTH_INTERNAL, "plugin.exception", "the plugin threw an unknown exception");
  }
}

inline void require(bool condition, const char* what) {
  if (!condition) throw Error(BERTH_INVALID_ARGUMENT, "plugin.bad_call", what);
}

template <class Plugin>
berth_instance* to_handle(Plugin* plugin) noexcept {
  return reinterpret_cast<berth_instance*>(plugin);
}
template <class Plugin>
Plugin& from_handle(berth_instance* handle) noexcept {
  return *reinterpret_cast<Plugin*>(handle);
}

// init … destroy and health for a class constructible from (Host, const Config&).
template <class Plugin>
struct Life {
  static_assert(std::is_base_of_v<PluginInstance, Plugin>);
  static_assert(std::is_constructible_v<Plugin, Host, const Config&>,
                "a plugin class needs a constructor (berth::sdk::Host, const berth::sdk::Config&)");

  static berth_status init(const berth_host*, const berth_op*) noexcept { return BERTH_OK; }
  static void deinit() noexcept {}
  static berth_status create(const berth_host* host, const berth_op* op, berth_str config_json,
                             berth_instance** out) noexcept {
    return guarded(op, [&] {
      require(out != nullptr, "create: out is null");
      *out =
          to_handle(std::make_unique<Plugin>(Host(host), Config(to_view(config_json))).release());
    });
  }
  static berth_status start(berth_instance* self, const berth_op* op) noexcept {
    return guarded(op, [&] { from_handle<Plugin>(self).start(Op(op)); });
  }
  static berth_status drain(berth_instance* self, const berth_op* op) noexcept {
    return guarded(op, [&] { from_handle<Plugin>(self).drain(Op(op)); });
  }
  static void destroy(berth_instance* self) noexcept {
    std::unique_ptr<Plugin> owner(self == nullptr ? nullptr : &from_handle<Plugin>(self));
  }
  static berth_status check_health(berth_instance* self, const berth_op* op, std::uint32_t* state,
                                   berth_sink* detail_json) noexcept {
    return guarded(op, [&] {
      require(state != nullptr, "health: state is null");
      Health health = from_handle<Plugin>(self).health(Op(op));
      *state = health.state;
      if (detail_json != nullptr && !health.detail_json.empty()) {
        Sink(detail_json).write(health.detail_json);
      }
    });
  }
  static constexpr berth_health kHealth{sizeof(berth_health), 0, &check_health};
};

// The one exported object. Thunks: provides `kProvides` and get_interface.
template <class Plugin, class Thunks>
constexpr berth_plugin_entry make_entry(const char* id, const char* version) noexcept {
  using Common = Life<Plugin>;
  return berth_plugin_entry{.magic = BERTH_PLUGIN_MAGIC,
                            .struct_size = sizeof(berth_plugin_entry),
                            .abi_major = BERTH_ABI_MAJOR,
                            .abi_minor = BERTH_ABI_MINOR,
                            .reserved = 0,
                            .id = id,
                            .version = version,
                            .provides = Thunks::kProvides,
                            .init = &Common::init,
                            .deinit = &Common::deinit,
                            .create = &Common::create,
                            .start = &Common::start,
                            .drain = &Common::drain,
                            .destroy = &Common::destroy,
                            .get_interface = &Thunks::get_interface};
}

}  // namespace detail
}  // namespace berth::sdk
