#include "tools/berth-lpa/https_transport.h"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <istream>
#include <map>
#include <ostream>

namespace berth::lpa {
namespace {

using Poco::Net::Context;
using Poco::Net::HTTPRequest;
using Poco::Net::HTTPSClientSession;
using Poco::Net::SecureStreamSocket;
using Poco::Net::SocketAddress;

constexpr const char* kUserAgent = "gsma-rsp-lpad";
constexpr const char* kAdminProtocol = "gsma/rsp/v2.5.0";
constexpr std::size_t kReadBlock = 16 * 1024;

Poco::Timespan timespan(std::chrono::seconds seconds) {
  return Poco::Timespan(static_cast<long>(seconds.count()), 0);
}

// Connects to one address while the host name is what TLS names and verifies.
class Session final : public HTTPSClientSession {
 public:
  Session(std::string name, const HttpsOptions::Address& address, const Context::Ptr& context)
      : HTTPSClientSession(address.host, address.port, context), name_(std::move(name)) {}

 protected:
  void connect(const SocketAddress& address) override {
    // Shares the implementation with the session's own socket: SNI and the name that is checked.
    SecureStreamSocket shared(socket());
    shared.setPeerHostName(name_);
    HTTPSClientSession::connect(address);
  }

 private:
  std::string name_;
};

// Trusts `authorities` alone; OpenSSL itself checks the name during the handshake.
Context::Ptr make_context(const std::vector<Bytes>& authorities, const std::string& host) {
  Context::Params params;
  params.verificationMode = Context::VERIFY_STRICT;
  params.verificationDepth = 5;
  params.loadDefaultCAs = false;
  params.ecdhCurve = "P-256:X25519:P-384";
  Context::Ptr context = new Context(Context::TLS_CLIENT_USE, params);
  context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
  SSL_CTX* native = context->sslContext();
  X509_STORE* store = SSL_CTX_get_cert_store(native);
  for (const Bytes& der : authorities) {
    const std::uint8_t* position = der.data();
    X509* certificate = d2i_X509(nullptr, &position, static_cast<long>(der.size()));
    if (certificate != nullptr) X509_STORE_add_cert(store, certificate);
    X509_free(certificate);
  }
  X509_VERIFY_PARAM_set1_host(SSL_CTX_get0_param(native), host.data(), host.size());
  return context;
}

// Reads until the announced end; fewer octets than announced are a broken connection.
Result<std::string> read_body(std::istream& stream, const Poco::Net::HTTPResponse& response,
                              std::chrono::steady_clock::time_point deadline) {
  std::string body;
  char block[kReadBlock];
  while (stream.good()) {
    stream.read(block, sizeof(block));
    body.append(block, static_cast<std::size_t>(stream.gcount()));
    if (body.size() > kMaxReplySize) {
      return Error(
          ErrorCode::kResourceExhausted, "lpa.reply_too_large",
          "the server's reply is larger than " + std::to_string(kMaxReplySize) + " octets");
    }
    if (std::chrono::steady_clock::now() > deadline) {
      return Error(ErrorCode::kDeadlineExceeded, "lpa.network",
                   "the server took too long to send its reply");
    }
  }
  if (response.hasContentLength() &&
      body.size() != static_cast<std::size_t>(response.getContentLength64())) {
    return Error(ErrorCode::kUnavailable, "lpa.network",
                 "the connection ended in the middle of the reply");
  }
  return body;
}

// OpenSSL tells an alert by its text alone: "tlsv1 unrecognized name".
std::string tls_cause(const std::string& text) {
  if (text.find("unrecognized name") != std::string::npos) {
    return "no tenant of that server has this realm; check the code";
  }
  return "TLS failed: " + text;
}

}  // namespace

struct HttpsTransport::Connections {
  std::map<std::string, std::unique_ptr<Session>> by_host;

  Session& to(const std::string& host, const HttpsOptions& options) {
    std::unique_ptr<Session>& session = by_host[host];
    if (!session) {
      const HttpsOptions::Address address =
          options.connect.value_or(HttpsOptions::Address{host, kHttpsPort});
      session = std::make_unique<Session>(host, address, make_context(options.authorities, host));
      session->setTimeout(timespan(options.timeout), timespan(options.timeout),
                          timespan(options.timeout));
      session->setKeepAlive(true);
    }
    return *session;
  }
};

HttpsTransport::HttpsTransport(HttpsOptions options)
    : options_(std::move(options)), connections_(std::make_unique<Connections>()) {}
HttpsTransport::~HttpsTransport() = default;

Result<HttpReply> HttpsTransport::post(std::string_view host, std::string_view path,
                                       std::string_view content_type, std::string_view body) {
  const std::string name(host);
  const auto fail = [&](ErrorCode code, std::string_view reason, const std::string& why) {
    connections_->by_host.erase(name);
    std::string where = name;
    if (options_.connect) {
      where += " (tried at " + options_.connect->host + ":" +
               std::to_string(options_.connect->port) + ")";
    }
    return Error(code, reason, where + ": " + why);
  };
  try {
    const auto deadline = std::chrono::steady_clock::now() + options_.deadline;
    Session& session = connections_->to(name, options_);
    HTTPRequest request(HTTPRequest::HTTP_POST, std::string(path), HTTPRequest::HTTP_1_1);
    request.setHost(name);
    request.set("User-Agent", kUserAgent);
    request.set("X-Admin-Protocol", kAdminProtocol);
    request.setContentType(std::string(content_type));
    request.setContentLength64(static_cast<Poco::Int64>(body.size()));
    session.sendRequest(request).write(body.data(), static_cast<std::streamsize>(body.size()));
    Poco::Net::HTTPResponse response;
    std::istream& stream = session.receiveResponse(response);
    Result<std::string> text = read_body(stream, response, deadline);
    if (!text) {
      return fail(text.error().code(), text.error().reason(), text.error().message());
    }
    HttpReply reply;
    reply.status = response.getStatus();
    reply.content_type = response.has("Content-Type") ? response.getContentType() : "";
    reply.admin_protocol = response.get("X-Admin-Protocol", "");
    reply.body = std::move(*text);
    return reply;
  } catch (const Poco::Net::SSLException& exception) {
    return fail(ErrorCode::kUnauthenticated, "lpa.tls", tls_cause(exception.displayText()));
  } catch (const Poco::TimeoutException&) {
    return fail(ErrorCode::kDeadlineExceeded, "lpa.network", "no answer in time");
  } catch (const Poco::Exception& exception) {
    return fail(ErrorCode::kUnavailable, "lpa.network", exception.displayText());
  } catch (const std::exception& exception) {
    return fail(ErrorCode::kUnavailable, "lpa.network", exception.what());
  }
}

}  // namespace berth::lpa
