#include "kernel/manifest/signature.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <cstdio>
#include <memory>

#include "kernel/base/digest.h"
#include "kernel/manifest/manifest.h"

namespace berth::manifest {
namespace {

constexpr std::size_t kMaxPemBytes = 16 * 1024;

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free>>;
using ContextPtr = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FilePtr = std::unique_ptr<std::FILE, CloseFile>;

Error invalid(std::string_view what) {
  ERR_clear_error();
  return {ErrorCode::kInvalidArgument, "plugin_key.invalid", std::string(what)};
}

// An encrypted key must not make a program ask at a terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

BioPtr reader(std::string_view pem) {
  return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

KeyPtr private_key(const SecretBytes& raw) {
  return KeyPtr(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw.view().data(), raw.size()));
}

std::string fingerprint_of(const EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  BERTH_ASSERT(size > 0);
  std::string digits = digits_of(sha256({der, static_cast<std::size_t>(size)}));
  OPENSSL_free(der);
  return digits;
}

// The octets of a key file, in memory that is wiped. `secret`: it must be closed to others.
Result<SecretBytes> read_pem(const std::filesystem::path& file, bool secret) {
  const auto unreadable = [&](const char* why) {
    return Error(ErrorCode::kNotFound, "plugin_key.unreadable", file.string() + " " + why);
  };
  const FilePtr input(std::fopen(file.c_str(), "rbe"));
  struct stat info {};
  if (!input || ::fstat(::fileno(input.get()), &info) != 0 || !S_ISREG(info.st_mode)) {
    return unreadable("cannot be read; check the path and its permissions");
  }
  if (secret && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Error(ErrorCode::kPermissionDenied, "plugin_key.open_to_others",
                 file.string() + " is open to group or others; make it mode 0600 (chmod 600)");
  }
  std::setvbuf(input.get(), nullptr, _IONBF, 0);  // no copy of a secret in a buffer of the library
  SecretBytes octets(kMaxPemBytes + 1);
  const std::size_t size = std::fread(octets.mutable_view().data(), 1, octets.size(), input.get());
  if (size > kMaxPemBytes) return unreadable("is too large for one PEM key");
  return SecretBytes::copy_of(octets.view().first(size));
}

}  // namespace

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  if (pem.size() > kMaxPemBytes) return invalid("the PEM text is too long for one key");
  const KeyPtr key(PEM_read_bio_PUBKEY(reader(pem).get(), nullptr, no_passphrase, nullptr));
  if (!key) return invalid("not a public key in PEM");
  Bytes raw(kKeyBytes);
  std::size_t size = raw.size();
  if (EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key.get(), raw.data(), &size) != 1 || size != kKeyBytes) {
    return invalid("not an Ed25519 key; plugins are signed with no other");
  }
  return PublicKey(std::move(raw), fingerprint_of(key.get()));
}

Result<PublicKey> PublicKey::read(const std::filesystem::path& file) {
  BERTH_TRY(pem, read_pem(file, false));
  auto key = from_pem(as_text(pem.view()));
  if (!key) return std::move(key).error().within(file.string());
  return key;
}

bool PublicKey::verifies(ByteView message, ByteView signature) const {
  if (signature.size() != kSignatureBytes) return false;
  const KeyPtr key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw_.data(), raw_.size()));
  const ContextPtr context(EVP_MD_CTX_new());
  const bool good =
      key && context &&
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                       message.size()) == 1;
  ERR_clear_error();
  return good;
}

SigningKey SigningKey::generate() {
  const KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  SecretBytes raw(kKeyBytes);
  std::size_t size = raw.size();
  BERTH_ASSERT(key &&
               EVP_PKEY_get_raw_private_key(key.get(), raw.mutable_view().data(), &size) == 1);
  return SigningKey(std::move(raw));
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
  if (pem.size() > kMaxPemBytes) return invalid("the PEM text is too long for one key");
  const KeyPtr key(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, no_passphrase, nullptr));
  if (!key) return invalid("not an unencrypted private key in PEM");
  SecretBytes raw(kKeyBytes);
  std::size_t size = raw.size();
  if (EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_private_key(key.get(), raw.mutable_view().data(), &size) != 1) {
    return invalid("not an Ed25519 key; plugins are signed with no other");
  }
  return SigningKey(std::move(raw));
}

Result<SigningKey> SigningKey::read(const std::filesystem::path& file) {
  BERTH_TRY(pem, read_pem(file, true));
  auto key = from_pem(as_text(pem.view()));
  if (!key) return std::move(key).error().within(file.string());
  return key;
}

SecretBytes SigningKey::private_pem() const {
  const KeyPtr key = private_key(raw_);
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  BERTH_ASSERT(key && bio &&
               PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                             nullptr) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return SecretBytes::copy_of(as_bytes({data, static_cast<std::size_t>(size)}));
}

std::string SigningKey::public_pem() const {
  const KeyPtr key = private_key(raw_);
  const BioPtr bio(BIO_new(BIO_s_mem()));
  BERTH_ASSERT(key && bio && PEM_write_bio_PUBKEY(bio.get(), key.get()) == 1);
  return text_of(bio.get());
}

Bytes SigningKey::sign(ByteView message) const {
  const KeyPtr key = private_key(raw_);
  const ContextPtr context(EVP_MD_CTX_new());
  Bytes signature(kSignatureBytes);
  std::size_t size = signature.size();
  BERTH_ASSERT(
      key && context &&
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1);
  return signature;
}

}  // namespace berth::manifest
