// Whose plugin is this? Decided before any of its code runs, since a library's constructors run
// inside the system's loader with all the rights of this process.
//
// In order: the manifest's signature is verified before the manifest is parsed; the library is
// copied into sealed memory; the copy's SHA-256 is compared with the manifest's. Only that copy is
// ever loaded. A plugin is three files beside one another, "x.so", "x.manifest.json" and
// "x.manifest.json.sig", and the configuration schema where the manifest names one.

#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kernel/manifest/manifest.h"
#include "kernel/manifest/sealed_copy.h"
#include "kernel/manifest/signature.h"

namespace berth::manifest {

// Whom the operator trusts. Immutable once made; thread-safe.
struct PluginTrust {
  std::vector<PublicKey> keys;    // any of them may sign; two while one replaces the other
  std::set<Sha256> revoked = {};  // libraries that no signature makes good any more
  bool allow_unsigned = false;    // development only
};

// Proof that a library was judged, with the octets that were; only verify_plugin makes one.
class VerifiedPlugin {
 public:
  const std::filesystem::path& library() const { return library_; }  // where it was read
  const Sha256& sha256() const { return sha256_; }
  // None for a plugin without one, which only PluginTrust::allow_unsigned lets pass.
  const std::optional<Manifest>& manifest() const { return manifest_; }
  // JSON schema of its configuration; empty when it has none.
  const std::string& config_schema() const { return config_schema_; }
  // The fingerprint of the key that signed it; empty: unsigned.
  const std::string& signed_by() const { return signed_by_; }
  SealedCopy& copy() { return copy_; }
  const SealedCopy& copy() const { return copy_; }

 private:
  friend Result<VerifiedPlugin> verify_plugin(const std::filesystem::path&, const PluginTrust&);
  VerifiedPlugin(std::filesystem::path library, SealedCopy copy, const Sha256& sha256)
      : library_(std::move(library)), copy_(std::move(copy)), sha256_(sha256) {}

  std::filesystem::path library_;
  SealedCopy copy_;
  Sha256 sha256_;
  std::optional<Manifest> manifest_;
  std::string config_schema_;
  std::string signed_by_;
};

// The same octets of library and schema, by the same manifest and signer; wherever they lie.
bool same_plugin(const VerifiedPlugin& one, const VerifiedPlugin& other);

// Where a library's manifest lies, "x.manifest.json", and a manifest's signature,
// "x.manifest.json.sig".
std::filesystem::path manifest_path(const std::filesystem::path& library);
std::filesystem::path signature_path(const std::filesystem::path& manifest);

// In the order of the checks; each message names the file and says what to do:
//   plugin.unsigned         no manifest or no signature, and unsigned plugins are not allowed
//   plugin.signature        the signature is no signature of this manifest by any trusted key
//   plugin.manifest plugin.kind           see manifest.h
//   plugin.manifest_library the manifest speaks of a library of another name
//   plugin.abi_major plugin.abi_minor plugin.machine   as the manifest says
//   plugin.not_found plugin.too_large plugin.copy_failed   see sealed_copy.h
//   plugin.altered          the library or its schema is not the one that was signed
//   plugin.revoked          the operator's configuration revokes it
//   plugin.config_schema    the schema file the manifest names cannot be read
// With no trusted key at all and unsigned plugins allowed, a signature that nobody can judge counts
// as none.
Result<VerifiedPlugin> verify_plugin(const std::filesystem::path& library,
                                     const PluginTrust& trust);

}  // namespace berth::manifest
