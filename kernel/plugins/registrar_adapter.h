// The kernel's Registrar over a plugin's "berth.discovery.registrar/1" table (a draft).

#pragma once

#include <memory>

#include "kernel/plugins/instance.h"
#include "kernel/plugins/registrar.h"

namespace berth::plugins {

// Failures of the registrar pass through; an outcome that does not exist is kInternal
// "plugin.misbehaved". Failures here are those of Instance::interface.
Result<std::unique_ptr<Registrar>> make_registrar(std::shared_ptr<Instance> instance);

}  // namespace berth::plugins
