#include "config.h"

#include <nlohmann/json.hpp>

#include "berth/sdk/error.h"

namespace file_registrar {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw berth::sdk::Error(BERTH_INVALID_ARGUMENT, "file_registrar.config", what);
}

}  // namespace

Config parse_config(std::string_view json) {
  auto document = nlohmann::json::parse(json, nullptr, false);
  if (!document.is_object()) refuse("the configuration is not a JSON object");
  Config config;
  for (const auto& [key, value] : document.items()) {
    if (key != "folder" && key != "answers") refuse("/" + key + " is not a known key");
    if (!value.is_string()) refuse("/" + key + " must be text");
    auto text = value.get<std::string>();
    if (key == "folder") {
      config.folder = text;
    } else if (text == "content" || text == "existence") {
      config.tells_content = text == "content";
    } else {
      refuse("/answers is \"content\" or \"existence\"");
    }
  }
  if (config.folder.empty()) refuse("/folder is missing");
  if (config.folder.front() != '/' || config.folder.find('\0') != std::string::npos) {
    refuse("/folder must be an absolute path");
  }
  return config;
}

}  // namespace file_registrar
