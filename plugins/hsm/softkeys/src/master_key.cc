#include "master_key.h"

#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <vector>

#include "aes.h"
#include "files.h"

namespace softkeys {
namespace {

using berth::sdk::ByteView;
using berth::sdk::Error;

// .master: magic, log2 of scrypt's N in one octet (0: the secret is a random key, HKDF), salt, then
// an empty text sealed under the master key with everything before it as AAD: it tells a wrong
// secret before any key is touched.
constexpr std::string_view kMagic = "BERTHSM1";
constexpr std::size_t kSaltOctets = 16;
constexpr std::size_t kCheckedOctets = kMagic.size() + 1 + kSaltOctets;
constexpr std::size_t kFileOctets = kCheckedOctets + kGcmOverhead;
const char* const kFileName = ".master";

// N = 2^15, r = 8, p = 1: 32 MiB and about 0.1 s. Files with a higher N up to 2^20 are honoured, so
// that the cost can rise without a new format; a lower one was not written by us.
constexpr std::uint8_t kLogN = 15;
constexpr std::uint8_t kMaxLogN = 20;
constexpr std::uint32_t kBlockSize = 8;
constexpr std::uint32_t kParallel = 1;
constexpr std::uint8_t kNoScrypt = 0;
constexpr std::string_view kHkdfInfo = "berth softkeys master key 1";

OSSL_PARAM octets(const char* name, ByteView value) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(value.data()),
                                           value.size());
}

SecretOctets derived_by(const char* name, const OSSL_PARAM* params) {
  Kdf kdf(EVP_KDF_fetch(nullptr, name, nullptr));
  if (kdf == nullptr) crypto_failed("EVP_KDF_fetch");
  KdfCtx context(EVP_KDF_CTX_new(kdf.get()));
  SecretOctets key(kAesKeyOctets);
  if (context == nullptr || EVP_KDF_derive(context.get(), key.data(), key.size(), params) != 1) {
    crypto_failed(name);
  }
  return key;
}

SecretOctets from_random_key(ByteView secret, ByteView salt) {
  std::string digest = "SHA256";
  std::string info(kHkdfInfo);
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      octets(OSSL_KDF_PARAM_KEY, secret), octets(OSSL_KDF_PARAM_SALT, salt),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  return derived_by("HKDF", params);
}

SecretOctets from_passphrase(ByteView passphrase, ByteView salt, std::uint8_t log_n) {
  std::uint64_t n = std::uint64_t{1} << log_n;
  std::uint32_t r = kBlockSize;
  std::uint32_t p = kParallel;
  std::uint64_t max_memory = 2 * 128 * n * kBlockSize;
  const OSSL_PARAM params[] = {
      octets(OSSL_KDF_PARAM_PASSWORD, passphrase),
      octets(OSSL_KDF_PARAM_SALT, salt),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &max_memory),
      OSSL_PARAM_construct_end()};
  return derived_by("SCRYPT", params);
}

SecretOctets derive(ByteView secret, ByteView salt, std::uint8_t log_n) {
  return log_n == kNoScrypt ? from_random_key(secret, salt) : from_passphrase(secret, salt, log_n);
}

[[noreturn]] void corrupt(const std::string& folder) {
  throw Error(BERTH_DATA_LOSS, "softkeys.master_file",
              folder +
                  "/.master is not what this plugin wrote; restore it from a backup, without "
                  "it no key in the folder can be opened");
}

std::optional<std::vector<std::uint8_t>> read_file(const std::string& folder) {
  std::string path = folder + "/" + kFileName;
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.valid()) {
    if (errno == ENOENT) return std::nullopt;
    fail_io("opening " + path);
  }
  return read_at_most<std::vector<std::uint8_t>>(file, kFileOctets + 1, path);
}

// Makes the file and tells its key. None: somebody else was first, and their file counts.
std::optional<SecretOctets> make_file(const std::string& folder, ByteView secret, SecretKind kind,
                                      const Aes& aes) {
  const std::uint8_t log_n = kind == SecretKind::kRandomKey ? kNoScrypt : kLogN;
  std::vector<std::uint8_t> content(kMagic.begin(), kMagic.end());
  content.push_back(log_n);
  content.resize(kFileOctets);
  std::span<std::uint8_t> salt(content.data() + kMagic.size() + 1, kSaltOctets);
  if (RAND_bytes(salt.data(), kSaltOctets) != 1) crypto_failed("RAND_bytes");
  SecretOctets key = derive(secret, salt, log_n);
  std::span<std::uint8_t> all(content);
  aes.gcm_seal(key, all.first(kCheckedOctets), {}, all.subspan(kCheckedOctets));
  if (!create_file(folder, kFileName, content)) return std::nullopt;
  return key;
}

void check_kind(const std::string& folder, std::uint8_t log_n, SecretKind kind) {
  const bool of_random_key = log_n == kNoScrypt;
  if (of_random_key == (kind == SecretKind::kRandomKey)) return;
  throw Error(BERTH_FAILED_PRECONDITION, "softkeys.secret_kind",
              "the keys in " + folder + " were made under a " +
                  (of_random_key ? "random key: configure masterKeyFile, not passphraseFile"
                                 : "passphrase: configure passphraseFile, not masterKeyFile"));
}

[[noreturn]] void wrong_secret(const std::string& folder, SecretKind kind) {
  if (kind == SecretKind::kRandomKey) {
    throw Error(BERTH_UNAUTHENTICATED, "softkeys.wrong_master_key",
                "masterKeyFile does not open the keys in " + folder);
  }
  throw Error(BERTH_UNAUTHENTICATED, "softkeys.wrong_passphrase",
              "the passphrase does not open the keys in " + folder);
}

}  // namespace

SecretOctets open_master_key(const std::string& folder, ByteView secret, SecretKind kind) {
  Aes aes;
  auto content = read_file(folder);
  if (!content) {
    if (auto key = make_file(folder, secret, kind, aes)) return std::move(*key);
    content = read_file(folder);
  }
  if (!content || content->size() != kFileOctets ||
      !std::equal(kMagic.begin(), kMagic.end(), content->begin())) {
    corrupt(folder);
  }
  ByteView all(*content);
  const std::uint8_t log_n = all[kMagic.size()];
  if (log_n != kNoScrypt && (log_n < kLogN || log_n > kMaxLogN)) corrupt(folder);
  check_kind(folder, log_n, kind);
  SecretOctets key = derive(secret, all.subspan(kMagic.size() + 1, kSaltOctets), log_n);
  if (!aes.gcm_open(key, all.first(kCheckedOctets), all.subspan(kCheckedOctets), {})) {
    wrong_secret(folder, kind);
  }
  return key;
}

}  // namespace softkeys
