#include "config.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "berth/sdk/storage.h"

namespace s3 {
namespace {

using berth::sdk::Error;
using nlohmann::json;

constexpr std::size_t kMaxText = 256;
constexpr std::size_t kMaxPath = 4096;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(BERTH_INVALID_ARGUMENT, "s3.config", what);
}

std::string text(const json& value, const std::string& key, std::size_t max = kMaxText) {
  if (!value.is_string()) refuse("/" + key + " must be text");
  auto found = value.get<std::string>();
  if (found.empty() || found.size() > max ||
      std::any_of(found.begin(), found.end(), [](char c) { return c < 0x21 || c > 0x7e; })) {
    refuse("/" + key + " must be 1 to " + std::to_string(max) + " visible ASCII characters");
  }
  return found;
}

std::string absolute_path(const json& value, const std::string& key) {
  std::string path = text(value, key, kMaxPath);
  if (path.front() != '/') refuse("/" + key + " must be an absolute path");
  return path;
}

std::uint32_t number(const json& value, const std::string& key, std::uint32_t min,
                     std::uint32_t max) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() < min ||
      value.get<std::uint64_t>() > max) {
    refuse("/" + key + " must be a number from " + std::to_string(min) + " to " +
           std::to_string(max));
  }
  return value.get<std::uint32_t>();
}

bool is_label_text(std::string_view text) {
  return !text.empty() && text.front() != '-' && text.front() != '.' && text.back() != '-' &&
         text.back() != '.' && text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

// The host of "https://host[:port]"; a default port is left out, as in the Host header.
std::string host_of(std::string_view rest, bool tls) {
  if (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  const std::size_t colon = rest.find(':');
  const std::string name(rest.substr(0, colon));
  if (name.size() > 253 || !is_label_text(name)) {
    refuse("/endpoint must be https://host or https://host:port, in lower case, without a path");
  }
  if (colon == std::string_view::npos) return name;
  const std::string_view digits = rest.substr(colon + 1);
  std::uint32_t port = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port == 0 || port > 65535) {
    refuse("/endpoint must end with a port from 1 to 65535");
  }
  return port == (tls ? 443 : 80) ? name : name + ":" + std::to_string(port);
}

bool is_loopback(std::string_view host) {
  const std::string_view name = host.substr(0, host.find(':'));
  return name == "localhost" || name == "127.0.0.1";
}

void parse_endpoint(Config& config, const std::string& endpoint) {
  constexpr std::string_view kTls = "https://";
  constexpr std::string_view kPlain = "http://";
  config.tls = endpoint.starts_with(kTls);
  if (!config.tls && !endpoint.starts_with(kPlain)) refuse("/endpoint must begin with https://");
  config.host =
      host_of(std::string_view(endpoint).substr((config.tls ? kTls : kPlain).size()), config.tls);
}

std::string parse_prefix(const json& value) {
  std::string prefix = text(value, "prefix");
  if (prefix.back() != '/' ||
      !berth::sdk::is_object_name(std::string_view(prefix).substr(0, prefix.size() - 1))) {
    refuse("/prefix is made of A-Z a-z 0-9 . _ - in segments between '/' and ends with '/'");
  }
  return prefix;
}

std::string parse_bucket(const json& value) {
  std::string bucket = text(value, "bucket");
  if (bucket.size() < 3 || bucket.size() > 63 || !is_label_text(bucket)) {
    refuse("/bucket must be 3 to 63 characters of a-z 0-9 . -");
  }
  return bucket;
}

Addressing parse_addressing(const json& value) {
  const std::string style = text(value, "addressing");
  if (style != "path" && style != "host") refuse("/addressing must be path or host");
  return style == "path" ? Addressing::kPath : Addressing::kHost;
}

bool parse_limit(Config& config, const std::string& key, const json& value) {
  if (key == "connections") {
    config.connections = number(value, key, 1, kMaxConnections);
  } else if (key == "attempts") {
    config.attempts = number(value, key, 1, kMaxAttempts);
  } else if (key == "backoffMs") {
    config.backoff_ms = number(value, key, 1, 10'000);
  } else if (key == "connectTimeoutMs") {
    config.connect_timeout_ms = number(value, key, 100, 60'000);
  } else if (key == "requestTimeoutMs") {
    config.request_timeout_ms = number(value, key, 100, 600'000);
  } else if (key == "partMiB") {
    config.part_octets = number(value, key, kMinPartMiB, kMaxPartMiB) * kMiB;
  } else {
    return false;
  }
  return true;
}

void require(bool present, const char* key) {
  if (!present) refuse("/" + std::string(key) + " is missing");
}

}  // namespace

Config parse_config(std::string_view text_of_json) {
  json document = json::parse(text_of_json, nullptr, false);
  if (!document.is_object()) refuse("the configuration is not a JSON object");
  Config config;
  bool allow_plain_http = false;
  for (const auto& [key, value] : document.items()) {
    if (key == "endpoint") {
      parse_endpoint(config, text(value, key));
    } else if (key == "allowPlainHttp") {
      if (!value.is_boolean()) refuse("/allowPlainHttp must be true or false");
      allow_plain_http = value.get<bool>();
    } else if (key == "region") {
      config.region = text(value, key, 64);
    } else if (key == "bucket") {
      config.bucket = parse_bucket(value);
    } else if (key == "prefix") {
      config.prefix = parse_prefix(value);
    } else if (key == "addressing") {
      config.addressing = parse_addressing(value);
    } else if (key == "credentialsFile") {
      config.credentials_file = absolute_path(value, key);
    } else if (key == "caFile") {
      config.ca_file = absolute_path(value, key);
    } else if (!parse_limit(config, key, value)) {
      refuse("/" + key + " is not a known key");
    }
  }
  require(!config.host.empty(), "endpoint");
  require(!config.region.empty(), "region");
  require(!config.bucket.empty(), "bucket");
  require(!config.credentials_file.empty(), "credentialsFile");
  if (!config.tls && !allow_plain_http && !is_loopback(config.host)) {
    refuse("/endpoint must be https:// unless /allowPlainHttp is true");
  }
  return config;
}

}  // namespace s3
