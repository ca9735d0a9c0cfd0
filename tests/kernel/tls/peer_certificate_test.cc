#include "kernel/tls/peer_certificate.h"

#include <openssl/pem.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>

#include "tests/kernel/ingress/test_certificates.h"

using namespace berth;
using namespace berth::tls;
using namespace berth::ingress::test;  // its certificates

namespace {

std::optional<PeerCertificate> describe(const std::filesystem::path& file) {
  FILE* in = ::fopen(file.c_str(), "r");
  REQUIRE(in != nullptr);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(
      PEM_read_X509(in, nullptr, nullptr, nullptr), &X509_free);
  ::fclose(in);
  REQUIRE(certificate);
  return describe_peer(certificate.get());
}

}  // namespace

TEST_CASE("a client's certificate is told by its key, subject and dates", "[tls][R10:part]") {
  const TemporaryFolder folder;
  const UnixMs now_ms = UnixMs{1000} * ::time(nullptr);
  const auto identity = make_certificate(
      folder.path(), "c",
      CertificateWish{.common_name = "BSS 1", .begins_in_s = -7200, .ends_in_s = -3600});
  const auto client = describe(identity.certificate_chain);
  REQUIRE(client);
  CHECK(client->spki_sha256 == pin_of(identity.certificate_chain));
  CHECK(client->spki_sha256.size() == 64);
  CHECK(client->subject == "CN=BSS 1");
  CHECK(std::llabs(client->not_before_ms - (now_ms - 7'200'000)) < 10'000);
  CHECK(std::llabs(client->not_after_ms - (now_ms - 3'600'000)) < 10'000);
}

TEST_CASE("a subject is shown printable, whatever is in it", "[tls]") {
  const TemporaryFolder folder;
  const auto identity = make_certificate(
      folder.path(), "c",
      CertificateWish{.common_name = "a\r\n\x1b[31m\x7f, O=Evil \xc3\xa9", .ends_in_s = 10});
  const auto client = describe(identity.certificate_chain);
  REQUIRE(client);
  CHECK(client->subject.find_first_not_of("CN=ax0123456789ABCDEF\\[m, OEvil") == std::string::npos);
  CHECK(client->subject.find("\\,") != std::string::npos);  // no second attribute
  CHECK(client->subject.size() <= kMaxShownSubject);
}

TEST_CASE("the outside ES2+ client certificate has the key its file says", "[tls]") {
  const char* data = std::getenv("BERTH_TEST_DATA");
  if (data == nullptr) {
    WARN("SKIPPED: BERTH_TEST_DATA is not set, so there is no outside client certificate");
    return;
  }
  const std::filesystem::path file =
      std::filesystem::path(data) / "es2plus-client/CERT_MNO_ECDSA_NIST.pem";
  const auto client = describe(file);
  REQUIRE(client);
  CHECK(client->spki_sha256 == pin_of(file));
  CHECK_FALSE(client->subject.empty());
  CHECK(client->not_after_ms < UnixMs{1000} * ::time(nullptr));
}
