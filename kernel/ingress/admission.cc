#include "kernel/ingress/admission.h"

namespace berth::ingress {

Admission first_come(std::uint32_t places) {
  struct Room {
    explicit Room(std::uint32_t count) : slots(count), everybody(count) {}
    FairSlots slots;
    FairSlots::Party everybody;
  };
  return [room = std::make_shared<Room>(places)](
             const HttpRequest&,
             std::chrono::nanoseconds longest_wait) -> Result<FairSlots::Slot, HttpRefusal> {
    auto slot = room->slots.acquire(room->everybody, longest_wait);
    if (!slot) return kBusy;
    return *std::move(slot);
  };
}

}  // namespace berth::ingress
