// A binding's configuration against the schema that came with the plugin, before its code sees it:
// a typing error is told with its place, not as a failure of the plugin.

#pragma once

#include "kernel/plugins/instance.h"
#include "kernel/plugins/module.h"

namespace berth::plugins {

// "plugin.config". Fine for a module without a schema. Thread-safe.
Result<void> check_config(const Module& module, const InstanceOptions& options);

}  // namespace berth::plugins
