#include <exception>
#include <iostream>

#include "tools/sample-profile/command.h"

int main(int argc, char** argv) {
  try {
    return berth::sample_profile::run(argc, argv, std::cout, std::cerr);
  } catch (const std::exception& failure) {
    std::cerr << "berth-sample-profile: " << failure.what() << '\n';
    return 1;
  }
}
