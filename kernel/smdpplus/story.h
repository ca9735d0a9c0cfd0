// What happened to one code or profile, told from its commits.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernel/context/tenant_context.h"

namespace berth::smdpplus {

struct StoryStep {
  UnixMs time_ms = 0;
  std::string type;    // audit type: "order.created", "download.authenticated", "download.refused"
  std::string title;   // "ordered", "authenticated", "bound", "installed", "refused at stage EID"
  std::string detail;  // one sentence: what happened, whose turn it is, what to do
  std::int64_t audit_sequence = 0;
};

struct Story {
  std::string iccid;  // masked; empty when the code is unknown here
  std::string state;  // the profile's state now; empty when the code is unknown
  std::vector<StoryStep> steps;
};

// `key` is an activation code, a MatchingID or an ICCID. kNotFound "story.nothing_known".
Result<Story> tell_story(context::TenantContext& tenant, std::string_view key);

}  // namespace berth::smdpplus
