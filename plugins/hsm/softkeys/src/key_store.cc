#include "key_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "files.h"
#include "master_key.h"

namespace softkeys {
namespace {

using berth::sdk::ByteView;
using berth::sdk::Error;

// Key file: magic, curve, usage, bits (big-endian 32-bit each), then the sealed secret.
constexpr std::string_view kMagic = "BERTHSK1";
constexpr std::size_t kHeaderOctets = 8 + 3 * 4;
constexpr std::size_t kSecretOctets = 32;
constexpr std::size_t kFileOctets = kHeaderOctets + kGcmOverhead + kSecretOctets;
constexpr std::size_t kMaxReference = 64;

std::string file_name(std::string_view reference) { return std::string(reference) + ".key"; }

void append_u32(std::vector<std::uint8_t>& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::uint32_t read_u32(const std::uint8_t* at) {
  return static_cast<std::uint32_t>(at[0]) << 24 | static_cast<std::uint32_t>(at[1]) << 16 |
         static_cast<std::uint32_t>(at[2]) << 8 | at[3];
}

std::vector<std::uint8_t> header_of(const KeyAttributes& attributes) {
  std::vector<std::uint8_t> header(kMagic.begin(), kMagic.end());
  append_u32(header, attributes.curve);
  append_u32(header, attributes.usage);
  append_u32(header, attributes.bits);
  return header;
}

// The reference is authenticated too, so that a file copied under another name does not open.
std::vector<std::uint8_t> aad_of(std::vector<std::uint8_t> header, std::string_view reference) {
  header.insert(header.end(), reference.begin(), reference.end());
  return header;
}

[[noreturn]] void corrupt(std::string_view reference) {
  throw Error(BERTH_DATA_LOSS, "softkeys.key_file",
              "the file of key " + std::string(reference) +
                  " was altered or is another key's; restore it from a backup");
}

}  // namespace

void check_reference(std::string_view reference) {
  auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  if (reference.empty() || reference.size() > kMaxReference || reference.front() == '.' ||
      !std::all_of(reference.begin(), reference.end(), allowed)) {
    throw Error(BERTH_INVALID_ARGUMENT, "hsm.bad_reference",
                "key references are 1 to 64 of a-z 0-9 . _ - and do not begin with a dot");
  }
}

KeyStore KeyStore::open(const Config& config) {
  const SecretOctets secret = config.secret_kind == SecretKind::kRandomKey
                                  ? read_random_key(config.secret_file)
                                  : read_passphrase(config.secret_file);
  prepare_folder(config.folder);
  return KeyStore(config.folder, open_master_key(config.folder, secret, config.secret_kind));
}

std::optional<FileIdentity> KeyStore::find(std::string_view reference) const {
  std::string path = folder_ + "/" + file_name(reference);
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return std::nullopt;
    fail_io("looking for " + path);
  }
  return FileIdentity{status.st_dev, status.st_ino,
                      std::int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec};
}

std::optional<StoredKey> KeyStore::load(std::string_view reference) const {
  std::string path = folder_ + "/" + file_name(reference);
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.valid()) {
    if (errno == ENOENT) return std::nullopt;
    fail_io("opening " + path);
  }
  auto content = read_at_most<std::vector<std::uint8_t>>(file, kFileOctets + 1, path);
  if (content.size() != kFileOctets || !std::equal(kMagic.begin(), kMagic.end(), content.begin())) {
    corrupt(reference);
  }
  std::vector<std::uint8_t> header(content.begin(), content.begin() + kHeaderOctets);
  StoredKey key;
  key.attributes = {read_u32(&header[8]), read_u32(&header[12]), read_u32(&header[16])};
  key.secret.resize(kSecretOctets);
  ByteView sealed(content.data() + kHeaderOctets, content.size() - kHeaderOctets);
  if (!aes_.gcm_open(master_, aad_of(std::move(header), reference), sealed, key.secret)) {
    corrupt(reference);
  }
  return key;
}

bool KeyStore::save(std::string_view reference, const StoredKey& key) const {
  std::vector<std::uint8_t> content = header_of(key.attributes);
  std::vector<std::uint8_t> aad = aad_of(content, reference);
  content.resize(kFileOctets);
  aes_.gcm_seal(master_, aad, key.secret, std::span(content).subspan(kHeaderOctets));
  return create_file(folder_, file_name(reference), content);
}

bool KeyStore::remove(std::string_view reference) const {
  return remove_file(folder_, file_name(reference));
}

}  // namespace softkeys
