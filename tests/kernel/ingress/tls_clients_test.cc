// Doors that ask for a client certificate, and realms with more than one chain, over real sockets.

#include <openssl/pem.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "kernel/ingress/tls_listener.h"
#include "tests/kernel/ingress/test_certificates.h"
#include "tests/kernel/ingress/test_client.h"

using namespace berth;
using namespace berth::ingress;
using namespace berth::ingress::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kDoor = "es2plus.example";

HttpResponse tell_client(const HttpRequest& request) {
  HttpResponse response;
  response.content_type = "text/plain";
  response.body = request.server_name + "|";
  if (request.client) {
    response.body +=
        request.client->spki_sha256 + "|" + request.client->subject + "|" +
        (request.client->not_after_ms < UnixMs{1000} * ::time(nullptr) ? "expired" : "valid");
  }
  return response;
}

std::string get(const std::string& host) { return "GET /x HTTP/1.1\r\nHost: " + host + "\r\n\r\n"; }

// A door that wants client certificates and does not insist on SNI.
struct Es2 {
  Es2() {
    auto started = TlsListener::start(
        "127.0.0.1:0", {{*HostName::parse(kDoor), make_certificate(folder.path(), "door", kDoor)}},
        {}, tell_client,
        {.client_certificates = ClientCertificates::kRequired, .server_name_required = false});
    if (!started) FAIL(started.error().message());
    listener = std::move(*started);
  }
  tenancy::TlsIdentity client(const std::string& file, long ends_in_s = 3600) const {
    return make_certificate(
        folder.path(), file,
        CertificateWish{.common_name = file, .begins_in_s = -7200, .ends_in_s = ends_in_s});
  }
  // The answer's body; empty when there is none. In TLS 1.3 a client learns of a refusal only when
  // it reads.
  std::string ask(const TlsWish& wish, const std::string& host = kDoor) const {
    const auto connection = TestClient::connect_tls(listener->port(), wish);
    if (!connection || !connection->send(get(host))) return "";
    const std::string response = connection->read_response();
    if (response.empty()) return "";
    return status_of(response) == 200 ? body_of(response) : std::to_string(status_of(response));
  }
  const IngressCounters& counters() const { return listener->counters(); }

  TemporaryFolder folder;
  std::unique_ptr<TlsListener> listener;
};

TlsWish as(const tenancy::TlsIdentity& identity, int protocol = 0) {
  return {.server_name = kDoor, .max_protocol = protocol, .groups = "", .identity = identity};
}

// A realm with a P-256 chain and a brainpool one, each under a CA of its own.
struct TwoChains {
  explicit TwoChains(std::vector<HostName> former = {}) {
    const auto ca = [this](const std::string& file, const std::string& group) {
      return make_certificate(folder.path(), file,
                              CertificateWish{.group = group, .common_name = file, .ca = true});
    };
    nist_ca = ca("nist-ca", "prime256v1");
    brainpool_ca = ca("brp-ca", "brainpoolP256r1");
    const auto leaf = [this](const std::string& file, const std::string& group,
                             const tenancy::TlsIdentity& issuer) {
      return make_certificate(folder.path(), file,
                              CertificateWish{.dns_name = kDoor, .group = group, .issuer = issuer});
    };
    RealmCertificate realm{*HostName::parse(kDoor), leaf("nist", "prime256v1", nist_ca)};
    realm.alternatives = {leaf("brp", "brainpoolP256r1", brainpool_ca)};
    realm.former_realms = std::move(former);
    auto started = TlsListener::start("127.0.0.1:0", {realm}, {}, tell_client);
    if (!started) FAIL(started.error().message());
    listener = std::move(*started);
  }
  // Curve of the certificate shown and TLS version, "prime256v1 TLSv1.3"; empty: no handshake.
  std::string shown(TlsWish wish) const {
    if (!wish.server_name) wish.server_name = kDoor;
    const auto client = TestClient::connect_tls(listener->port(), wish);
    if (!client) return "";
    if (!client->send(get(*wish.server_name))) return "";
    if (status_of(client->read_response()) != 200) return "";
    char group[80] = "";
    EVP_PKEY_get_group_name(X509_get0_pubkey(SSL_get0_peer_certificate(client->ssl())), group,
                            sizeof(group), nullptr);
    return std::string(group) + " " + SSL_get_version(client->ssl());
  }

  TemporaryFolder folder;
  tenancy::TlsIdentity nist_ca;
  tenancy::TlsIdentity brainpool_ca;
  std::unique_ptr<TlsListener> listener;
};

}  // namespace

