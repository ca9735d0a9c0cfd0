// Goal: what a CI is sent says what was asked, is signed by the key it names, and nothing that a
// certificate could not say is asked for.

#include "kernel/rsp/pki/certificate_request.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

#include "tools/testpki/key_pair.h"

namespace berth::rsp::pki {
namespace {

constexpr const char* kSubject = R"(CN=SM-DP\, Example,O=Exämple,C=DE,serialNumber=1\=2)";

SystemRandom random_octets;

testpki::KeyPair fresh_key(Curve curve) { return testpki::generate_key(curve, random_octets); }

std::string reason_of(const CertificateRequest& request) {
  const auto body = request_body(request, Curve::kP256, fresh_key(Curve::kP256).point);
  if (body) return "ok";
  CHECK(body.error().code() == ErrorCode::kInvalidArgument);
  return std::string(body.error().reason());
}

std::string signed_request(const CertificateRequest& request, const testpki::KeyPair& key) {
  const auto body = request_body(request, key.curve, key.point);
  REQUIRE(body.ok());
  const auto pem = finish_request(*body, testpki::sign_raw(key, *body));
  REQUIRE(pem.ok());
  return *pem;
}

struct Parsed {
  explicit Parsed(const std::string& pem) {
    BIO* text = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    request.reset(PEM_read_bio_X509_REQ(text, nullptr, nullptr, nullptr));
    BIO_free(text);
    REQUIRE(request != nullptr);
  }
  std::string subject() const {
    char* line = X509_NAME_oneline(X509_REQ_get_subject_name(request.get()), nullptr, 0);
    std::string copy(line);
    OPENSSL_free(line);
    return copy;
  }
  // As OpenSSL shows it, "critical" in front when it is; empty: not asked for.
  std::string extension(int kind) const {
    STACK_OF(X509_EXTENSION)* all = X509_REQ_get_extensions(request.get());
    std::string shown;
    const int at = X509v3_get_ext_by_NID(all, kind, -1);
    if (at >= 0) {
      X509_EXTENSION* one = X509v3_get_ext(all, at);
      BIO* text = BIO_new(BIO_s_mem());
      X509V3_EXT_print(text, one, 0, 0);
      char* octets = nullptr;
      const long size = BIO_get_mem_data(text, &octets);
      shown = (X509_EXTENSION_get_critical(one) == 1 ? "critical " : "") +
              std::string(octets, static_cast<std::size_t>(size));
      BIO_free(text);
    }
    sk_X509_EXTENSION_pop_free(all, X509_EXTENSION_free);
    return shown;
  }
  std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request{nullptr, &X509_REQ_free};
};

}  // namespace

TEST_CASE("a request says subject, key and the extensions of its role, on either curve",
          "[pki][R11:part]") {
  for (const Curve curve : {Curve::kP256, Curve::kBrainpoolP256r1}) {
    const auto key = fresh_key(curve);
    const Parsed request(signed_request({kSubject, "2.999.10", RequestedRole::kDpAuth}, key));
    CHECK(X509_REQ_verify(request.request.get(), X509_REQ_get0_pubkey(request.request.get())) == 1);
    CHECK(request.subject() == "/CN=SM-DP, Example/O=Ex\\xC3\\xA4mple/C=DE/serialNumber=1=2");
    CHECK(request.extension(NID_key_usage) == "critical Digital Signature");
    CHECK(request.extension(NID_certificate_policies).find("2.23.146.1.2.1.4") !=
          std::string::npos);
    CHECK(request.extension(NID_certificate_policies).starts_with("critical "));
    CHECK(request.extension(NID_subject_alt_name) == "Registered ID:2.999.10");
    CHECK_FALSE(request.extension(NID_subject_key_identifier).empty());
  }
}

TEST_CASE("a request for profile binding has that role; without role and OID it has neither",
          "[pki]") {
  const auto key = fresh_key(Curve::kP256);
  const Parsed binding(signed_request({"CN=x", "", RequestedRole::kDpPb}, key));
  CHECK(binding.extension(NID_certificate_policies).find("2.23.146.1.2.1.5") != std::string::npos);
  CHECK(binding.extension(NID_subject_alt_name).empty());
  const Parsed plain(signed_request({"CN=x"}, key));
  CHECK(plain.extension(NID_certificate_policies).empty());
  CHECK(plain.extension(NID_key_usage) == "critical Digital Signature");
}

TEST_CASE("a subject or OID that no certificate could have is refused", "[pki]") {
  for (const char* subject : {"", "CN", "CN=", "=x", "CN=a,", "CN=a,,O=b", "CN=a\\", "DC=example",
                              "cn=a", " CN=a", "C=Germany", "C=D", "CN=\xFF"}) {
    INFO(subject);
    CHECK(reason_of({subject}) == "pki.request_subject");
  }
  CHECK(reason_of({"CN=" + std::string(65, 'a')}) == "pki.request_subject");
  CHECK(reason_of({"CN=a,O=" + std::string(1024, 'a')}) == "pki.request_subject");
  for (const char* oid : {"2", "2.999.x", "2.999.10,DNS:evil.example", "9.1"}) {
    INFO(oid);
    CHECK(reason_of({"CN=a", oid}) == "pki.request_oid");
  }
  auto point = fresh_key(Curve::kP256).point;
  point.back() ^= 1;
  CHECK(request_body({"CN=a"}, Curve::kP256, point).error().reason() == "pki.bad_point");
}

TEST_CASE("a signature that is not by the request's key is no request", "[pki]") {
  const auto key = fresh_key(Curve::kP256);
  const auto body = request_body({"CN=a"}, key.curve, key.point);
  REQUIRE(body.ok());
  Bytes signature = testpki::sign_raw(key, *body);
  CHECK(finish_request(*body, signature).ok());
  CHECK(finish_request(*body, ByteView(signature).first(63)).error().reason() ==
        "pki.request_signature");
  signature.back() ^= 1;
  CHECK(finish_request(*body, signature).error().reason() == "pki.request_signature");
  CHECK(finish_request(*body, Bytes(64, 0)).error().reason() == "pki.request_signature");
  const auto other = fresh_key(Curve::kP256);
  CHECK(finish_request(*body, testpki::sign_raw(other, *body)).error().reason() ==
        "pki.request_signature");
}

}  // namespace berth::rsp::pki
