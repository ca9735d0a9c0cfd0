// The conformance kit of SM-DS registrars: what every plugin that provides
// berth.discovery.registrar/1 must do, called through its C tables alone. A plugin's test program
// links berth_discovery_kit and defines make_place().

#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "berth/abi/draft/discovery.h"
#include "kit/plugin_under_test.h"

namespace berth::discovery_kit {

using kit::Instance;
using kit::Outcome;
using kit::run;
using kit::str;

inline constexpr const char* kEid = "89049032001000000000000000000112";
inline constexpr const char* kOtherEid = "89049088001000000000000000000180";

// Where instances of one registrar come and go; what they register stays with it.
class Place {
 public:
  virtual ~Place() = default;
  virtual std::string plugin() const = 0;  // the built library
  virtual std::string config() const = 0;
};
// Fresh, without registrations. Defined by each program that runs the kit.
std::unique_ptr<Place> make_place();

struct Event {
  std::string eid = kEid;
  std::string event_id = "EVENT-1";
  std::string server_address = "rsp.alpha.example";
  bool forwarding = false;
};

// A started instance. Every call checks the contract: a story exactly when not OK.
class Registrar {
 public:
  explicit Registrar(const Place& place)
      : instance_(kit::load_plugin(place.plugin().c_str()), place.config()) {
    REQUIRE(instance_.created().ok());
    REQUIRE(instance_.start().ok());
    table_ = instance_.table<berth_registrar>(BERTH_REGISTRAR_V1);
    REQUIRE(table_ != nullptr);
  }

  // Answers what was found: BERTH_REGISTRATION_*; 0 when it failed.
  Outcome add(const Event& event, std::uint32_t& found) {
    berth_registration out{};
    out.struct_size = sizeof out;
    Outcome outcome = run([&](const berth_op* op) { return add_with(op, event, &out); });
    found = outcome.ok() ? out.outcome : 0;
    return outcome;
  }
  std::uint32_t add(const Event& event) {
    std::uint32_t found = 0;
    CHECK(add(event, found).ok());
    return found;
  }
  Outcome remove(std::string_view eid, std::string_view event_id) {
    return run([&](const berth_op* op) {
      return table_->delete_event(instance_.handle(), op, str(eid), str(event_id));
    });
  }
  Outcome remove(const Event& event) { return remove(event.eid, event.event_id); }
  berth_status add_with(const berth_op* op, const Event& event, berth_registration* out) {
    berth_ds_event raw{};
    raw.struct_size = sizeof raw;
    raw.eid = str(event.eid);
    raw.event_id = str(event.event_id);
    raw.server_address = str(event.server_address);
    raw.forwarding = event.forwarding;
    return table_->register_event(instance_.handle(), op, &raw, out);
  }

 private:
  Instance instance_;
  const berth_registrar* table_ = nullptr;
};

// What an event that is there already is said to be, with the same content.
inline bool is_there(std::uint32_t found) {
  return found == BERTH_REGISTRATION_SAME || found == BERTH_REGISTRATION_DUPLICATE;
}

}  // namespace berth::discovery_kit
