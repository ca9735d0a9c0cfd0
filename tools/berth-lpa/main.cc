#include <iostream>

#include "tools/berth-lpa/commands.h"

int main(int argc, char** argv) {
  const berth::SystemClock clock;
  berth::SystemRandom random;
  return berth::lpa::run({argv + 1, argv + argc}, {clock, random, std::cout, std::cerr});
}
