#include "tools/euicc/state_json.h"

#include <nlohmann/json.hpp>

namespace berth::euicc {
namespace {

using nlohmann::json;

Error invalid(std::string message) {
  return Error(ErrorCode::kDataLoss, "card.file_invalid", std::move(message));
}

// Thrown inside this file only; caught in state_from_json.
struct Malformed {
  std::string what;
};

Bytes hex_member(const json& object, const char* name) {
  auto bytes = from_hex(object.at(name).get_ref<const std::string&>());
  if (!bytes) throw Malformed{std::string(name) + " is not hexadecimal"};
  return std::move(*bytes);
}

Bytes base64_member(const json& object, const char* name) {
  auto bytes = from_base64(object.at(name).get_ref<const std::string&>());
  if (!bytes) throw Malformed{std::string(name) + " is not base64"};
  return std::move(*bytes);
}

Iccid iccid_member(const json& object) {
  auto iccid = Iccid::parse(object.at("iccid").get_ref<const std::string&>());
  if (!iccid) throw Malformed{"iccid is not an ICCID"};
  return *iccid;
}

json key_to_json(const PrivateKey& key) {
  return {{"curve", key.curve() == Curve::kP256 ? "P-256" : "brainpoolP256r1"},
          {"privateKey", to_hex(key.scalar().view())}};
}

PrivateKey key_from_json(const json& object) {
  const auto& name = object.at("curve").get_ref<const std::string&>();
  if (name != "P-256" && name != "brainpoolP256r1") throw Malformed{"curve is unknown"};
  const SecretBytes scalar = SecretBytes::take(hex_member(object, "privateKey"));
  auto key = PrivateKey::from_scalar(name == "P-256" ? Curve::kP256 : Curve::kBrainpoolP256r1,
                                     scalar.view());
  if (!key) throw Malformed{"privateKey is not a key"};
  return *key;
}

json profile_to_json(const Profile& profile) {
  return {{"iccid", profile.iccid.text()},
          {"isdpAid", to_hex(profile.aid)},
          {"state", profile.state == ProfileState::kEnabled ? "enabled" : "disabled"},
          {"metadata", to_base64(profile.metadata)},
          {"packageSha256", to_hex(profile.package_sha256)},
          {"package", to_base64(profile.package)}};
}

Profile profile_from_json(const json& object) {
  const auto& state = object.at("state").get_ref<const std::string&>();
  if (state != "enabled" && state != "disabled") throw Malformed{"state is unknown"};
  Profile profile{iccid_member(object),
                  hex_member(object, "isdpAid"),
                  base64_member(object, "metadata"),
                  state == "enabled" ? ProfileState::kEnabled : ProfileState::kDisabled,
                  {},
                  base64_member(object, "package")};
  profile.package_sha256 = sha256(profile.package);
  if (to_hex(profile.package_sha256) != object.at("packageSha256").get<std::string>()) {
    throw Malformed{"packageSha256 does not match the package"};
  }
  return profile;
}

json notification_to_json(const Notification& notification) {
  json object = {{"sequenceNumber", notification.sequence_number},
                 {"event", to_string(notification.event)},
                 {"address", notification.address},
                 {"der", to_base64(notification.der)}};
  if (notification.iccid) object["iccid"] = notification.iccid->text();
  return object;
}

NotificationEvent event_from_text(const std::string& text) {
  for (const auto event : {NotificationEvent::kInstall, NotificationEvent::kEnable,
                           NotificationEvent::kDisable, NotificationEvent::kDelete}) {
    if (text == to_string(event)) return event;
  }
  throw Malformed{"event is unknown"};
}

Notification notification_from_json(const json& object) {
  Notification notification{object.at("sequenceNumber").get<std::uint64_t>(),
                            event_from_text(object.at("event").get<std::string>()),
                            object.at("address").get<std::string>(), std::nullopt,
                            base64_member(object, "der")};
  if (object.contains("iccid")) notification.iccid = iccid_member(object);
  return notification;
}

json options_to_json(const CardOptions& options) {
  return {{"nvmBytes", options.nvm_bytes},
          {"checkCertificateDates", options.check_certificate_dates},
          {"acceptTestProfiles", options.accept_test_profiles},
          {"extraInstallNotifications", options.extra_install_notifications},
          {"forbiddenPolicyRules", options.forbidden_policy_rules}};
}

CardOptions options_from_json(const json& object) {
  CardOptions options;
  options.nvm_bytes = object.at("nvmBytes").get<std::uint64_t>();
  options.check_certificate_dates = object.at("checkCertificateDates").get<bool>();
  options.accept_test_profiles = object.at("acceptTestProfiles").get<bool>();
  options.extra_install_notifications = object.at("extraInstallNotifications").get<bool>();
  // Files of before this option lack it.
  options.forbidden_policy_rules = object.value("forbiddenPolicyRules", std::uint8_t{0});
  return options;
}

const json& list_member(const json& object, const char* name, std::size_t limit) {
  const json& list = object.at(name);
  if (!list.is_array() || list.size() > limit) {
    throw Malformed{std::string(name) + " is not a list of at most " + std::to_string(limit)};
  }
  return list;
}

CardState read_state(const json& root) {
  if (root.at("format").get<int>() != kStateFormat) throw Malformed{"format is not known"};
  auto eid = Eid::parse(root.at("eid").get_ref<const std::string&>());
  if (!eid) throw Malformed{"eid is not an EID"};
  CardState state{*eid, {}, {}, {}, {}, {}, 1, 0, {}};
  for (const json& entry : list_member(root, "credentials", kMaxCertificates)) {
    state.credentials.push_back(
        {key_from_json(entry.at("key")), base64_member(entry, "euiccCertificate"),
         base64_member(entry, "eumCertificate"), hex_member(entry, "ciKeyId")});
  }
  for (const json& entry : list_member(root, "ciCertificates", kMaxCertificates)) {
    state.ci_certificates.push_back(base64_member(entry, "certificate"));
  }
  for (const json& entry : list_member(root, "profiles", kMaxProfiles)) {
    state.profiles.push_back(profile_from_json(entry));
  }
  for (const json& entry : list_member(root, "notifications", kMaxNotifications)) {
    state.notifications.push_back(notification_from_json(entry));
  }
  for (const json& entry : list_member(root, "retryKeys", kMaxRetryKeys)) {
    state.retry_keys.push_back(
        {key_from_json(entry.at("key")), entry.at("smdpOid").get<std::string>()});
  }
  state.next_sequence_number = root.at("nextSequenceNumber").get<std::uint64_t>();
  state.next_isdp = root.at("nextIsdp").get<std::uint32_t>();
  state.options = options_from_json(root.at("options"));
  return state;
}

}  // namespace

std::string to_json(const CardState& state) {
  json root = {{"format", kStateFormat},       {"eid", state.eid.text()},
               {"credentials", json::array()}, {"ciCertificates", json::array()},
               {"profiles", json::array()},    {"notifications", json::array()},
               {"retryKeys", json::array()},   {"nextSequenceNumber", state.next_sequence_number},
               {"nextIsdp", state.next_isdp},  {"options", options_to_json(state.options)}};
  for (const Credential& credential : state.credentials) {
    root["credentials"].push_back({{"key", key_to_json(credential.key)},
                                   {"euiccCertificate", to_base64(credential.euicc_certificate)},
                                   {"eumCertificate", to_base64(credential.eum_certificate)},
                                   {"ciKeyId", to_hex(credential.ci_key_id)}});
  }
  for (const Bytes& certificate : state.ci_certificates) {
    root["ciCertificates"].push_back({{"certificate", to_base64(certificate)}});
  }
  for (const Profile& profile : state.profiles) {
    root["profiles"].push_back(profile_to_json(profile));
  }
  for (const Notification& notification : state.notifications) {
    root["notifications"].push_back(notification_to_json(notification));
  }
  for (const RetryKey& kept : state.retry_keys) {
    root["retryKeys"].push_back({{"key", key_to_json(kept.key)}, {"smdpOid", kept.smdp_oid}});
  }
  return root.dump(1) + "\n";
}

Result<CardState> state_from_json(std::string_view text) {
  try {
    return read_state(json::parse(text));
  } catch (const Malformed& malformed) {
    return invalid("the card file is damaged: " + malformed.what);
  } catch (const json::parse_error& error) {
    return invalid("the card file is not JSON, octet " + std::to_string(error.byte));
  } catch (const json::exception&) {
    // The library's text may quote a value; a value may be a key.
    return invalid("the card file lacks a member or one has the wrong type");
  }
}

}  // namespace berth::euicc
