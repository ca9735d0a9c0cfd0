#include "kernel/smdpplus/result_code.h"

#include <algorithm>

namespace berth::smdpplus {
namespace {

std::string banded(std::uint64_t band, std::uint64_t number) {
  return "RSP-" + std::to_string(band + std::min<std::uint64_t>(number, 99));
}

}  // namespace

std::string install_error_code(std::uint64_t error_reason) { return banded(4100, error_reason); }
std::string cancel_code(std::uint64_t reason) { return banded(4200, reason); }

}  // namespace berth::smdpplus
