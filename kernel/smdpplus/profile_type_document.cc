#include "kernel/smdpplus/profile_type_document.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "kernel/smdpplus/icon.h"

namespace berth::smdpplus {
namespace {

using nlohmann::json;
namespace sgp22 = rsp::sgp22;

constexpr std::size_t kMaxName = 64;  // octets
constexpr std::uint32_t kMaxDownloads = 1000;
constexpr std::size_t kMaxDepth = 4;

template <class T>
struct Word {
  std::string_view text;
  T value;
};
constexpr Word<sgp22::ProfileClass> kClasses[] = {
    {"test", sgp22::ProfileClass::kTest},
    {"provisioning", sgp22::ProfileClass::kProvisioning},
    {"operational", sgp22::ProfileClass::kOperational},
};
constexpr Word<sgp22::IconType> kIconTypes[] = {
    {"jpeg", sgp22::IconType::kJpeg},
    {"png", sgp22::IconType::kPng},
};
constexpr Word<Reuse> kReuses[] = {
    {"never", Reuse::kNever},
    {"sameEid", Reuse::kSameEid},
    {"anyEid", Reuse::kAnyEid},
};
constexpr Word<bool sgp22::PolicyRules::*> kRules[] = {
    {"pprUpdateControl", &sgp22::PolicyRules::update_control},
    {"ppr1", &sgp22::PolicyRules::ppr1},
    {"ppr2", &sgp22::PolicyRules::ppr2},
};
constexpr Word<bool sgp22::NotificationConfiguration::*> kEvents[] = {
    {"install", &sgp22::NotificationConfiguration::install},
    {"enable", &sgp22::NotificationConfiguration::enable},
    {"disable", &sgp22::NotificationConfiguration::disable},
    {"delete", &sgp22::NotificationConfiguration::remove},
};

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, "profile_type.invalid", std::move(message)};
}
Error wrong(std::string_view member, std::string_view wanted) {
  return invalid(std::string(member) + " is not " + std::string(wanted));
}

// Members are taken one by one; what is left at the end is unknown.
class Members {
 public:
  Members(const json& object, std::string_view where) : object_(object), where_(where) {}

  // nullptr when there is none.
  const json* take(const char* name) {
    seen_.insert(name);
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }
  Result<std::string> text(const char* name) {
    const json* value = take(name);
    if (value == nullptr) return std::string();
    if (!value->is_string()) return wrong(name, "a string");
    return value->get<std::string>();
  }
  Result<Bytes> base64(const char* name) {
    BERTH_TRY(encoded, text(name));
    auto octets = from_base64(encoded);
    if (!octets) return wrong(name, "base64");
    return octets;
  }
  Result<std::string> hex(const char* name) {
    BERTH_TRY(digits, text(name));
    auto octets = from_hex(digits);
    if (!octets) return wrong(name, "hexadecimal");
    return to_hex(*octets);
  }
  template <class T, std::size_t kCount>
  Result<std::optional<T>> word(const char* name, const Word<T> (&words)[kCount]) {
    BERTH_TRY(given, text(name));
    if (given.empty()) return std::optional<T>();
    BERTH_TRY(value, find(words, given, name));
    return std::optional<T>(value);
  }
  // The flags of `target` named in a list.
  template <class S, std::size_t kCount>
  Result<void> flags(const char* name, const Word<bool S::*> (&words)[kCount], S& target) {
    const json* list = take(name);
    if (list == nullptr) return {};
    if (!list->is_array()) return wrong(name, "a list");
    for (const json& entry : *list) {
      if (!entry.is_string()) return wrong(name, "a list of strings");
      BERTH_TRY(flag, find(words, entry.get_ref<const std::string&>(), name));
      target.*flag = true;
    }
    return {};
  }
  Result<void> finish() const {
    for (const auto& [name, value] : object_.items()) {
      if (!seen_.contains(name)) return invalid(std::string(where_) + " has no member " + name);
    }
    return {};
  }

 private:
  template <class T, std::size_t kCount>
  static Result<T> find(const Word<T> (&words)[kCount], std::string_view text, const char* name) {
    const auto* found = std::find_if(std::begin(words), std::end(words),
                                     [&](const Word<T>& word) { return word.text == text; });
    if (found != std::end(words)) return found->value;
    std::string choices;
    for (const Word<T>& word : words) {
      choices += (choices.empty() ? "" : ", ") + std::string(word.text);
    }
    return wrong(name, "one of " + choices);
  }

