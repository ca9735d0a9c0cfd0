// What the kernel asks of an SM-DS registrar: events that lead a card to its server. The adapter
// over a loaded plugin implements it; so do test doubles.
//
// Thread-safe.

#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/identifiers.h"
#include "kernel/plugins/op.h"

namespace berth::plugins {

struct DsEvent {
  Eid eid;
  std::string_view event_id;        // 1 to 255 visible ASCII characters
  std::string_view server_address;  // the host name that the device must contact, in lower case
  bool forwarding = false;          // ask an alternative SM-DS to cascade to the root
};

enum class Registration : std::uint8_t {
  kNew = 1,
  kSame,       // it was there, with this content
  kDuplicate,  // an event of this name is there, and its content is not told
};

class Registrar {
 public:
  virtual ~Registrar() = default;
  // kAlreadyExists "registrar.conflict" when the event is known to be there with other content;
  // kInvalidArgument "registrar.bad_event" for what the limits above exclude. After kUnavailable,
  // kDeadlineExceeded or "plugin.misbehaved" the outcome is unknown, and the same call again is the
  // way to learn it.
  virtual Result<Registration> register_event(const Op& op, const DsEvent& event) = 0;
  // Deleting what is not registered succeeds.
  virtual Result<void> delete_event(const Op& op, const Eid& eid, std::string_view event_id) = 0;
};

}  // namespace berth::plugins
