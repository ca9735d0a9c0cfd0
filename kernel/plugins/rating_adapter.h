// The kernel's RatingModel over a plugin's "berth.rating/1" table (a draft).

#pragma once

#include <memory>

#include "kernel/plugins/instance.h"
#include "kernel/plugins/rating.h"

namespace berth::plugins {

// Failures of the model pass through. kInternal "plugin.misbehaved" for what no model may answer: a
// line outside its events, without charge code or currency, more lines or carry than there may be,
// or a carry out of a period's last batch. Failures here are those of Instance::interface.
Result<std::unique_ptr<RatingModel>> make_rating_model(std::shared_ptr<Instance> instance);

}  // namespace berth::plugins
