// The commands of berth-lpa: each opens the card, does one thing, prints, and gives an exit status.

#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "kernel/base/clock.h"
#include "kernel/base/random.h"
#include "tools/berth-lpa/transport.h"

namespace berth::lpa {

// What a command needs of the world; tests replace all of it. Borrowed.
struct World {
  const Clock& clock;
  Random& random;
  std::ostream& out;
  std::ostream& err;
  Transport* transport = nullptr;  // none: HTTPS
};

// `words` without the program's name. Never throws.
int run(const std::vector<std::string>& words, const World& world);

}  // namespace berth::lpa
