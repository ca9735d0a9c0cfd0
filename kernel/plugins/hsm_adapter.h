// The kernel's Hsm over a plugin's "berth.hsm/1" table.

#pragma once

#include <memory>
#include <string_view>

#include "kernel/plugins/hsm.h"
#include "kernel/plugins/instance.h"

namespace berth::plugins {

// Reads the backend's limits once; whoever calls keeps to limits().max_concurrency (gate.h).
// Answers of a wrong size or kind are kInternal "plugin.misbehaved"; failures of the backend pass
// through. Failures here are those of Instance::interface and of the backend's limits call.
Result<std::unique_ptr<Hsm>> make_hsm(std::shared_ptr<Instance> instance);

// Does it take private keys from outside ("berth.hsm.import/1")? Then nobody vouches for their
// having been made, and kept, inside.
bool takes_keys(const Module& module);

// Puts a key made elsewhere into a backend that allows it; for development and tests.
// scalar: big-endian, as long as the curve's order. kUnsupported "plugin.interface_missing" when
// the backend has no "berth.hsm.import/1"; kAlreadyExists when the reference is taken.
Result<void> import_key(Instance& instance, const Op& op, std::string_view reference, Curve curve,
                        KeyUsage usage, ByteView scalar);

}  // namespace berth::plugins