TEST_CASE("a client certificate reaches the handler by its key, in TLS 1.2 and 1.3",
          "[ingress][R9:part][R10:part]") {
  const Es2 door;
  const auto mine = door.client("mine");
  const std::string expected =
      std::string(kDoor) + "|" + pin_of(mine.certificate_chain) + "|CN=mine|valid";
  CHECK(door.ask(as(mine, TLS1_2_VERSION)) == expected);
  CHECK(door.ask(as(mine, TLS1_3_VERSION)) == expected);
}

TEST_CASE("without a client certificate the handshake fails and is counted", "[ingress][R9:part]") {
  const Es2 door;
  std::uint64_t expected = 0;
  for (const int protocol : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CHECK(door.ask({.server_name = kDoor, .max_protocol = protocol, .groups = ""}).empty());
    ++expected;
    for (int i = 0; i < 100 && door.counters().no_client_certificate < expected; ++i) {
      std::this_thread::sleep_for(20ms);
    }
    CHECK(door.counters().no_client_certificate == expected);
  }
  CHECK(door.counters().requests == 0);
}

TEST_CASE("an expired certificate reaches the handler with its dates", "[ingress]") {
  const Es2 door;
  const auto old = door.client("old", -3600);
  CHECK(door.ask(as(old)) ==
        std::string(kDoor) + "|" + pin_of(old.certificate_chain) + "|CN=old|expired");
}

TEST_CASE("a certificate shown without its key does not get in", "[ingress][R9:part]") {
  const Es2 door;
  const auto forged = without_possession(door.folder.path(), door.client("seen"));
  for (const int protocol : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CHECK(door.ask(as(forged, protocol)).empty());
  }
  CHECK(door.counters().requests == 0);
  CHECK(door.counters().no_client_certificate == 0);  // one was shown: the signature failed
}

TEST_CASE("a session is never resumed, so the certificate is the one shown now", "[ingress]") {
  const Es2 door;
  const auto first = door.client("first");
  const auto second = door.client("second");
  for (const int protocol : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto connection = TestClient::connect_tls(door.listener->port(), as(first, protocol));
    REQUIRE(connection);
    REQUIRE(connection->send(get(kDoor)));
    REQUIRE(status_of(connection->read_response()) == 200);
    SSL_SESSION* session = SSL_get1_session(connection->ssl());
    TlsWish again = as(second, protocol);
    again.session = session;
    CHECK(door.ask(again).find(pin_of(second.certificate_chain)) != std::string::npos);
    TlsWish bare{.server_name = kDoor, .max_protocol = protocol, .groups = "", .session = session};
    CHECK(door.ask(bare).empty());
    SSL_SESSION_free(session);
  }
}

TEST_CASE("a client may not renegotiate", "[ingress]") {
  const Es2 door;
  const auto connection =
      TestClient::connect_tls(door.listener->port(), as(door.client("mine"), TLS1_2_VERSION));
  REQUIRE(connection);
  REQUIRE(SSL_renegotiate(connection->ssl()) == 1);
  CHECK(SSL_do_handshake(connection->ssl()) != 1);
}

TEST_CASE("without SNI the door shows its one certificate; another name is refused and counted",
          "[ingress]") {
  const Es2 door;
  TlsWish wish = as(door.client("mine"));
  wish.server_name = std::nullopt;
  for (const char* host : {"127.0.0.1:8443", "[::1]:8443", "anything.example"}) {
    CHECK(door.ask(wish, host).starts_with("|"));
  }
  for (const char* other : {"other.example", "127.0.0.1", "es2plus.example:8443"}) {
    wish.server_name = other;
    CHECK(door.ask(wish).empty());
  }
  CHECK(door.counters().unknown_server_name == 3);
  wish.server_name = kDoor;
  CHECK(door.ask(wish, "other.example") == "421");
}

TEST_CASE("a door for devices asks for no certificate and tells of none", "[ingress][R9:part]") {
  const TwoChains door;
  const auto client = make_certificate(door.folder.path(), "client", "");
  const auto connection = TestClient::connect_tls(door.listener->port(), as(client));
  REQUIRE(connection);
  REQUIRE(connection->send(get(kDoor)));
  CHECK(body_of(connection->read_response()) == std::string(kDoor) + "|");
}

TEST_CASE("a client gets the chain of the curve it offers", "[ingress][R22:part]") {
  const TwoChains door;
  CHECK(door.shown({}) == "prime256v1 TLSv1.3");
  CHECK(door.shown({.max_protocol = TLS1_2_VERSION}) == "prime256v1 TLSv1.2");
  CHECK(door.shown({.groups = "P-256"}) == "prime256v1 TLSv1.3");
  CHECK(door.shown({.groups = "brainpoolP256r1:P-256"}) == "prime256v1 TLSv1.3");
  CHECK(door.shown({.max_protocol = TLS1_2_VERSION, .groups = "brainpoolP256r1"}) ==
        "brainpoolP256r1 TLSv1.2");
  // Whoever speaks TLS 1.3 as well is brought to TLS 1.2.
  CHECK(door.shown({.groups = "brainpoolP256r1:brainpoolP384r1:X25519"}) ==
        "brainpoolP256r1 TLSv1.2");
}

