#include "kernel/rsp/sgp22/activation_code.h"

#include <array>
#include <vector>

#include "kernel/rsp/der/der.h"

namespace berth::rsp::sgp22 {
namespace {

constexpr std::string_view kScheme = "LPA:";
constexpr std::size_t kMaxActivationCodeSize = 255;  // characters, without "LPA:"

// Base 32 without the digits that are taken for letters; all of it is in the alphanumeric set of
// QR codes.
constexpr std::string_view kTokenAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t kTokenGroups = 7;
// Groups of four also keep the reserved prefix "ACR-" impossible.
constexpr std::size_t kGroupSize = 4;
constexpr std::size_t kTokenBits = kTokenGroups * kGroupSize * 5;
static_assert(kTokenBits >= 128, "a code is the only secret of its download");

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, "activation_code.invalid", std::move(message)};
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> fields;
  std::size_t start = 0;
  for (std::size_t end = text.find('$'); end != std::string_view::npos;
       end = text.find('$', start)) {
    fields.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  fields.push_back(text.substr(start));
  return fields;
}

Result<void> check_address_and_oid(std::string_view address, std::string_view oid) {
  if (!HostName::parse(address)) return invalid("the SM-DP+ address is not a host name");
  if (!oid.empty() && !der::oid_from_text(oid)) return invalid("the SM-DP+ OID is not an OID");
  return {};
}

}  // namespace

Result<ActivationCode> ActivationCode::parse(std::string_view text) {
  if (text.starts_with(kScheme)) text.remove_prefix(kScheme.size());
  if (text.size() > kMaxActivationCodeSize) {
    return Error(ErrorCode::kInvalidArgument, "activation_code.too_long",
                 "an activation code is at most 255 characters");
  }
  // Trailing fields that later releases append are allowed and ignored.
  const std::vector<std::string_view> fields = split(text);
  if (fields.size() < 3 || fields[0] != "1") {
    return invalid("an activation code has the form 1$address$token");
  }
  const std::string_view oid = fields.size() > 3 ? fields[3] : std::string_view();
  BERTH_TRY_VOID(check_address_and_oid(fields[1], oid));
  ActivationCode code;
  code.smdp_address = std::string(fields[1]);
  code.smdp_oid = std::string(oid);
  code.confirmation_code_required = fields.size() > 4 && fields[4] == "1";
  if (!fields[2].empty()) {
    Result<MatchingId> token = MatchingId::parse(fields[2]);
    if (!token) return invalid("the token holds a character that no token may hold");
    code.matching_id = std::move(token).value();
  }
  return code;
}

Result<std::string> ActivationCode::text() const {
  BERTH_TRY_VOID(check_address_and_oid(smdp_address, smdp_oid));
  std::string text = "1$" + smdp_address + "$";
  if (matching_id) text += matching_id->text();
  if (!smdp_oid.empty() || confirmation_code_required) text += "$" + smdp_oid;
  if (confirmation_code_required) text += "$1";
  if (text.size() > kMaxActivationCodeSize) {
    return Error(ErrorCode::kInvalidArgument, "activation_code.too_long",
                 "the activation code would exceed 255 characters; use a shorter token");
  }
  return text;
}

MatchingId generate_matching_id(Random& random) {
  // One octet a character: 32 divides 256, so dropping three bits keeps all characters alike.
  std::array<std::uint8_t, kTokenGroups * kGroupSize> octets{};
  random.fill(octets);
  std::string token;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (i != 0 && i % kGroupSize == 0) token += '-';
    token += kTokenAlphabet[octets[i] % kTokenAlphabet.size()];
  }
  return MatchingId::parse(token).value();
}

}  // namespace berth::rsp::sgp22
