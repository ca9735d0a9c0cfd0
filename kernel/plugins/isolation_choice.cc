#include "kernel/plugins/isolation_choice.h"

namespace berth::plugins {

Result<bool> runs_apart(const manifest::VerifiedPlugin& plugin, Isolation wanted, bool lenient) {
  const bool belongs_apart = plugin.manifest() && !plugin.manifest()->in_process;
  switch (wanted) {
    case Isolation::kProcess:
      return true;
    case Isolation::kNone:
      if (!belongs_apart || lenient) return false;
      return Error(ErrorCode::kPermissionDenied, "plugin.isolation_required",
                   "plugin " + plugin.library().string() +
                       " belongs in a process of its own, as its manifest says, and its binding "
                       "says \"isolation\": \"none\"; take that away (development alone lets it "
                       "pass)");
    case Isolation::kAuto:
      break;
  }
  return belongs_apart || (plugin.manifest() && plugin.manifest()->direct_network);
}

}  // namespace berth::plugins
