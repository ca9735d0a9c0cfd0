#include "kernel/tls/identity_files.h"

#include <openssl/pem.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "tests/kernel/ingress/test_certificates.h"

using namespace berth;
using namespace berth::tls;
using namespace berth::ingress::test;  // its certificates

namespace {

constexpr const char* kRealm = "rsp.tenant-a.example";

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

struct Files {
  TemporaryFolder folder;
  tenancy::TlsIdentity good = make_certificate(folder.path(), "a", kRealm);

  std::filesystem::path write(const std::string& name, const std::string& content) const {
    const std::filesystem::path file = folder.path() / name;
    std::ofstream(file) << content;
    ::chmod(file.c_str(), S_IRUSR | S_IWUSR);
    return file;
  }
  static Result<void, std::string> load(const tenancy::TlsIdentity& identity,
                                        const std::string& realm = kRealm) {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
        SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    return load_identity(context.get(), identity.certificate_chain, identity.private_key, realm);
  }
  static std::string refusal(const tenancy::TlsIdentity& identity,
                             const std::string& realm = kRealm) {
    const auto loaded = load(identity, realm);
    REQUIRE_FALSE(loaded.ok());
    return loaded.error();
  }
};

bool says(const std::string& message, const std::string& what) {
  INFO(message);
  return message.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("a chain of several certificates loads with its key", "[tls]") {
  const Files files;
  CHECK(Files::load(files.good).ok());
  const std::string one = content_of(files.good.certificate_chain);
  CHECK(Files::load({files.write("two.pem", one + one), files.good.private_key}).ok());
}

TEST_CASE("a chain that is none is refused with what it should be", "[tls]") {
  const Files files;
  const std::string one = content_of(files.good.certificate_chain);
  const auto with_chain = [&](const std::string& content) {
    return Files::refusal({files.write("chain.pem", content), files.good.private_key});
  };
  CHECK(says(with_chain(""), "not a PEM certificate chain"));
  CHECK(says(with_chain("hello\n"), "not a PEM certificate chain"));
  CHECK(says(with_chain(content_of(files.good.private_key)), "not a PEM certificate chain"));
  // Cut in the middle, alone and after a good one.
  CHECK(says(with_chain(one.substr(0, one.size() / 2)), "not a PEM certificate chain"));
  CHECK(says(with_chain(one + one.substr(0, one.size() / 2)), "not a PEM certificate chain"));
  std::string many;
  for (int i = 0; i < 9; ++i) many += one;
  CHECK(says(with_chain(many), "too many"));
}

TEST_CASE("a key that cannot be used is refused without showing it", "[tls][R24]") {
  const Files files;
  const std::string key = content_of(files.good.private_key);
  const auto with_key = [&](const std::filesystem::path& file) {
    const std::string message = Files::refusal({files.good.certificate_chain, file});
    CHECK_FALSE(says(message, key.substr(40, 20)));
    return message;
  };
  CHECK(says(with_key(files.folder.path() / "none.pem"), "cannot be read"));
  CHECK(says(with_key(files.write("cut.pem", key.substr(0, key.size() / 2))), "unencrypted PEM"));
  CHECK(says(with_key(files.write("empty.pem", "")), "unencrypted PEM"));
  CHECK(says(with_key(files.folder.path()), "is not a file"));
  const std::filesystem::path open = files.write("open.pem", key);
  ::chmod(open.c_str(), 0604);
  CHECK(says(with_key(open), "chmod 600"));
  const auto other = make_certificate(files.folder.path(), "b", kRealm);
  CHECK(says(with_key(other.private_key), "not the key of the certificate"));
}

TEST_CASE("an encrypted key is refused, not asked for at a terminal", "[tls]") {
  const Files files;
  const std::filesystem::path encrypted = files.write("encrypted.pem", "");
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_file(files.good.private_key.c_str(), "r"), &BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new_file(encrypted.c_str(), "w"),
                                                        &BIO_free);
    REQUIRE(PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), EVP_aes_256_cbc(), "secret", 6,
                                          nullptr, nullptr) == 1);
  }
  REQUIRE(says(content_of(encrypted), "BEGIN ENCRYPTED PRIVATE KEY"));
  CHECK(says(Files::refusal({files.good.certificate_chain, encrypted}), "unencrypted PEM"));
}

TEST_CASE("a client's certificate need not name a host", "[tls]") {
  const Files files;
  CHECK(Files::load(files.good, "").ok());
}

TEST_CASE("a certificate for another name is refused: devices would", "[tls][R46]") {
  const Files files;
  CHECK(says(Files::refusal(files.good, "rsp.tenant-b.example"),
             "does not name rsp.tenant-b.example"));
  CHECK(says(Files::refusal(files.good, "tenant-a.example"), "does not name tenant-a.example"));
}