  const json& object_;
  std::string_view where_;
  std::set<std::string, std::less<>> seen_;
};

// An object without repeated members, of bounded depth.
Result<json> parse_object(std::string_view document) {
  if (document.size() > kMaxProfileTypeDocument) {
    return invalid("a profile type is at most 32 KiB of JSON");
  }
  std::vector<std::set<std::string>> names;
  bool sound = true;
  const auto watch = [&](int depth, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) names.emplace_back();
    if (event == json::parse_event_t::object_end) names.pop_back();
    if (event == json::parse_event_t::key) {
      sound = names.back().insert(value.get<std::string>()).second && sound;
    }
    sound = sound && static_cast<std::size_t>(depth) <= kMaxDepth;
    return true;
  };
  json root = json::parse(document.begin(), document.end(), watch, false);
  if (root.is_discarded() || !root.is_object()) return invalid("a profile type is a JSON object");
  if (!sound) return invalid("a member of the profile type comes twice, or is nested too deeply");
  return root;
}

Result<std::optional<tenancy::OperatorIdentity>> to_owner(Members& members) {
  const json* object = members.take("owner");
  if (object == nullptr) return std::optional<tenancy::OperatorIdentity>();
  if (!object->is_object()) return wrong("owner", "an object");
  Members fields(*object, "owner");
  BERTH_TRY(code, fields.text("mccMnc"));
  const auto mcc_mnc = MccMnc::parse(code);
  if (!mcc_mnc) return wrong("owner.mccMnc", "5 or 6 digits");
  BERTH_TRY(gid1, fields.hex("gid1"));
  BERTH_TRY(gid2, fields.hex("gid2"));
  BERTH_TRY_VOID(fields.finish());
  return std::optional(tenancy::OperatorIdentity{*mcc_mnc, std::move(gid1), std::move(gid2)});
}

