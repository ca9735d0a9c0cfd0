#include "tools/sample-profile/sample_profile.h"

#include <algorithm>

#include "kernel/saip/package.h"
#include "tools/sample-profile/elements.h"

namespace berth::sample_profile {
namespace {

constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxGidOctets = 8;

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, "sample_profile.invalid", std::move(message)};
}

Result<void> check(const Subscriber& subscriber) {
  const std::string& imsi = subscriber.imsi;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (imsi.size() < 6 || imsi.size() > 15 || !std::all_of(imsi.begin(), imsi.end(), is_digit)) {
    return invalid("an IMSI is 6 to 15 digits");
  }
  if (subscriber.mnc_digits != 2 && subscriber.mnc_digits != 3) {
    return invalid("an MNC has 2 or 3 digits");
  }
  const auto printable = [](char c) { return c >= ' ' && c < 0x7F; };
  const std::string& name = subscriber.name;
  if (name.empty() || name.size() > kMaxName || !std::all_of(name.begin(), name.end(), printable)) {
    return invalid("a name is 1 to 64 printable ASCII characters");
  }
  for (const std::string& gid : {subscriber.gid1_hex, subscriber.gid2_hex}) {
    const auto octets = from_hex(gid);
    if (!octets || octets->size() > kMaxGidOctets) {
      return invalid("a GID is at most 8 octets in hexadecimal");
    }
  }
  return {};
}

}  // namespace

Result<Bytes> build(const Subscriber& subscriber, Random& random) {
  BERTH_TRY_VOID(check(subscriber));
  Elements elements(subscriber);
  Bytes upp = elements.header();
  append(upp, elements.master_file());
  append(upp, elements.puk_codes(random));
  append(upp, elements.global_pins(random));
  append(upp, elements.usim());
  if (elements.has_optional_usim()) append(upp, elements.optional_usim());
  append(upp, elements.local_pins());
  append(upp, elements.network_access(random));
  append(upp, elements.security_domain(random));
  append(upp, elements.end());
  const auto validated = saip::validate(upp);
  if (!validated) {
    return Error(ErrorCode::kInternal, "sample_profile.not_valid",
                 "the sample package does not pass the validator: " + validated.error().message());
  }
  return upp;
}

}  // namespace berth::sample_profile
