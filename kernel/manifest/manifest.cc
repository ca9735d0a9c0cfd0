#include "kernel/manifest/manifest.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "kernel/documents/documents.h"

namespace berth::manifest {
namespace {

using nlohmann::json;

// Each kind with what the ids of its interfaces begin with.
struct Kind {
  std::string_view name;
  std::string_view interfaces;
};
constexpr std::array<Kind, 5> kKinds = {{{"hsm", "berth.hsm"},
                                         {"storage", "berth.storage"},
                                         {"discovery", "berth.discovery"},
                                         {"rating", "berth.rating"},
                                         {"bss", "berth.bss"}}};

// `entry` fits the schema, so the digest has its 64 digits.
FileDigest file_digest(const json& entry) {
  FileDigest read{entry.at("file").get<std::string>(), {}};
  const Bytes octets = *from_hex(entry.at("sha256").get_ref<const std::string&>());
  std::copy(octets.begin(), octets.end(), read.sha256.begin());
  return read;
}

bool of_kind(std::string_view interface, std::string_view kind) {
  const auto* const found =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& one) { return one.name == kind; });
  if (found == kKinds.end() || !interface.starts_with(found->interfaces)) return false;
  // "berth.hsm/1" and "berth.hsm.import/1", but not "berth.hsmx/1".
  const char next = interface.substr(found->interfaces.size()).front();
  return next == '/' || next == '.';
}

Manifest read(const json& value) {
  Manifest manifest;
  manifest.id = value.at("id").get<std::string>();
  manifest.kind = value.at("kind").get<std::string>();
  manifest.version = value.at("version").get<std::string>();
  manifest.library = file_digest(value.at("library"));
  manifest.machine = value.at("library").at("machine").get<std::string>();
  manifest.abi_major = value.at("abi").at("major").get<std::uint32_t>();
  manifest.abi_minor_min = value.at("abi").at("minor_min").get<std::uint32_t>();
  manifest.provides = value.at("provides").get<std::vector<std::string>>();
  manifest.needs = value.value("requires", manifest.needs);
  manifest.optional = value.value("optional", manifest.optional);
  manifest.max_concurrency =
      value.value("threading", json::object()).value("max_concurrency", manifest.max_concurrency);
  const json isolation = value.value("isolation", json::object());
  manifest.in_process = isolation.value("in_process", "supported") == "supported";
  manifest.direct_network = isolation.value("network", "none") == "direct";
  if (value.contains("config_schema")) {
    manifest.config_schema = file_digest(value.at("config_schema"));
  }
  return manifest;
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view text, std::string_view source) {
  const documents::Document document{source, "plugin.manifest", manifest_schema()};
  BERTH_TRY(value, documents::parse_document(text, document));
  BERTH_TRY_VOID(documents::check_schema(value, document));
  Manifest manifest = read(value);
  const bool good = std::any_of(manifest.provides.begin(), manifest.provides.end(),
                                [&](const std::string& id) { return of_kind(id, manifest.kind); });
  if (!good) {
    return Error(
        ErrorCode::kInvalidArgument, "plugin.kind",
        std::string(source) + ": kind: it claims to be of kind '" + manifest.kind +
            "' and provides no interface of that kind; its author corrects one of the two");
  }
  return manifest;
}

std::string digits_of(ByteView octets) {
  std::string digits = to_hex(octets);
  for (char& digit : digits) {
    if (digit >= 'A' && digit <= 'F') digit = static_cast<char>(digit - 'A' + 'a');
  }
  return digits;
}

std::string_view this_machine() {
#if defined(__x86_64__)
  return "x86_64-linux-gnu";
#elif defined(__aarch64__)
  return "aarch64-linux-gnu";
#else
#error "name this processor here, as the plugins' build does"
#endif
}

}  // namespace berth::manifest