Result<std::vector<sgp22::NotificationConfiguration>> to_notifications(Members& members) {
  std::vector<sgp22::NotificationConfiguration> entries;
  const json* list = members.take("notifications");
  if (list == nullptr) return entries;
  if (!list->is_array()) return wrong("notifications", "a list");
  for (const json& object : *list) {
    if (!object.is_object()) return wrong("notifications", "a list of objects");
    Members fields(object, "a notification");
    sgp22::NotificationConfiguration entry;
    BERTH_TRY_VOID(fields.flags("events", kEvents, entry));
    BERTH_TRY(address, fields.text("address"));
    entry.address = std::move(address);
    BERTH_TRY_VOID(fields.finish());
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<void> take_icon(Members& members, ProfileType& type) {
  BERTH_TRY(icon, members.base64("icon"));
  BERTH_TRY(given, members.word("iconType", kIconTypes));
  if (icon.empty()) {
    return given ? Result<void>(invalid("iconType stands without an icon")) : Result<void>();
  }
  BERTH_TRY(found, read_icon(icon));
  if (given && *given != found) return invalid("the icon is not of the iconType given");
  type.icon = std::move(icon);
  type.icon_type = found;
  return {};
}

Result<void> take_downloads(Members& members, ProfileType& type) {
  const json* value = members.take("downloadsMax");
  if (value == nullptr) return {};
  if (!value->is_number_unsigned() || value->get<std::uint64_t>() == 0 ||
      value->get<std::uint64_t>() > kMaxDownloads) {
    return wrong("downloadsMax", "a whole number from 1 to 1000");
  }
  type.downloads_max = value->get<std::uint32_t>();
  return {};
}

Result<void> check_name(const std::string& name) {
  const bool printable =
      std::none_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  if (!name.empty() && name.size() <= kMaxName && printable) return {};
  return wrong("name", "1 to 64 printable octets");
}

// The standard's limits, by what will write the metadata later.
Result<void> check_metadata(const ProfileType& type) {
  static const Iccid kAnyIccid = Iccid::parse("8900000000000000000").value();
  BERTH_TRY_VOID(sgp22::encode_metadata(metadata_of(type, kAnyIccid)));
  return {};
}

// Hexadecimal everywhere it comes from; anything else would be no GID.
Bytes gid_octets(const std::string& text) {
  auto octets = from_hex(text);
  return octets ? std::move(octets).value() : Bytes();
}

template <class T, std::size_t kCount>
std::string text_of(const Word<T> (&words)[kCount], T value) {
  for (const Word<T>& word : words) {
    if (word.value == value) return std::string(word.text);
  }
  return {};
}

template <class S, std::size_t kCount>
json names_of(const Word<bool S::*> (&words)[kCount], const S& flags) {
  json names = json::array();
  for (const auto& word : words) {
    if (flags.*word.value) names.push_back(word.text);
  }
  return names;
}

json owner_json(const tenancy::OperatorIdentity& owner) {
  json object = {{"mccMnc", owner.mcc_mnc.text()}};
  if (!owner.gid1_hex.empty()) object["gid1"] = owner.gid1_hex;
  if (!owner.gid2_hex.empty()) object["gid2"] = owner.gid2_hex;
  return object;
}

}  // namespace

rsp::sgp22::ProfileMetadata metadata_of(const ProfileType& type, const Iccid& iccid) {
  sgp22::ProfileMetadata metadata{.iccid = iccid,
                                  .service_provider_name = type.service_provider_name,
                                  .profile_name = type.profile_name,
                                  .profile_class = type.profile_class,
                                  .icon = type.icon,
                                  .icon_type = type.icon_type,
                                  .notification_address = {},
                                  .notifications = type.notifications,
                                  .owner = {},
                                  .policy_rules = type.policy_rules,
                                  .service_specific = type.vendor_objects,
                                  .carrier_privileges = type.carrier_privileges};
  if (type.owner) {
    metadata.owner = sgp22::OperatorId{type.owner->mcc_mnc, gid_octets(type.owner->gid1_hex),
                                       gid_octets(type.owner->gid2_hex)};
  }
  return metadata;
}

Result<ProfileType> parse_profile_type(std::string_view document) {
  BERTH_TRY(root, parse_object(document));
  Members members(root, "a profile type");
  ProfileType type;
  BERTH_TRY(name, members.text("name"));
  BERTH_TRY_VOID(check_name(name));
  type.name = std::move(name);
  BERTH_TRY(provider, members.text("serviceProviderName"));
  type.service_provider_name = std::move(provider);
  BERTH_TRY(profile_name, members.text("profileName"));
  type.profile_name = std::move(profile_name);
  BERTH_TRY_VOID(take_icon(members, type));
  BERTH_TRY(profile_class, members.word("profileClass", kClasses));
  type.profile_class = profile_class.value_or(sgp22::ProfileClass::kOperational);
  BERTH_TRY(owner, to_owner(members));
  type.owner = std::move(owner);
  BERTH_TRY_VOID(members.flags("policyRules", kRules, type.policy_rules));
  BERTH_TRY(notifications, to_notifications(members));
  type.notifications = std::move(notifications);
  BERTH_TRY(privileges, members.base64("carrierPrivileges"));
  type.carrier_privileges = std::move(privileges);
  BERTH_TRY(vendor_objects, members.base64("vendorObjects"));
  type.vendor_objects = std::move(vendor_objects);
  BERTH_TRY(reuse, members.word("reuse", kReuses));
  type.reuse = reuse.value_or(Reuse::kNever);
  BERTH_TRY_VOID(take_downloads(members, type));
  BERTH_TRY_VOID(members.finish());
  BERTH_TRY_VOID(check_metadata(type));
  return type;
}

std::string write_profile_type(const ProfileType& type) {
  json root = {{"name", type.name},
               {"serviceProviderName", type.service_provider_name},
               {"profileName", type.profile_name},
               {"profileClass", text_of(kClasses, type.profile_class)},
               {"policyRules", names_of(kRules, type.policy_rules)},
               {"notifications", json::array()},
               {"reuse", text_of(kReuses, type.reuse)},
               {"downloadsMax", type.downloads_max}};
  if (type.icon_type) {
    root["icon"] = to_base64(type.icon);
    root["iconType"] = text_of(kIconTypes, *type.icon_type);
  }
  if (type.owner) root["owner"] = owner_json(*type.owner);
  for (const sgp22::NotificationConfiguration& entry : type.notifications) {
    root["notifications"].push_back(
        {{"events", names_of(kEvents, entry)}, {"address", entry.address}});
  }
  if (!type.carrier_privileges.empty()) {
    root["carrierPrivileges"] = to_base64(type.carrier_privileges);
  }
  if (!type.vendor_objects.empty()) root["vendorObjects"] = to_base64(type.vendor_objects);
  return root.dump();
}

}  // namespace berth::smdpplus
