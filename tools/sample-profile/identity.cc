#include "tools/sample-profile/identity.h"

#include "kernel/base/assert.h"

namespace berth::sample_profile {
namespace {

std::string ten_digits(std::uint64_t number) {
  BERTH_ASSERT(number <= kMaxNumber);
  const std::string digits = std::to_string(number);
  return std::string(10 - digits.size(), '0') + digits;
}

}  // namespace

Result<Iccid> complete_iccid(std::string_view digits) {
  if (digits.size() == 18) {
    for (char check = '0'; check <= '9'; ++check) {
      const auto iccid = Iccid::parse(std::string(digits) + check);
      if (iccid && iccid->luhn_ok()) return *iccid;
    }
  }
  const auto iccid = Iccid::parse(digits);
  if (!iccid || iccid->text().size() < 19 || !iccid->luhn_ok()) {
    return Error(ErrorCode::kInvalidArgument, "sample_profile.invalid",
                 "an ICCID is 18 digits, to which the check digit is added, or 19 or 20 with the "
                 "right one at the end");
  }
  return *iccid;
}

Iccid numbered_iccid(std::uint64_t number) {
  return *complete_iccid("89999010" + ten_digits(number));
}

std::string numbered_imsi(std::uint64_t number) { return "00101" + ten_digits(number); }

}  // namespace berth::sample_profile
