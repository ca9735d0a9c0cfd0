// What a plugin of any kind is asked, one question a process: berth-plugin-check starts the kind's
// runner for each, so that a plugin that crashes, hangs or leaks fails that question alone.

#pragma once

#include <string>

#include "kit/runner/subject.h"

namespace berth::kit::runner {

struct Verdict {
  bool ok = false;
  std::string detail;  // ok: what was seen; otherwise what is wrong and what its author must do
};

// Each may throw: std::exception::what() is then the detail of a failure.
Verdict check_kit(const Subject& subject);           // the kind's conformance kit
Verdict check_life(const Subject& subject);          // create, start, drain, destroy in every order
Verdict check_threads(const Subject& subject);       // many threads at the declared concurrency
Verdict check_deadlines(const Subject& subject);     // calls whose time is up
Verdict check_cancellation(const Subject& subject);  // calls whose caller gives up under way
Verdict check_memory(const Subject& subject);        // what many calls and instances leave behind
Verdict check_instances(const Subject& subject);     // two of them, interleaved
Verdict check_process(const Subject& subject);       // what belongs to the whole process
Verdict check_replay(const Subject& subject);        // recorded events, as subject.recorded holds

}  // namespace berth::kit::runner
