// Making a key that signs plugins, and signing one with it. Files only; no host is asked.

#pragma once

#include <filesystem>
#include <string>

#include "kernel/base/result.h"

namespace berth::berthctl {

struct NewPluginKey {
  std::filesystem::path private_key;  // PKCS#8, mode 0600 from the first octet
  std::filesystem::path public_key;   // the same name with ".pub", for plugins.trustedKeys
  std::string fingerprint;            // SHA-256 of the SubjectPublicKeyInfo, hexadecimal
};
// "berthctl.file" when either cannot be written; nothing is overwritten.
Result<NewPluginKey> new_plugin_key(const std::filesystem::path& file);

struct SignedPlugin {
  std::filesystem::path signature;
  std::string id;
  std::string version;
  std::string fingerprint;  // of the key
};
// Signs only what a host would take: the library beside the manifest has its SHA-256. An older
// signature is replaced at once or not at all. Failures as of manifest::verify_plugin and
// manifest::SigningKey::read; "berthctl.manifest_name" for a manifest no host would look for;
// "berthctl.file" when the signature cannot be written.
Result<SignedPlugin> sign_plugin(const std::filesystem::path& manifest,
                                 const std::filesystem::path& key_file);

}  // namespace berth::berthctl
