#include "tools/berth-lpa/https_transport.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/SecureServerSocket.h>
#include <openssl/ssl.h>

#include <catch2/catch.hpp>

#include "tests/tools/euicc/fake_smdp.h"

namespace berth::lpa {
namespace {

class Handler final : public Poco::Net::HTTPRequestHandler {
 public:
  void handleRequest(Poco::Net::HTTPServerRequest& request,
                     Poco::Net::HTTPServerResponse& response) override {
    const std::string text = request.getHost() + "|" + request.get("User-Agent", "") + "|" +
                             request.get("X-Admin-Protocol", "") + "|" + request.getURI();
    response.set("X-Admin-Protocol", "gsma/rsp/v2.5.0");
    response.setContentType("application/json");
    response.sendBuffer(text.data(), text.size());
  }
};
class Factory final : public Poco::Net::HTTPRequestHandlerFactory {
 public:
  Poco::Net::HTTPRequestHandler* createRequestHandler(
      const Poco::Net::HTTPServerRequest&) override {
    return new Handler;
  }
};

int refuse_stranger(SSL* ssl, int* alert, void*) {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr || std::string_view(name) != "stranger.example.com") return SSL_TLSEXT_ERR_OK;
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// A TLS server on a free port of the loopback address.
struct Server {
  explicit Server(const testpki::Issued& tls) {
    Poco::Net::Context::Params params;
    params.verificationMode = Poco::Net::Context::VERIFY_NONE;
    Poco::Net::Context::Ptr context =
        new Poco::Net::Context(Poco::Net::Context::TLS_SERVER_USE, params);
    SSL_CTX* native = context->sslContext();
    SSL_CTX_use_certificate_ASN1(native, static_cast<int>(tls.certificate.size()),
                                 tls.certificate.data());
    const SecretBytes pem = tls.key_pem();
    BIO* bio = BIO_new_mem_buf(pem.view().data(), static_cast<int>(pem.size()));
    EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
    SSL_CTX_use_PrivateKey(native, key);
    EVP_PKEY_free(key);
    BIO_free(bio);
    // The macro for this casts in C's way.
    SSL_CTX_callback_ctrl(native, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                          reinterpret_cast<void (*)()>(refuse_stranger));
    Poco::Net::SecureServerSocket socket(Poco::Net::SocketAddress("127.0.0.1", 0), 8, context);
    port = socket.address().port();
    http = std::make_unique<Poco::Net::HTTPServer>(new Factory, socket,
                                                   new Poco::Net::HTTPServerParams);
    http->start();
  }
  ~Server() { http->stopAll(true); }
  std::uint16_t port = 0;
  std::unique_ptr<Poco::Net::HTTPServer> http;
};

TEST_CASE("HTTPS goes to another address and still checks the server's name", "[berth_lpa]") {
  const SystemClock clock;
  SystemRandom random;
  auto ci = testpki::TestCi::create(Curve::kP256, "CI", clock, random);
  auto other = testpki::TestCi::create(Curve::kP256, "Other", clock, random);
  const auto tls =
      ci->issue_server({.role = testpki::ServerRole::kDpTls, .dns_names = {"smdp.example.com"}});
  REQUIRE(tls.ok());
  Server server(*tls);
  const auto transport = [&](const testpki::TestCi& trusted) {
    HttpsOptions options;
    options.authorities = {trusted.issued().certificate};
    options.connect = HttpsOptions::Address{"127.0.0.1", server.port};
    return HttpsTransport(std::move(options));
  };

  HttpsTransport good = transport(*ci);
  for (int round = 0; round < 2; ++round) {  // the second on the kept connection
    const auto reply = good.post("smdp.example.com", "/path", "application/json", "{}");
    INFO((reply ? std::string() : reply.error().message()));
    REQUIRE(reply.ok());
    CHECK(reply->status == 200);
    CHECK(reply->body == "smdp.example.com|gsma-rsp-lpad|gsma/rsp/v2.5.0|/path");
    CHECK(reply->admin_protocol == "gsma/rsp/v2.5.0");
  }
  CHECK(good.post("other.example.com", "/", "application/json", "").error().reason() == "lpa.tls");
  const auto stranger = good.post("stranger.example.com", "/", "application/json", "");
  CHECK(stranger.error().reason() == "lpa.tls");
  CHECK(stranger.error().message().find("no tenant of that server has this realm") !=
        std::string::npos);
  HttpsTransport untrusting = transport(*other);
  CHECK(untrusting.post("smdp.example.com", "/", "application/json", "").error().reason() ==
        "lpa.tls");
  HttpsOptions nobody;
  nobody.connect = HttpsOptions::Address{"127.0.0.1", 1};
  HttpsTransport closed(nobody);
  const auto unreached = closed.post("smdp.example.com", "/", "application/json", "");
  CHECK(unreached.error().reason() == "lpa.network");
  CHECK(unreached.error().message().find("tried at 127.0.0.1:1") != std::string::npos);
}

}  // namespace
}  // namespace berth::lpa
