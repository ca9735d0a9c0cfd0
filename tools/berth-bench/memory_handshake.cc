#include "tools/berth-bench/memory_handshake.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdexcept>

namespace berth::bench {
namespace {

constexpr int kMostSteps = 16;
constexpr long kDaySeconds = 24L * 60 * 60;

using OwnedKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using OwnedCertificate = std::unique_ptr<X509, decltype(&X509_free)>;
using OwnedSsl = std::unique_ptr<SSL, decltype(&SSL_free)>;

OwnedCertificate self_signed(EVP_PKEY* key) {
  OwnedCertificate certificate(X509_new(), &X509_free);
  X509* made = certificate.get();
  X509_set_version(made, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
  X509_gmtime_adj(X509_getm_notBefore(made), -kDaySeconds);
  X509_gmtime_adj(X509_getm_notAfter(made), kDaySeconds);
  X509_set_pubkey(made, key);
  if (X509_sign(made, key, EVP_sha256()) == 0) throw std::runtime_error("OpenSSL failed to sign");
  return certificate;
}

}  // namespace

MemoryHandshake::MemoryHandshake()
    : server_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free),
      client_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free) {
  const OwnedKey key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const OwnedCertificate certificate = self_signed(key.get());
  if (SSL_CTX_use_certificate(server_.get(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(server_.get(), key.get()) != 1 ||
      SSL_CTX_set1_groups_list(server_.get(), "P-256") != 1 ||
      SSL_CTX_set1_groups_list(client_.get(), "P-256") != 1) {
    throw std::runtime_error("OpenSSL failed to set up TLS");
  }
  SSL_CTX_set_num_tickets(server_.get(), 0);
  SSL_CTX_set_session_cache_mode(server_.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(client_.get(), SSL_VERIFY_NONE, nullptr);
}

double MemoryHandshake::server_cpu_us() {
  const OwnedSsl client(SSL_new(client_.get()), &SSL_free);
  BIO* to_server = BIO_new(BIO_s_mem());
  BIO* to_client = BIO_new(BIO_s_mem());
  BIO_up_ref(to_server);
  BIO_up_ref(to_client);
  SSL_set_bio(client.get(), to_client, to_server);
  double cost = 0;
  const double begun = thread_cpu_us();
  OwnedSsl server(SSL_new(server_.get()), &SSL_free);
  SSL_set_bio(server.get(), to_server, to_client);
  cost += thread_cpu_us() - begun;
  bool done = false;
  for (int step = 0; step < kMostSteps && !done; ++step) {
    const int said = SSL_connect(client.get());
    const double before = thread_cpu_us();
    const int answered = SSL_accept(server.get());
    cost += thread_cpu_us() - before;
    done = said == 1 && answered == 1;
  }
  if (!done) throw std::runtime_error("OpenSSL failed to finish a handshake");
  const double before = thread_cpu_us();
  server.reset();
  return cost + thread_cpu_us() - before;
}

}  // namespace berth::bench