TEST_CASE("a client gets the chain of the CA it names", "[ingress][R22:part]") {
  const TwoChains door;
  const Bytes nist = key_id_of(door.nist_ca.certificate_chain);
  const Bytes brainpool = key_id_of(door.brainpool_ca.certificate_chain);
  const std::string groups = "P-256:brainpoolP256r1";
  const auto naming = [&](const std::vector<Bytes>& ids) {
    return door.shown({.groups = groups, .trusted_ca_keys = trusted_key_ids(ids)});
  };
  CHECK(naming({brainpool}) == "brainpoolP256r1 TLSv1.2");
  CHECK(naming({nist}) == "prime256v1 TLSv1.3");
  CHECK(naming({Bytes(20, 7), brainpool}) == "brainpoolP256r1 TLSv1.2");
  CHECK(naming({Bytes(20, 7)}) == "prime256v1 TLSv1.3");
  CHECK(door.shown({.groups = groups, .trusted_ca_keys = {0xFF, 0xFF, 1}}) == "prime256v1 TLSv1.3");
}

TEST_CASE("former realms and their aliases are served with the realm's chains",
          "[ingress][R46][R22:part]") {
  const TwoChains door({*HostName::parse("old.example")});
  for (const char* name : {"old.example", "rsp3-old.example", "rsp3-es2plus.example"}) {
    CAPTURE(name);
    CHECK(door.shown({.server_name = name}) == "prime256v1 TLSv1.3");
    CHECK(door.shown({.server_name = name, .groups = "brainpoolP256r1:X25519"}) ==
          "brainpoolP256r1 TLSv1.2");
  }
}

TEST_CASE("both published chains of one server are served to whom each is for",
          "[ingress][R22:part]") {
  const char* data = std::getenv("BERTH_TEST_DATA");
  if (data == nullptr) {
    WARN("SKIPPED: BERTH_TEST_DATA is not set, so there are no published TLS certificates");
    return;
  }
  constexpr const char* kServer = "testsmdpplus1.example.com";
  const std::filesystem::path sgp26 = std::filesystem::path(data) / "sgp26";
  const TemporaryFolder folder;
  const auto identity = [&](const std::string& curve) {
    std::ifstream in(
        sgp26 / "DPtls/Old_TLS_Validity/Expired 2021" / ("CERT_S_SM_DP_TLS_" + curve + ".der"),
        std::ios::binary);
    const std::string der{std::istreambuf_iterator<char>(in), {}};
    REQUIRE_FALSE(der.empty());
    tenancy::TlsIdentity files{folder.path() / (curve + ".pem"), folder.path() / (curve + ".key")};
    std::ofstream(files.certificate_chain)
        << "-----BEGIN CERTIFICATE-----\n"
        << to_base64({reinterpret_cast<const std::uint8_t*>(der.data()), der.size()})
        << "\n-----END CERTIFICATE-----\n";
    std::filesystem::copy_file(sgp26 / "DPtls" / ("SK_S_SM_DP_TLS_" + curve + ".pem"),
                               files.private_key);
    ::chmod(files.private_key.c_str(), 0600);
    return files;
  };
  RealmCertificate realm{*HostName::parse(kServer), identity("NIST")};
  realm.alternatives = {identity("BRP")};
  const auto listener = TlsListener::start("127.0.0.1:0", {realm}, {}, tell_client);
  if (!listener) FAIL(listener.error().message());
  const auto version = [&](const std::string& groups, const std::string& ci) {
    const auto client = TestClient::connect_tls(
        (*listener)->port(),
        {.server_name = kServer,
         .groups = groups,
         .trusted_ca_keys = ci.empty() ? Bytes() : trusted_key_ids({*from_hex(ci)})});
    REQUIRE(client);
    return std::string(SSL_get_version(client->ssl()));  // brainpool is TLS 1.2
  };
  CHECK(version("P-256", "") == "TLSv1.3");
  CHECK(version("brainpoolP256r1:X25519", "") == "TLSv1.2");
  CHECK(version("P-256:brainpoolP256r1", "F54172BDF98A95D65CBEB88A38A1C11D800A85C3") == "TLSv1.3");
  CHECK(version("P-256:brainpoolP256r1", "C0BC70BA36929D43B467FF57570530E57AB8FCD8") == "TLSv1.2");
}
