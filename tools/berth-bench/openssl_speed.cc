// `openssl speed -mr`: one line a figure, fields separated by colons.

#include <cstdio>
#include <limits>
#include <memory>
#include <sstream>

#include "tools/berth-bench/crypto_floor.h"

namespace berth::bench {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "re"), &::pclose);
  std::string text;
  char block[4096];
  while (pipe && std::fgets(block, sizeof(block), pipe.get()) != nullptr) text += block;
  return text;
}

// Field `index` of the first line that begins with `mark` ("+F4:").
double field(const std::string& output, const std::string& mark, std::size_t index) {
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(mark)) continue;
    std::istringstream fields(line);
    std::string value;
    for (std::size_t i = 0; i <= index && std::getline(fields, value, ':'); ++i) {
    }
    try {
      return std::stod(value);
    } catch (const std::exception&) {
      return kNone;
    }
  }
  return kNone;
}

// +F:index:name:octets a second, for one block size. In microseconds a package.
double symmetric(const std::string& algorithm, std::size_t octets) {
  const std::string size = std::to_string(octets);
  const double rate =
      field(output_of("openssl speed -mr -seconds 1 -bytes " + size + " " + algorithm + " 2>&1"),
            "+F:", 3);
  return rate > 0 ? static_cast<double>(octets) / rate * 1e6 : kNone;
}

}  // namespace

OpensslSpeed ask_openssl_speed(Curve curve, std::size_t package_octets) {
  const std::string suffix = curve == Curve::kP256 ? "p256" : "brp256r1";
  const std::string pairs =
      output_of("openssl speed -mr -seconds 1 ecdsa" + suffix + " ecdh" + suffix + " 2>&1");
  // +F4:index:bits:sign:verify and +F5:index:bits:operation, as operations a second.
  const auto inverse = [](double rate) { return rate > 0 ? 1e6 / rate : kNone; };
  return {inverse(field(pairs, "+F4:", 3)), inverse(field(pairs, "+F4:", 4)),
          inverse(field(pairs, "+F5:", 3)), symmetric("-evp aes-128-cbc", package_octets),
          symmetric("-cmac aes-128-cbc", package_octets)};
}

}  // namespace berth::bench
