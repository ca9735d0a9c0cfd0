// A plugin's manifest: what its author says of the library and signs with it.
//
// The format is docs/reference/schemas/plugin-manifest.schema.json, compiled in. Read it only when
// its signature has been verified, or when the operator allows unsigned plugins. Pure values.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/bytes.h"
#include "kernel/base/digest.h"
#include "kernel/base/result.h"

namespace berth::manifest {

inline constexpr std::size_t kMaxManifestBytes = 64 * 1024;
inline constexpr std::size_t kMaxConfigSchemaBytes = 256 * 1024;

struct FileDigest {
  std::string file;  // a bare name: it lies beside the manifest
  Sha256 sha256{};
  bool operator==(const FileDigest&) const = default;
};

struct Manifest {
  std::string id;
  std::string kind;  // "hsm", "storage", "discovery", "rating", "bss"
  std::string version;
  FileDigest library;
  std::string machine;  // "x86_64-linux-gnu"
  std::uint32_t abi_major = 0;
  std::uint32_t abi_minor_min = 0;
  std::vector<std::string> provides;  // interface ids, each once
  std::vector<std::string> needs;     // host services it cannot do without ("requires")
  std::vector<std::string> optional;  // host services it uses when there are any
  std::uint32_t max_concurrency = 1;  // calls in flight it wants at most
  bool in_process = true;             // false: it belongs in a process of its own
  bool direct_network = false;        // it talks outside by itself, not through host services
  std::optional<FileDigest> config_schema = {};
  bool operator==(const Manifest&) const = default;
};

// "plugin.manifest": not JSON, too deep or long, a member unknown, missing, repeated or out of
// range. "plugin.kind": it provides no interface of the kind it claims. `source` begins the
// message.
Result<Manifest> parse_manifest(std::string_view text, std::string_view source);

// JSON Schema draft 7, valid for the life of the program.
std::string_view manifest_schema();

// Lower-case hexadecimal digits, as manifests and configurations write digests and fingerprints.
std::string digits_of(ByteView octets);

// What this program is built for, as a manifest says it.
std::string_view this_machine();

}  // namespace berth::manifest
