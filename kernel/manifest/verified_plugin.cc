#include "kernel/manifest/verified_plugin.h"

#include <algorithm>

#include "berth/abi/base.h"
#include "kernel/documents/documents.h"

namespace berth::manifest {
namespace {

namespace fs = std::filesystem;

Error refused(ErrorCode code, std::string_view reason, const fs::path& file, std::string why) {
  return {code, reason, "plugin " + file.string() + " is refused: " + std::move(why)};
}

struct SignedText {
  std::string text;       // the manifest's octets
  std::string signed_by;  // empty: unsigned
};

Error unsigned_plugin(const fs::path& library, const fs::path& missing) {
  return refused(ErrorCode::kPermissionDenied, "plugin.unsigned", library,
                 "it is not signed (there is no " + missing.string() +
                     "); its signer makes one with berthctl plugin sign, or plugins.allowUnsigned "
                     "lets it pass outside production");
}

// The key that made the signature; none: nobody who is trusted.
const PublicKey* signer(const PluginTrust& trust, ByteView text, ByteView signature) {
  const auto found = std::find_if(trust.keys.begin(), trust.keys.end(), [&](const PublicKey& key) {
    return key.verifies(text, signature);
  });
  return found == trust.keys.end() ? nullptr : &*found;
}

// The manifest's octets, judged but not read. None: there is no manifest and none is needed.
Result<std::optional<SignedText>> read_signed(const fs::path& library, const PluginTrust& trust) {
  const fs::path file = manifest_path(library);
  const fs::path signature_file = signature_path(file);
  std::error_code ignored;
  if (!fs::exists(file, ignored)) {
    if (!trust.allow_unsigned) return unsigned_plugin(library, file);
    return std::optional<SignedText>();
  }
  BERTH_TRY(text, documents::read_document(file, kMaxManifestBytes, "plugin.manifest"));
  if (!fs::exists(signature_file, ignored)) {
    if (!trust.allow_unsigned) return unsigned_plugin(library, signature_file);
    return std::optional<SignedText>({std::move(text), ""});
  }
  if (trust.keys.empty() && trust.allow_unsigned) {
    return std::optional<SignedText>({std::move(text), ""});
  }
  BERTH_TRY(signature,
            documents::read_document(signature_file, kSignatureBytes, "plugin.signature"));
  const PublicKey* key = signer(trust, as_bytes(text), as_bytes(signature));
  if (key == nullptr) {
    return refused(ErrorCode::kPermissionDenied, "plugin.signature", library,
                   signature_file.string() + " is not the signature of " + file.string() +
                       " by any of the " + std::to_string(trust.keys.size()) +
                       " keys in plugins.trustedKeys: the manifest was changed after it was "
                       "signed, or its signer's key is not trusted here (any more)");
  }
  return std::optional<SignedText>({std::move(text), key->fingerprint()});
}

Result<void> check_claims(const Manifest& manifest, const fs::path& library) {
  const auto wrong = [&](std::string_view reason, std::string why) {
    return refused(ErrorCode::kInvalidArgument, reason, library, std::move(why));
  };
  if (manifest.library.file != library.filename().string()) {
    return wrong("plugin.manifest_library", "its manifest is that of " + manifest.library.file +
                                                "; put the right manifest beside it");
  }
  if (manifest.abi_major != BERTH_ABI_MAJOR) {
    return wrong("plugin.abi_major", "it speaks ABI major " + std::to_string(manifest.abi_major) +
                                         ", this host " + std::to_string(BERTH_ABI_MAJOR));
  }
  if (manifest.abi_minor_min > BERTH_ABI_MINOR) {
    return wrong("plugin.abi_minor", "it needs ABI minor " +
                                         std::to_string(manifest.abi_minor_min) +
                                         ", this host has " + std::to_string(BERTH_ABI_MINOR) +
                                         "; use a newer host or an older plugin");
  }
  if (manifest.machine != this_machine()) {
    return wrong("plugin.machine", "it is built for " + manifest.machine + ", this host is " +
                                       std::string(this_machine()));
  }
  return {};
}

Result<std::string> read_config_schema(const Manifest& manifest, const fs::path& library) {
  if (!manifest.config_schema) return std::string();
  const fs::path file = library.parent_path() / manifest.config_schema->file;
  BERTH_TRY(text, documents::read_document(file, kMaxConfigSchemaBytes, "plugin.config_schema"));
  if (berth::sha256(as_bytes(text)) != manifest.config_schema->sha256) {
    return refused(ErrorCode::kDataLoss, "plugin.altered", library,
                   file.string() +
                       " is not the schema its manifest was made for; copy the plugin "
                       "again, all its files together");
  }
  return std::move(text);
}

}  // namespace

fs::path manifest_path(const fs::path& library) {
  return fs::path(library).replace_extension(".manifest.json");
}

fs::path signature_path(const fs::path& manifest) { return manifest.string() + ".sig"; }

bool same_plugin(const VerifiedPlugin& one, const VerifiedPlugin& other) {
  return one.sha256() == other.sha256() && one.signed_by() == other.signed_by() &&
         one.manifest() == other.manifest() && one.config_schema() == other.config_schema();
}

Result<VerifiedPlugin> verify_plugin(const fs::path& library, const PluginTrust& trust) {
  BERTH_TRY(signed_text, read_signed(library, trust));
  std::optional<Manifest> manifest;
  std::string config_schema;
  if (signed_text) {
    BERTH_TRY(parsed, parse_manifest(signed_text->text, manifest_path(library).string()));
    BERTH_TRY_VOID(check_claims(parsed, library));
    BERTH_TRY(schema, read_config_schema(parsed, library));
    config_schema = std::move(schema);
    manifest = std::move(parsed);
  }
  // The copy comes before the hash: what is judged from here on can no longer change.
  BERTH_TRY(copy, SealedCopy::of(library));
  const Sha256 digest = berth::sha256(copy.octets());
  if (manifest && digest != manifest->library.sha256) {
    return refused(ErrorCode::kDataLoss, "plugin.altered", library,
                   "its SHA-256 is " + digits_of(digest) + ", its manifest was made for " +
                       digits_of(manifest->library.sha256) +
                       "; copy the plugin again, all its files together, or have it signed anew");
  }
  if (trust.revoked.contains(digest)) {
    return refused(ErrorCode::kPermissionDenied, "plugin.revoked", library,
                   "plugins.revokedLibraries names its SHA-256, " + digits_of(digest) +
                       "; put a newer version in its place");
  }
  VerifiedPlugin verified(library, std::move(copy), digest);
  verified.manifest_ = std::move(manifest);
  verified.config_schema_ = std::move(config_schema);
  if (signed_text) verified.signed_by_ = signed_text->signed_by;
  return verified;
}

}  // namespace berth::manifest
