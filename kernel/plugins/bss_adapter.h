// The kernel's BssConnector over a plugin's "berth.bss/1" table (a draft).

#pragma once

#include <memory>

#include "kernel/plugins/bss.h"
#include "kernel/plugins/instance.h"

namespace berth::plugins {

// Failures of the connector pass through. kInternal "plugin.misbehaved" for what none may answer: a
// decision or verdict that does not exist or gives no reason, receipts out of order or after the
// last, success without a receipt for each event, records that are empty, too many or too large.
// Failures here are those of Instance::interface.
Result<std::unique_ptr<BssConnector>> make_bss_connector(std::shared_ptr<Instance> instance);

}  // namespace berth::plugins
