// Whether a plugin runs in this process or in one of its own.

#pragma once

#include "kernel/manifest/verified_plugin.h"
#include "kernel/plugins/instance.h"

namespace berth::plugins {

// kAuto: apart when the manifest says that the plugin belongs in a process of its own
// ("in_process": "unsupported", as whatever wraps a vendor's library) or talks outside by itself
// ("network": "direct"); else here. Only signed plugins get so far, or unsigned ones in
// development; one without a manifest says nothing and stays here. kNone against "in_process":
// "unsupported" is kPermissionDenied "plugin.isolation_required", unless `lenient`, which
// development alone is.
Result<bool> runs_apart(const manifest::VerifiedPlugin& plugin, Isolation wanted, bool lenient);

}  // namespace berth::plugins
