#include "kernel/egress/https_client.h"

#include <openssl/x509.h>
#include <sys/stat.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <future>

#include "tests/kernel/egress/scripted_server.h"
#include "tests/kernel/ingress/test_certificates.h"

namespace {

using namespace berth;          // NOLINT: the tests name nearly everything in it
using namespace berth::egress;  // NOLINT
using namespace std::chrono_literals;
using Catch::Contains;
using egress::test::answer;
using egress::test::ScriptedServer;
using ingress::test::CertificateWish;
using ingress::test::make_certificate;
using ingress::test::pin_of;
using ingress::test::TemporaryFolder;

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

// The names of a server and its CA, of ourselves, and of others.
struct Files {
  TemporaryFolder folder;
  tenancy::TlsIdentity ca = make("ca", {.common_name = "ca", .ca = true});
  tenancy::TlsIdentity other_ca = make("other-ca", {.common_name = "other ca", .ca = true});
  tenancy::TlsIdentity server = make("server", {.dns_name = "localhost", .issuer = ca});
  tenancy::TlsIdentity client = make("client", {.common_name = "berth"});

  tenancy::TlsIdentity make(const std::string& file, const CertificateWish& wish) const {
    return make_certificate(folder.path(), file, wish);
  }
  HttpsIdentity identity() const { return {client.certificate_chain, client.private_key}; }
  HttpsTrust by_ca() const { return {ca.certificate_chain, {}}; }
  HttpsTrust by_pin() const { return {{}, {pin_of(server.certificate_chain)}}; }
  std::unique_ptr<HttpsClient> make_client(const HttpsTrust& trust) const {
    auto made = HttpsClient::create(identity(), trust);
    if (!made) FAIL(made.error().message());
    return std::move(*made);
  }
};

HttpsPost post_to(std::uint16_t port, const std::string& host = "localhost") {
  return {"https://" + host + ":" + std::to_string(port) + "/gsma/x", "application/json", {}, "{}"};
}

std::string reason_of(const Result<HttpsAnswer>& result) {
  return result ? "" : std::string(result.error().reason());
}

}  // namespace

TEST_CASE("a request arrives whole and its answer comes back", "[egress]") {
  const Files files;
  ScriptedServer server(files.server, answer("HTTP/1.1 503 Busy\r\nContent-Type: application/json"
                                             "\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}"));
  HttpsPost request = post_to(server.port());
  request.headers = {{"X-Admin-Protocol", "gsma/rsp/v2.5.0"}};
  const auto answered = files.make_client(files.by_ca())->post(request, 10s);
  if (!answered) FAIL(answered.error().message());
  CHECK(answered->status == 503);
  CHECK(answered->content_type == "application/json");
  CHECK(answered->body == "{}");
  CHECK(answered->retry_after == 7s);
  server.wait();
  CHECK(server.request() ==
        "POST /gsma/x HTTP/1.1\r\nHost: localhost:" + std::to_string(server.port()) +
            "\r\nConnection: close\r\nContent-Length: 2\r\n"
            "X-Admin-Protocol: gsma/rsp/v2.5.0\r\n"
            "Content-Type: application/json\r\n\r\n{}");
}

TEST_CASE("a server that asks for our certificate gets it, many threads at once", "[egress]") {
  const Files files;
  // Answers with the common name of the client's certificate and the request's body.
  ScriptedServer server(
      files.server,
      [](ScriptedServer& self, SSL* ssl) {
        char name[80] = "";
        X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get0_peer_certificate(ssl)),
                                  NID_commonName, name, sizeof(name));
        const std::string& request = self.request();
        answer("HTTP/1.1 200 OK\r\n\r\n" + std::string(name) + " " +
               request.substr(request.find("\r\n\r\n") + 4))(self, ssl);
      },
      ScriptedServer::Clients::kWithCertificate);
  const auto client = files.make_client(files.by_ca());
  std::vector<std::future<int>> threads;
  for (int i = 0; i < 8; ++i) {
    threads.push_back(std::async(std::launch::async, [&, i] {
      int right = 0;
      for (int j = 0; j < 10; ++j) {
        HttpsPost request = post_to(server.port());
        request.body = std::to_string(i * 100 + j);
        const auto answered = client->post(request, 10s);
        right += answered && answered->body == "berth " + request.body ? 1 : 0;
      }
      return right;
    }));
  }
  for (auto& thread : threads) CHECK(thread.get() == 10);
}

