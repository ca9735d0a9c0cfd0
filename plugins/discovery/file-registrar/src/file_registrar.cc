#include "file_registrar.h"

#include <openssl/evp.h>

#include <array>
#include <nlohmann/json.hpp>

namespace file_registrar {

using berth::sdk::DsEvent;
using berth::sdk::Error;
using berth::sdk::Op;
using berth::sdk::Registration;
using nlohmann::json;
namespace {

// A registration can go while another one looks at it; nobody loses that race many times.
constexpr int kMaxRaces = 8;

// An event id may hold any visible character; its digest is a file name.
std::string file_name(std::string_view eid, std::string_view event_id) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(event_id.data(), event_id.size(), digest.data(), &length, EVP_sha256(), nullptr) !=
      1) {
    throw Error(BERTH_INTERNAL, "file_registrar.digest", "SHA-256 failed");
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string name = std::string(eid) + "-";
  for (unsigned i = 0; i < length; ++i) {
    name += kDigits[digest[i] >> 4];
    name += kDigits[digest[i] & 15];
  }
  return name + ".json";
}

}  // namespace

FileRegistrar::FileRegistrar(berth::sdk::Host host, const berth::sdk::Config& config)
    : host_(host), config_(parse_config(config.json())) {}

void FileRegistrar::start(const Op&) { folder_ = std::make_unique<EventFolder>(config_.folder); }

EventFolder& FileRegistrar::folder() const {
  if (folder_ == nullptr) {
    throw Error(BERTH_FAILED_PRECONDITION, "file_registrar.not_started",
                "the instance has not been started");
  }
  return *folder_;
}

berth::sdk::Health FileRegistrar::health(const Op&) {
  if (!failing_) return {};
  return {BERTH_HEALTH_DEGRADED, R"({"problem":"the last write to the folder failed"})"};
}

Registration FileRegistrar::register_event(const Op& op, const DsEvent& event) {
  std::string name = file_name(event.eid, event.event_id);
  std::string content = json{{"eid", event.eid},
                             {"eventId", event.event_id},
                             {"serverAddress", event.server_address},
                             {"forwarding", event.forwarding},
                             {"registeredUnixMs", host_.unix_ms()}}
                            .dump() +
                        "\n";
  for (int race = 0; race < kMaxRaces; ++race) {
    op.throw_if_cancelled();
    if (create(name, content)) return Registration::kNew;
    if (auto known = found(name, event)) return *known;
  }
  throw Error(BERTH_UNAVAILABLE, "registrar.away",
              "the event comes and goes; somebody else registers and deletes it");
}

bool FileRegistrar::create(const std::string& name, const std::string& content) {
  try {
    bool made = folder().create(name, content);
    failing_ = false;
    return made;
  } catch (const Error&) {
    failing_ = true;
    throw;
  }
}

std::optional<Registration> FileRegistrar::found(const std::string& name,
                                                 const DsEvent& event) const {
  std::string content = folder().read(name);
  if (content.empty()) return std::nullopt;
  if (!config_.tells_content) return Registration::kDuplicate;
  json there = json::parse(content, nullptr, false);
  auto says = [&](const char* member, const json& value) {
    return there.is_object() && there.contains(member) && there.at(member) == value;
  };
  if (!says("eid", event.eid) || !says("eventId", event.event_id)) {
    throw Error(BERTH_DATA_LOSS, "file_registrar.damaged",
                name + " is not what was written there; take it away");
  }
  if (says("serverAddress", event.server_address) && says("forwarding", event.forwarding)) {
    return Registration::kSame;
  }
  throw Error(BERTH_ALREADY_EXISTS, "registrar.conflict",
              "an event of this name is registered for another server or forwarding");
}

void FileRegistrar::delete_event(const Op& op, std::string_view eid, std::string_view event_id) {
  op.throw_if_cancelled();
  folder().remove(file_name(eid, event_id));
}

}  // namespace file_registrar
