#include "tools/berthctl/plugin_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "kernel/manifest/verified_plugin.h"
#include "tools/berthctl/commands.h"

namespace berth::berthctl {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kPublicMode = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
constexpr mode_t kSecretMode = S_IRUSR | S_IWUSR;

// A file that was not there before.
Result<void> write_new(const fs::path& file, ByteView octets, mode_t mode) {
  const auto trouble = [&](std::string_view why) {
    return Error(ErrorCode::kUnavailable, "berthctl.file",
                 file.string() + " cannot be written (" + std::string(why) + ")");
  };
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return trouble(std::strerror(errno));
  const bool whole =
      ::write(fd, octets.data(), octets.size()) == static_cast<ssize_t>(octets.size());
  if (::fsync(fd) == 0 && ::close(fd) == 0 && whole) return {};
  ::unlink(file.c_str());
  return trouble("short write");
}

Result<void> replace(const fs::path& file, ByteView octets) {
  const fs::path fresh = file.string() + ".new";
  std::error_code failed;
  fs::remove(fresh, failed);
  BERTH_TRY_VOID(write_new(fresh, octets, kPublicMode));
  fs::rename(fresh, file, failed);
  if (!failed) return {};
  fs::remove(fresh, failed);
  return Error(ErrorCode::kUnavailable, "berthctl.file", file.string() + " cannot be replaced");
}

}  // namespace

Result<NewPluginKey> new_plugin_key(const fs::path& file) {
  const auto key = manifest::SigningKey::generate();
  const std::string public_pem = key.public_pem();
  BERTH_TRY(public_key, manifest::PublicKey::from_pem(public_pem));
  NewPluginKey made{file, file.string() + ".pub", public_key.fingerprint()};
  BERTH_TRY_VOID(write_new(made.public_key, as_bytes(public_pem), kPublicMode));
  const SecretBytes private_pem = key.private_pem();
  const auto written = write_new(made.private_key, private_pem.view(), kSecretMode);
  if (!written) {
    ::unlink(made.public_key.c_str());  // a public key without its half helps nobody
    return written.error();
  }
  return made;
}

Result<SignedPlugin> sign_plugin(const fs::path& manifest, const fs::path& key_file) {
  BERTH_TRY(key, manifest::SigningKey::read(key_file));
  BERTH_TRY(octets, read_file(manifest.string(), manifest::kMaxManifestBytes));
  BERTH_TRY(read, manifest::parse_manifest(as_text(octets), manifest.string()));
  const fs::path library = manifest.parent_path() / read.library.file;
  if (manifest::manifest_path(library).filename() != manifest.filename()) {
    return Error(ErrorCode::kInvalidArgument, "berthctl.manifest_name",
                 manifest.string() + " speaks of " + read.library.file +
                     ", whose manifest a host looks for as " +
                     manifest::manifest_path(library).filename().string() + "; rename one of them");
  }
  BERTH_TRY_VOID(manifest::verify_plugin(library, {.keys = {}, .allow_unsigned = true}));
  const fs::path signature = manifest::signature_path(manifest);
  BERTH_TRY_VOID(replace(signature, key.sign(octets)));
  BERTH_TRY(public_key, manifest::PublicKey::from_pem(key.public_pem()));
  // What lies there now, as a host would judge it.
  BERTH_TRY_VOID(manifest::verify_plugin(library, {.keys = {public_key}}));
  return SignedPlugin{signature, read.id, read.version, public_key.fingerprint()};
}

}  // namespace berth::berthctl