TEST_CASE("only the server that CA and pin name is talked to", "[egress]") {
  const Files files;
  const std::string right_pin = pin_of(files.server.certificate_chain);
  const std::string wrong_pin(64, 'a');
  struct Row {
    const char* what;
    HttpsTrust trust;
    const char* host;
    bool trusted;
  };
  const std::vector<Row> rows = {
      {"CA", files.by_ca(), "localhost", true},
      {"pin", files.by_pin(), "localhost", true},
      {"second pin", {{}, {wrong_pin, right_pin}}, "localhost", true},
      {"both", {files.ca.certificate_chain, {right_pin}}, "localhost", true},
      {"pin, whatever the name", files.by_pin(), "127.0.0.1", true},
      {"wrong CA", {files.other_ca.certificate_chain, {}}, "localhost", false},
      {"wrong pin", {{}, {wrong_pin}}, "localhost", false},
      {"right CA, wrong pin", {files.ca.certificate_chain, {wrong_pin}}, "localhost", false},
      {"wrong CA, right pin", {files.other_ca.certificate_chain, {right_pin}}, "localhost", false},
      {"right CA, wrong name", files.by_ca(), "127.0.0.1", false},
      {"the server's own certificate is no CA of it",
       {files.client.certificate_chain, {}},
       "localhost",
       false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    ScriptedServer server(files.server, answer(kOk));
    const auto answered = files.make_client(row.trust)->post(post_to(server.port(), row.host), 10s);
    server.wait();
    CHECK(answered.ok() == row.trusted);
    if (row.trusted) continue;
    CHECK(reason_of(answered) == "egress.untrusted");
    CHECK(answered.error().code() == ErrorCode::kUnavailable);
    CHECK_THAT(answered.error().message(), Contains(std::string(row.host) + ":"));
    CHECK(server.request().empty());  // nothing of ours left
  }
}

TEST_CASE("an expired server is refused by CA and accepted by its pin", "[egress]") {
  const Files files;
  const auto expired =
      files.make("expired", {.dns_name = "localhost", .ends_in_s = -60, .issuer = files.ca});
  {
    ScriptedServer server(expired, answer(kOk));
    const auto answered = files.make_client(files.by_ca())->post(post_to(server.port()), 10s);
    CHECK(reason_of(answered) == "egress.untrusted");
    CHECK_THAT(answered.error().message(), Contains("expired"));
  }
  ScriptedServer server(expired, answer(kOk));
  const HttpsTrust trust{{}, {pin_of(expired.certificate_chain)}};
  CHECK(files.make_client(trust)->post(post_to(server.port()), 10s).ok());
}

TEST_CASE("a client that the server does not accept is told so", "[egress]") {
  const Files files;
  ScriptedServer server(files.server, answer(kOk), ScriptedServer::Clients::kWithCertificate);
  const auto forged = ingress::test::without_possession(files.folder.path(), files.client);
  const auto client =
      HttpsClient::create({forged.certificate_chain, forged.private_key}, files.by_ca());
  REQUIRE(client.ok());
  // In TLS 1.3 the alert comes when our request is already under way.
  const auto answered = (*client)->post(post_to(server.port()), 10s);
  CHECK(reason_of(answered) == "egress.tls");
  server.wait();
  CHECK(server.request().empty());
}

TEST_CASE("redirects are answers like others and are not followed", "[egress]") {
  const Files files;
  ScriptedServer target(files.server, answer(kOk));
  ScriptedServer server(files.server,
                        answer("HTTP/1.1 307 Elsewhere\r\nLocation: https://localhost:" +
                               std::to_string(target.port()) + "/\r\nContent-Length: 0\r\n\r\n"));
  const auto answered = files.make_client(files.by_ca())->post(post_to(server.port()), 10s);
  REQUIRE(answered.ok());
  CHECK(answered->status == 307);
  target.wait();
  CHECK(target.request().empty());
}

TEST_CASE("one deadline covers the whole call, however the server is slow", "[egress][slow]") {
  const Files files;
  const auto client = files.make_client(files.by_ca());
  const auto timed = [&](ScriptedServer::Script script) {
    ScriptedServer server(files.server, std::move(script));
    const auto begin = std::chrono::steady_clock::now();
    const auto answered = client->post(post_to(server.port()), 400ms);
    const auto took = std::chrono::steady_clock::now() - begin;
    CHECK(took >= 350ms);
    CHECK(took < 5s);
    return reason_of(answered);
  };
  const auto until_stopped = [](ScriptedServer& server, SSL*) {
    while (!server.stopping()) std::this_thread::sleep_for(5ms);
  };
  CHECK(timed(nullptr) == "egress.timeout");  // not even a handshake
  CHECK(timed(until_stopped) == "egress.timeout");
  CHECK(timed([](ScriptedServer& server, SSL* ssl) {  // an octet now and then
          const std::string head = "HTTP/1.1 200 OK\r\nX: ";
          SSL_write(ssl, head.data(), static_cast<int>(head.size()));
          while (!server.stopping() && SSL_write(ssl, "x", 1) == 1) {
            std::this_thread::sleep_for(20ms);
          }
        }) == "egress.timeout");
  CHECK(timed([](ScriptedServer& server, SSL* ssl) {  // always one more, never the answer
          const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
          while (!server.stopping() &&
                 SSL_write(ssl, interim.data(), static_cast<int>(interim.size())) > 0) {
          }
        }) == "egress.timeout");
  CHECK(timed([&until_stopped](ScriptedServer& server, SSL* ssl) {
          const std::string part = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart";
          SSL_write(ssl, part.data(), static_cast<int>(part.size()));
          until_stopped(server, ssl);
        }) == "egress.timeout");
}

TEST_CASE("a server that takes nothing of a large request does not hold the caller",
          "[egress][slow]") {
  const Files files;
  ScriptedServer server(files.server, [](ScriptedServer& self, SSL*) {
    while (!self.stopping()) std::this_thread::sleep_for(5ms);
  });
  HttpsPost request = post_to(server.port());
  request.body.assign(32 * 1024 * 1024, 'a');
  CHECK(reason_of(files.make_client(files.by_ca())->post(request, 500ms)) == "egress.timeout");
}

TEST_CASE("an answer that is cut, malformed or huge is none", "[egress]") {
  const Files files;
  const auto client = files.make_client(files.by_ca());
  const auto reason = [&](const ScriptedServer::Script& script) {
    ScriptedServer server(files.server, script);
    return reason_of(client->post(post_to(server.port()), 10s));
  };
  CHECK(reason([](ScriptedServer&, SSL*) {}) == "egress.cut");
  CHECK(reason(answer("")) == "egress.cut");
  CHECK(reason(answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfew")) == "egress.cut");
  // Without length only close_notify says that nothing is missing.
  CHECK(reason([](ScriptedServer&, SSL* ssl) {
          SSL_write(ssl, "HTTP/1.1 200 OK\r\n\r\npart", 24);
        }) == "egress.cut");
  CHECK(reason(answer("HTTP/1.1 200 OK\r\n\r\nall")).empty());
  CHECK(reason(answer("220 mail.example ESMTP\r\n\r\n")) == "egress.answer_malformed");
  CHECK(reason(answer("HTTP/1.1 200 OK\r\n\r\n" + std::string(1'000'000, 'a'))) ==
        "egress.answer_too_large");
  CHECK(reason(answer("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'a'))) ==
        "egress.answer_too_large");
}

TEST_CASE("a URL or header out of form is refused before anything is opened", "[egress]") {
  const Files files;
  const auto client = files.make_client(files.by_ca());
  for (const char* url :
       {"", "http://a.example", "https://", "https:///x", "https://u@a.example/",
        "https://a.example/?q", "https://a.example/#f", "https://a.example:0/",
        "https://a.example:65536/", "https://a.example:x/", "https://a.example/a b",
        "https://a.example/\r\nX: y", "https://[::1]/"}) {
    CAPTURE(url);
    const auto answered = client->post({url, "text/plain", {}, ""}, 1s);
    CHECK(reason_of(answered) == "egress.request");
    CHECK(answered.error().code() == ErrorCode::kInvalidArgument);
  }
  const std::vector<std::pair<std::string, std::string>> headers = {
      {"", "x"}, {"A b", "x"}, {"A:", "x"}, {"X\r\nY", "x"}, {"X", "a\r\nb: c"}, {"X", "\x7f"}};
  for (const auto& header : headers) {
    CAPTURE(header.first, header.second);
    CHECK(reason_of(client->post({"https://localhost:1/", "text/plain", {header}, ""}, 1s)) ==
          "egress.request");
  }
}

TEST_CASE("files that cannot be used are named, and none is asked for at a terminal", "[egress]") {
  const Files files;
  const auto refused = [](const HttpsIdentity& identity, const HttpsTrust& trust,
                          const std::string& file) {
    const auto made = HttpsClient::create(identity, trust);
    REQUIRE_FALSE(made.ok());
    CHECK(made.error().reason() == "egress.files");
    CHECK(made.error().code() == ErrorCode::kFailedPrecondition);
    CHECK_THAT(made.error().message(), Contains(file));
  };
  const HttpsIdentity good = files.identity();
  const auto missing = files.folder.path() / "missing.pem";
  refused({missing, good.private_key}, files.by_ca(), "missing.pem");
  refused({good.certificate_chain, missing}, files.by_ca(), "missing.pem");
  refused({good.certificate_chain, files.server.private_key}, files.by_ca(), "server.key.pem");
  refused({good.private_key, good.private_key}, files.by_ca(), "client.key.pem");
  refused(good, {missing, {}}, "missing.pem");
  refused(good, {good.private_key, {}}, "client.key.pem");
  refused(good, {}, "neither a CA nor a pin");
  const auto locked = files.folder.path() / "locked.pem";
  std::ofstream(locked) << "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n"
                           "-----END ENCRYPTED PRIVATE KEY-----\n";
  ::chmod(locked.c_str(), 0600);
  refused({good.certificate_chain, locked}, files.by_ca(), "locked.pem");
  ::chmod(good.private_key.c_str(), 0640);
  refused(good, files.by_ca(), "client.key.pem");
}
