#include "beliefs.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace file_feed {

using nlohmann::json;
namespace {

constexpr std::size_t kMaxProfiles = 1'000'000;
constexpr std::size_t kPollEvery = 256;  // lines between two looks at the clock

void take(const std::string& line, std::map<std::string, Belief>& beliefs) {
  json parsed = json::parse(line, nullptr, false);
  if (!parsed.is_object() || !parsed.value("event", json()).is_object()) return;
  const json& event = parsed.at("event");
  json iccid = event.value("iccid", json());
  if (!iccid.is_string()) return;  // it speaks of no profile
  Belief belief{
      {parsed.value("incarnation", std::uint64_t{0}), parsed.value("sequence", std::uint64_t{0})},
      parsed.value("eventId", std::string()),
      parsed.value("type", std::string())};
  auto [known, added] = beliefs.try_emplace(iccid.get<std::string>(), belief);
  if (!added && known->second.position < belief.position) known->second = belief;
  if (beliefs.size() > kMaxProfiles) {
    throw berth::sdk::Error(BERTH_RESOURCE_EXHAUSTED, "file_feed.too_many",
                            "the feed speaks of more than a million profiles; move old files away");
  }
}

}  // namespace

std::map<std::string, Belief> read_beliefs(const std::string& folder,
                                           const std::function<void()>& poll) {
  std::map<std::string, Belief> beliefs;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".jsonl") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::string line;
    for (std::size_t count = 0; std::getline(file, line); ++count) {
      if (count % kPollEvery == 0) poll();
      take(line, beliefs);
    }
    if (file.bad()) {
      throw berth::sdk::Error(BERTH_UNAVAILABLE, "file_feed.io",
                              "reading " + entry.path().filename().string() + " failed");
    }
  }
  return beliefs;
}

}  // namespace file_feed
