// The kernel's ObjectStore over a plugin's "berth.storage/1" table.

#pragma once

#include <memory>

#include "kernel/plugins/instance.h"
#include "kernel/plugins/object_store.h"

namespace berth::plugins {

// Failures of the store pass through. An answer that breaks the interface's promises (a size that
// is not what came, names out of order) is kInternal "plugin.misbehaved". Failures here are those
// of Instance::interface.
Result<std::unique_ptr<ObjectStore>> make_object_store(std::shared_ptr<Instance> instance);

}  // namespace berth::plugins
