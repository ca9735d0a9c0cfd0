#include "config.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "berth/sdk/error.h"
#include "files.h"

namespace softkeys {
namespace {

using berth::sdk::Error;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(BERTH_INVALID_ARGUMENT, "softkeys.config", what);
}

std::string absolute_path(const nlohmann::json& value, const std::string& key) {
  if (!value.is_string()) refuse("/" + key + " must be text");
  auto path = value.get<std::string>();
  if (path.empty() || path.front() != '/' || path.find('\0') != std::string::npos) {
    refuse("/" + key + " must be an absolute path");
  }
  return path;
}

}  // namespace

Config parse_config(std::string_view json) {
  auto document = nlohmann::json::parse(json, nullptr, false);
  if (!document.is_object()) refuse("the configuration is not a JSON object");
  Config config;
  for (const auto& [key, value] : document.items()) {
    if (key == "folder") {
      config.folder = absolute_path(value, key);
    } else if (key == "passphraseFile") {
      config.passphrase_file = absolute_path(value, key);
    } else {
      refuse("/" + key + " is not a known key");
    }
  }
  if (config.folder.empty()) refuse("/folder is missing");
  if (config.passphrase_file.empty()) refuse("/passphraseFile is missing");
  return config;
}

SecretOctets read_passphrase(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) {
    throw Error(BERTH_NOT_FOUND, "softkeys.passphrase_file",
                "cannot read " + path + ": " + std::strerror(errno));
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail_io("reading the mode of " + path);
  bool ours = status.st_uid == ::geteuid() || status.st_uid == 0;
  mode_t mode = status.st_mode & 07777;
  if (!S_ISREG(status.st_mode) || !ours || (mode != 0600 && mode != 0400)) {
    throw Error(BERTH_PERMISSION_DENIED, "softkeys.passphrase_mode",
                path + " must be a file of mode 0600 or 0400 that belongs to this user or root");
  }
  // One octet more than allowed shows that there is more.
  SecretOctets content = read_at_most<SecretOctets>(file, kMaxPassphraseOctets + 1, path);
  if (content.size() > kMaxPassphraseOctets) {
    throw Error(BERTH_INVALID_ARGUMENT, "softkeys.passphrase",
                path + " is longer than 1024 octets");
  }
  if (!content.empty() && content.back() == '\n') content.pop_back();
  if (!content.empty() && content.back() == '\r') content.pop_back();
  if (content.empty()) {
    throw Error(BERTH_INVALID_ARGUMENT, "softkeys.passphrase", path + " is empty");
  }
  return content;
}

}  // namespace softkeys
