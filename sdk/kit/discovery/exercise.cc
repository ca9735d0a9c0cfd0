// Events registered, found again and deleted, each round one of its own.

#include <string>

#include "berth/abi/draft/discovery.h"
#include "kit/exercise.h"

namespace berth::discovery_kit {
namespace {

using kit::Caller;
using kit::str;

constexpr const char* kEid = "89049032001000000000000000000112";

class RegistrarExercise final : public kit::Exercise {
 public:
  RegistrarExercise(const berth_registrar* table, berth_instance* instance)
      : table_(table), instance_(instance) {}

  berth_status round(Caller& caller, std::uint64_t number) override {
    const std::string id = "EXERCISE-" + std::to_string(number);
    std::uint32_t found = 0;
    berth_status status = add(caller, id, found);
    if (status != BERTH_OK) return status;
    if (found != BERTH_REGISTRATION_NEW) return caller.wrong("a new event is not NEW");
    status = add(caller, id, found);
    if (status == BERTH_OK && found != BERTH_REGISTRATION_SAME &&
        found != BERTH_REGISTRATION_DUPLICATE) {
      status = caller.wrong("an event that is there already is neither SAME nor DUPLICATE");
    }
    const berth_status removed = remove(caller, id);
    return status != BERTH_OK ? status : removed;
  }

  std::string seen_by(kit::Exercise& other, Caller& caller) override {
    std::uint32_t found = 0;
    if (add(caller, "EXERCISE-MINE", found) != BERTH_OK) return {};
    auto& elsewhere = static_cast<RegistrarExercise&>(other);
    const berth_status seen = elsewhere.add(caller, "EXERCISE-MINE", found);
    remove(caller, "EXERCISE-MINE");
    elsewhere.remove(caller, "EXERCISE-MINE");
    return seen != BERTH_OK || found == BERTH_REGISTRATION_NEW
               ? ""
               : "an event registered in one instance is there in the other";
  }

 private:
  berth_status add(Caller& caller, const std::string& id, std::uint32_t& found) {
    berth_ds_event event{};
    event.struct_size = sizeof event;
    event.eid = str(kEid);
    event.event_id = str(id);
    event.server_address = str("rsp.alpha.example");
    berth_registration out{};
    out.struct_size = sizeof out;
    const berth_status status = caller("register_event", [&](const berth_op* op) {
      return table_->register_event(instance_, op, &event, &out);
    });
    found = out.outcome;
    return status;
  }
  berth_status remove(Caller& caller, const std::string& id) {
    return caller("delete_event", [&](const berth_op* op) {
      return table_->delete_event(instance_, op, str(kEid), str(id));
    });
  }

  const berth_registrar* table_;
  berth_instance* instance_;
};

}  // namespace

std::unique_ptr<kit::Exercise> make_exercise(const berth_plugin_entry& entry,
                                             berth_instance* instance) {
  return std::make_unique<RegistrarExercise>(
      static_cast<const berth_registrar*>(entry.get_interface(instance, BERTH_REGISTRAR_V1)),
      instance);
}

}  // namespace berth::discovery_kit
