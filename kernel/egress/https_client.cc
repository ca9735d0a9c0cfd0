#include "kernel/egress/https_client.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "kernel/base/identifiers.h"
#include "kernel/egress/tls_connection.h"
#include "kernel/tls/identity_files.h"
#include "kernel/tls/peer_certificate.h"

namespace berth::egress {
namespace {

constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!eNULL";
constexpr std::uint16_t kHttpsPort = 443;

struct Place {
  std::string host;
  std::string authority;  // host, and port where it is not the usual one
  std::uint16_t port = kHttpsPort;
  std::string path = "/";
};

Error bad_request(const std::string& what) {
  return {ErrorCode::kInvalidArgument, "egress.request", what};
}

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

Result<Place> parse_url(const std::string& url) {
  const Error bad = bad_request("not a URL of the form https://host[:port]/path");
  constexpr std::string_view kScheme = "https://";
  if (!url.starts_with(kScheme) || !is_plain(url)) return bad;
  if (url.find_first_of(" ?#@\\\"<>") != std::string::npos) return bad;
  const std::string_view rest = std::string_view(url).substr(kScheme.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  Place place;
  place.authority = rest.substr(0, slash);
  auto host = HostName::parse(place.authority);
  if (!host) return bad;
  place.host = host->text();
  if (slash < rest.size()) place.path = rest.substr(slash);
  const std::size_t colon = place.authority.find(':');
  if (colon == std::string::npos) return place;
  const char* end = place.authority.data() + place.authority.size();
  const auto [stop, failure] = std::from_chars(place.authority.data() + colon + 1, end, place.port);
  if (failure != std::errc() || stop != end || place.port == 0) return bad;
  return place;
}

bool is_header_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Result<std::string> head_of(const HttpsPost& request, const Place& place) {
  std::string head =
      "POST " + place.path + " HTTP/1.1\r\nHost: " + place.authority +
      "\r\nConnection: close\r\nContent-Length: " + std::to_string(request.body.size()) + "\r\n";
  auto headers = request.headers;
  headers.emplace_back("Content-Type", request.content_type);
  for (const auto& [name, value] : headers) {
    if (!is_header_name(name) || !is_plain(value)) {
      return bad_request("a header is not printable ASCII or its name is out of form");
    }
    head += name + ": " + value + "\r\n";
  }
  return head + "\r\n";
}

Error bad_files(const std::string& what) {
  ERR_clear_error();
  return {ErrorCode::kFailedPrecondition, "egress.files", what};
}

class OpensslHttpsClient final : public HttpsClient {
 public:
  OpensslHttpsClient() : context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free) {}

  Result<void> begin(const HttpsIdentity& identity, const HttpsTrust& trust) {
    SSL_CTX* context = context_.get();
    if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, kCiphers) != 1) {
      return bad_files("the TLS library cannot be set up");
    }
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    const auto loaded =
        tls::load_identity(context, identity.certificate_chain, identity.private_key, "");
    if (!loaded) return bad_files(loaded.error());
    return load_trust(trust);
  }

  Result<HttpsAnswer> post(const HttpsPost& request,
                           std::chrono::milliseconds timeout) const override {
    const Deadline deadline = std::chrono::steady_clock::now() + timeout;
    BERTH_TRY(place, parse_url(request.url));
    BERTH_TRY(head, head_of(request, place));
    BERTH_TRY(connection,
              TlsConnection::open(context_.get(), place.host, place.port, has_ca_, deadline));
    BERTH_TRY_VOID(connection->write(head + request.body));
    return read_answer(*connection, place);
  }

 private:
  Result<void> load_trust(const HttpsTrust& trust) {
    has_ca_ = !trust.server_ca.empty();
    pins_ = trust.server_pins;
    if (!has_ca_ && pins_.empty()) {
      return bad_files("neither a CA nor a pin; the server would not be verified");
    }
    if (has_ca_ && SSL_CTX_load_verify_file(context_.get(), trust.server_ca.c_str()) != 1) {
      return bad_files(trust.server_ca.string() +
                       ": not a PEM file of CA certificates, or not readable");
    }
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context_.get(), &OpensslHttpsClient::on_server, this);
    return {};
  }

  // 1: the server may be talked to.
  static int on_server(X509_STORE_CTX* shown, void* self) {
    try {
      const auto& client = *static_cast<const OpensslHttpsClient*>(self);
      if (client.has_ca_ && X509_verify_cert(shown) != 1) return 0;
      if (client.pins_.empty()) return 1;
      const std::string pin = tls::spki_sha256(X509_STORE_CTX_get0_cert(shown));
      const bool pinned =
          std::find(client.pins_.begin(), client.pins_.end(), pin) != client.pins_.end();
      X509_STORE_CTX_set_error(shown, pinned ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION);
      return pinned ? 1 : 0;
    } catch (...) {  // out of memory; nothing may be thrown through the library
      X509_STORE_CTX_set_error(shown, X509_V_ERR_OUT_OF_MEM);
      return 0;
    }
  }

  static Result<HttpsAnswer> read_answer(TlsConnection& connection, const Place& place) {
    AnswerReader reader;
    std::array<char, 16 * 1024> piece;
    for (;;) {
      BERTH_TRY(count, connection.read(piece));
      switch (count == 0 ? reader.end() : reader.feed({piece.data(), count})) {
        case AnswerReader::State::kComplete:
          return reader.take();
        case AnswerReader::State::kMore:
          break;
        case AnswerReader::State::kTooLarge:
          return Error(ErrorCode::kUnavailable, "egress.answer_too_large",
                       place.authority + ": the answer is larger than 64 KiB");
        case AnswerReader::State::kMalformed:
          if (count == 0) {
            return Error(ErrorCode::kUnavailable, "egress.cut",
                         place.authority + ": the answer ended too early");
          }
          return Error(ErrorCode::kUnavailable, "egress.answer_malformed",
                       place.authority + ": the answer is not HTTP/1.1 as it should be");
      }
    }
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  bool has_ca_ = false;
  std::vector<std::string> pins_;
};

}  // namespace

Result<std::unique_ptr<HttpsClient>> HttpsClient::create(const HttpsIdentity& identity,
                                                         const HttpsTrust& trust) {
  auto client = std::make_unique<OpensslHttpsClient>();
  BERTH_TRY_VOID(client->begin(identity, trust));
  return std::unique_ptr<HttpsClient>(std::move(client));
}

}  // namespace berth::egress
