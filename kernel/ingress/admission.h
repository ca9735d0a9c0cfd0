// Who is let on to a handler, and in which place it works. Asked once a request was read whole, so
// a refusal costs no more than reading it did.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "kernel/base/fair_slots.h"
#include "kernel/ingress/http.h"
#include "kernel/ingress/http_message.h"

namespace berth::ingress {

// The place, held until the answer was made; or what the door answers instead. Waits for a place no
// longer than `longest_wait`. Called on the connection's thread, concurrently; must not throw.
using Admission = std::function<Result<FairSlots::Slot, HttpRefusal>(
    const HttpRequest& request, std::chrono::nanoseconds longest_wait)>;

// All alike: so many at once, and 503 "ingress.busy" for whom none became free in time.
Admission first_come(std::uint32_t places);

// Who may stay connected, asked when the ClientHello has named a realm: before the handshake costs
// anything. Told of RealmCertificate::owner. Empty: everybody may. Thread-safe, must not throw.
struct Doorkeeper {
  // False: closed and counted. Otherwise leave() is called once with the same name.
  std::function<bool(const std::string& owner)> enter = {};
  std::function<void(const std::string& owner)> leave = {};
};

inline constexpr HttpRefusal kBusy{503, "ingress.busy", "All workers are busy; try again shortly."};

}  // namespace berth::ingress
