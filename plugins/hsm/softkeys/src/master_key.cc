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

// .master: magic, log2 of scrypt's N in one octet, salt, then an empty text sealed under the master
// key with everything before it as AAD: it tells a wrong passphrase before any key is touched.
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

SecretOctets derive(ByteView passphrase, ByteView salt, std::uint8_t log_n) {
  Kdf scrypt(EVP_KDF_fetch(nullptr, "SCRYPT", nullptr));
  if (scrypt == nullptr) crypto_failed("EVP_KDF_fetch");
  std::uint64_t n = std::uint64_t{1} << log_n;
  std::uint32_t r = kBlockSize;
  std::uint32_t p = kParallel;
  std::uint64_t max_memory = 2 * 128 * n * kBlockSize;
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(
          OSSL_KDF_PARAM_PASSWORD, const_cast<std::uint8_t*>(passphrase.data()), passphrase.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, const_cast<std::uint8_t*>(salt.data()),
                                        salt.size()),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &max_memory),
      OSSL_PARAM_construct_end()};
  KdfCtx context(EVP_KDF_CTX_new(scrypt.get()));
  SecretOctets key(kAesKeyOctets);
  if (context == nullptr || EVP_KDF_derive(context.get(), key.data(), key.size(), params) != 1) {
    crypto_failed("scrypt");
  }
  return key;
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

void make_file(const std::string& folder, ByteView passphrase, const Aes& aes) {
  std::vector<std::uint8_t> content(kMagic.begin(), kMagic.end());
  content.push_back(kLogN);
  content.resize(kFileOctets);
  std::span<std::uint8_t> salt(content.data() + kMagic.size() + 1, kSaltOctets);
  if (RAND_bytes(salt.data(), kSaltOctets) != 1) crypto_failed("RAND_bytes");
  SecretOctets key = derive(passphrase, salt, kLogN);
  std::span<std::uint8_t> all(content);
  aes.gcm_seal(key, all.first(kCheckedOctets), {}, all.subspan(kCheckedOctets));
  // Whoever lost the race reads the winner's file next.
  create_file(folder, kFileName, content);
}

}  // namespace

SecretOctets open_master_key(const std::string& folder, ByteView passphrase) {
  Aes aes;
  auto content = read_file(folder);
  if (!content) {
    make_file(folder, passphrase, aes);
    content = read_file(folder);
  }
  if (!content || content->size() != kFileOctets ||
      !std::equal(kMagic.begin(), kMagic.end(), content->begin())) {
    corrupt(folder);
  }
  ByteView all(*content);
  std::uint8_t log_n = all[kMagic.size()];
  if (log_n < kLogN || log_n > kMaxLogN) corrupt(folder);
  SecretOctets key = derive(passphrase, all.subspan(kMagic.size() + 1, kSaltOctets), log_n);
  if (!aes.gcm_open(key, all.first(kCheckedOctets), all.subspan(kCheckedOctets), {})) {
    throw Error(BERTH_UNAUTHENTICATED, "softkeys.wrong_passphrase",
                "the passphrase does not open the keys in " + folder);
  }
  return key;
}

}  // namespace softkeys
