// berth-sample-profile: arguments, files and what is printed.

#pragma once

#include <iosfwd>

namespace berth::sample_profile {

// 0: done; 1: refused or failed, with one line on `err` that says why; 2: wrong usage.
int run(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace berth::sample_profile
