// Where the conformance kit runs against file-feed.

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/plugins/billing/file_feed/file_feed_fixture.h"

namespace berth::file_feed_test {

std::string content(const std::string& file) {
  std::ifstream input(file, std::ios::binary);
  std::ostringstream text;
  text << input.rdbuf();
  return text.str();
}

std::string FeedPlace::config() const {
  return R"({"folder":")" + feed() + R"(","orders":[
    {"decision":"deny","reason":"bss.blocked_range","message":"reported lost",
     "iccids":{"from":"894400000000000005","to":"894400000000000005"}},
    {"decision":"hold","holdMs":60000,"reason":"bss.trial","message":"wait a minute",
     "profileType":"trial"}]})";
}

std::optional<std::vector<std::string>> FeedPlace::received(const std::string& endpoint,
                                                            const std::string& lane) const {
  std::vector<std::string> ids;
  std::istringstream lines(content(file(endpoint, lane)));
  for (std::string line; std::getline(lines, line);) {
    ids.push_back(nlohmann::json::parse(line).at("eventId").get<std::string>());
  }
  return ids;
}

std::string FeedPlace::trace() const {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(feed())) {
    files[entry.path().filename().string()] = content(entry.path().string());
  }
  std::string all;
  for (const auto& [name, text] : files) all += name + "\n" + text;
  return all;
}

}  // namespace berth::file_feed_test

std::unique_ptr<berth::bss_kit::Place> berth::bss_kit::make_place() {
  return std::make_unique<file_feed_test::FeedPlace>();
}
