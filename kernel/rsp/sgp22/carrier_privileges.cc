#include "kernel/rsp/sgp22/carrier_privileges.h"

#include "kernel/rsp/sgp22/fields.h"

namespace berth::rsp::sgp22 {
namespace {

constexpr der::Tag kRefArDoList = 0xBF76;
constexpr der::Tag kRefArDo = 0xE2;
constexpr der::Tag kRefDo = 0xE1;
constexpr der::Tag kDeviceAppId = 0xC1;
constexpr der::Tag kPackageName = 0xCA;
constexpr der::Tag kArDo = 0xE3;
constexpr der::Tag kPermissions = 0xDB;
constexpr std::size_t kSha1Size = 20;
constexpr std::size_t kSha256Size = 32;
constexpr std::size_t kPermissionsSize = 8;

Error invalid(std::string_view message) {
  return malformed("metadata.carrier_privileges", std::string(message));
}

// The element must be there; what DER says of a wrong one helps nobody here.
Result<der::Tlv> take(der::Reader& reader, der::Tag tag, std::string_view message) {
  auto element = reader.expect(tag);
  if (!element) return invalid(message);
  return element;
}

Result<void> check_rule(ByteView rule) {
  der::Reader reader(rule);
  BERTH_TRY(reference, take(reader, kRefDo, "a rule begins with E1, the application"));
  der::Reader application(reference.value);
  BERTH_TRY(hash, take(application, kDeviceAppId, "an application is named by its C1"));
  if (hash.value.size() != kSha1Size && hash.value.size() != kSha256Size) {
    return invalid("the hash of a signing certificate is 20 or 32 octets");
  }
  if (!application.at_end()) {
    BERTH_TRY(name, take(application, kPackageName, "after C1 only CA, a package name, may stand"));
    if (name.value.size() > kMaxPackageName) return invalid("a package name is 127 octets at most");
  }
  if (!application.at_end()) return invalid("something follows the application's name");
  BERTH_TRY(access, take(reader, kArDo, "a rule ends with E3, the permissions"));
  if (!reader.at_end()) return invalid("something follows the permissions");
  der::Reader permissions(access.value);
  BERTH_TRY(bits, take(permissions, kPermissions, "permissions are one DB"));
  if (bits.value.size() != kPermissionsSize || !permissions.at_end()) {
    return invalid("permissions are eight octets");
  }
  return {};
}

}  // namespace

Result<void> check_carrier_privileges(ByteView bf76) {
  const auto list = der::parse_single(bf76, kRefArDoList);
  if (!list) return invalid("carrier privileges are one BF76");
  der::Reader rules(list->value);
  if (rules.at_end()) return invalid("carrier privileges without a rule");
  while (!rules.at_end()) {
    BERTH_TRY(rule, take(rules, kRefArDo, "a rule is an E2"));
    BERTH_TRY_VOID(check_rule(rule.value));
  }
  return {};
}

}  // namespace berth::rsp::sgp22
