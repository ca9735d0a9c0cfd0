#include "kernel/tls/identity_files.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <memory>
#include <vector>

namespace berth::tls {
namespace {

constexpr std::size_t kMaxChainLength = 8;

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using X509Ptr = std::unique_ptr<X509, Deleter<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free>>;

class Problem {
 public:
  explicit Problem(const std::filesystem::path& file) : where_(file.string() + ": ") {}
  std::string operator()(std::string_view what) const {
    ERR_clear_error();
    return where_ + std::string(what);
  }

 private:
  std::string where_;
};

// An encrypted key must not make the daemon ask at a terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Result<std::vector<X509Ptr>, std::string> read_chain(const std::filesystem::path& file,
                                                     const Problem& problem) {
  const BioPtr bio(BIO_new_file(file.c_str(), "r"));
  if (!bio) return problem("cannot be read; check the path and its permissions");
  std::vector<X509Ptr> chain;
  for (;;) {
    X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
    if (!certificate) break;
    if (chain.size() == kMaxChainLength) return problem("holds too many certificates");
    chain.push_back(std::move(certificate));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (chain.empty() || !at_end) return problem("is not a PEM certificate chain, server first");
  ERR_clear_error();
  return chain;
}

Result<KeyPtr, std::string> read_key(const std::filesystem::path& file, const Problem& problem) {
  const BioPtr bio(BIO_new_file(file.c_str(), "r"));
  if (!bio) return problem("cannot be read; check the path and its permissions");
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return problem("is not a file");
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return problem("is open to group or others; make it mode 0600 (chmod 600)");
  }
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (!key) return problem("is not an unencrypted PEM private key");
  return key;
}

}  // namespace

Result<void, std::string> load_identity(SSL_CTX* context, const std::filesystem::path& chain_file,
                                        const std::filesystem::path& key_file,
                                        const std::string& host_name) {
  const Problem with_chain(chain_file);
  const Problem with_key(key_file);
  BERTH_TRY(chain, read_chain(chain_file, with_chain));
  BERTH_TRY(key, read_key(key_file, with_key));
  X509* certificate = chain.front().get();
  if (X509_check_private_key(certificate, key.get()) != 1) {
    return with_key("is not the key of the certificate in " + chain_file.string());
  }
  if (!host_name.empty() &&
      X509_check_host(certificate, host_name.c_str(), host_name.size(), 0, nullptr) != 1) {
    return with_chain("does not name " + host_name +
                      "; clients would refuse it (subjectAltName DNS)");
  }
  if (SSL_CTX_use_certificate(context, certificate) != 1 ||
      SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return with_chain("is refused by the TLS library (key too small or of an unusable kind)");
  }
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1) {
      return with_chain("holds an intermediate certificate the TLS library refuses");
    }
  }
  return {};
}

}  // namespace berth::tls
