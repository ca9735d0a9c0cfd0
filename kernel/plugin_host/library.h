// The one library of this process and what its entry says.

#pragma once

#include "berth/abi/base.h"
#include "kernel/wire/messages.h"

namespace berth::plugin_host {

class RemoteOp;

// Loads what lies behind wire::kLibraryDescriptor. Null: op->fail was called with
// "plugin.load_failed" or "plugin.no_entry".
const berth_plugin_entry* load_library(RemoteOp& op);

// As far as it can be read: a host judges it before any function of it is called.
wire::Entry describe(const berth_plugin_entry& entry);

}  // namespace berth::plugin_host
