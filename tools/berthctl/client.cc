#include "tools/berthctl/client.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/StreamCopier.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "kernel/base/bytes.h"
#include "tools/berthctl/usage.h"

namespace berth::berthctl {
namespace {

using nlohmann::ordered_json;

// An audit verification or an import may take its time; the host ends it after two minutes.
constexpr int kTimeoutSeconds = 130;
constexpr std::size_t kMaxShownBytes = 200;  // of an answer that is not JSON

ErrorCode code_named(std::string_view name) {
  for (int value = 1; value <= static_cast<int>(ErrorCode::kUnauthenticated); ++value) {
    const auto code = static_cast<ErrorCode>(value);
    if (to_string(code) == name) return code;
  }
  return ErrorCode::kFailedPrecondition;  // "refused": the standard's own no
}

// The first line of an answer that is not ours to parse, fit for a terminal.
std::string first_line(std::string_view text) {
  std::string line(text.substr(0, std::min(text.find_first_of("\r\n"), kMaxShownBytes)));
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return line;
}

// What the door itself refuses (400, 413, 503) comes as one line of text, never as JSON.
Error without_error_object(std::string_view text, int status) {
  const std::string line = first_line(text);
  const std::string why = line.empty() ? " without saying why" : ": " + line;
  return {ErrorCode::kInternal, "berthctl.bad_answer",
          "the host answered " + std::to_string(status) + why};
}

Error from_answer(const ordered_json& answer, std::string_view text, int status) {
  const auto error = answer.is_object() ? answer.find("error") : answer.end();
  if (!answer.is_object() || error == answer.end() || !error->is_object()) {
    return without_error_object(text, status);
  }
  return {code_named(error->value("code", "")), error->value("reason", ""),
          error->value("message", "")};
}

std::string where(const HostAddress& host) {
  return host.tls_host.empty() ? host.socket.string() : host.tls_host;
}

using Session = std::unique_ptr<Poco::Net::HTTPClientSession>;

Result<Session> local_session(const HostAddress& host) {
  Poco::Net::StreamSocket socket;
  try {
    socket.connect(
        Poco::Net::SocketAddress(Poco::Net::SocketAddress::UNIX_LOCAL, host.socket.string()));
    return std::make_unique<Poco::Net::HTTPClientSession>(socket);
  } catch (const Poco::Exception& e) {
    if (e.code() == EACCES || e.code() == EPERM) {
      return Error(ErrorCode::kPermissionDenied, "berthctl.no_connection",
                   "this user may not open " + host.socket.string() +
                       "; run berthctl as the user the host runs as, or as a member of its "
                       "operatorGroup");
    }
    return Error(ErrorCode::kUnavailable, "berthctl.no_connection",
                 "no host answers at " + host.socket.string() + " (" + e.displayText() +
                     "); start one with berthd --config FILE, or name its socket with --socket");
  }
}

Result<Session> tls_session(const HostAddress& host) {
  const std::size_t colon = host.tls_host.rfind(':');
  const auto port = whole_number(colon == std::string::npos ? "" : host.tls_host.substr(colon + 1));
  if (!port || *port == 0 || *port > UINT16_MAX || host.certificate.empty() ||
      host.private_key.empty() || host.server_ca.empty()) {
    return Error(ErrorCode::kInvalidArgument, "berthctl.usage",
                 "--host is name:port and goes with --client-cert, --client-key and --server-ca; "
                 "nothing was sent");
  }
  try {
    Poco::Net::Context::Ptr context(new Poco::Net::Context(
        Poco::Net::Context::TLS_CLIENT_USE, host.private_key.string(), host.certificate.string(),
        host.server_ca.string(), Poco::Net::Context::VERIFY_STRICT));
    context->enableExtendedCertificateVerification(true);
    Session session = std::make_unique<Poco::Net::HTTPSClientSession>(
        host.tls_host.substr(0, colon), static_cast<Poco::UInt16>(*port), context);
    return session;
  } catch (const Poco::Exception& e) {
    return Error(ErrorCode::kInvalidArgument, "berthctl.file",
                 "certificate, key or CA of " + host.tls_host + " cannot be used (" +
                     e.displayText() + "); check the three files");
  }
}

}  // namespace

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') ||
                            std::string_view("-._~").find(c) != std::string_view::npos;
    if (unreserved) {
      encoded += c;
    } else {
      const auto octet = static_cast<std::uint8_t>(c);
      encoded += '%' + to_hex({&octet, 1});
    }
  }
  return encoded;
}

Result<ordered_json> Client::get(const std::string& path_and_query) const {
  return ask("GET", path_and_query, "");
}

Result<ordered_json> Client::post(const std::string& path, const nlohmann::json& body) const {
  return change("POST", path, body);
}

Result<ordered_json> Client::put(const std::string& path, const nlohmann::json& body) const {
  return change("PUT", path, body);
}

Result<ordered_json> Client::change(const std::string& method, const std::string& path,
                                    const nlohmann::json& body) const {
  const auto text = [](const nlohmann::json& value) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  if (!host_.break_glass.empty()) {
    BERTH_TRY(opened,
              ask("POST", "/v1/break-glass", text(nlohmann::json{{"reason", host_.break_glass}})));
    (void)opened;
  }
  return ask(method, path, text(body));
}

Result<ordered_json> Client::ask(const std::string& method, const std::string& target,
                                 std::string body) const {
  BERTH_TRY(session, host_.tls_host.empty() ? local_session(host_) : tls_session(host_));
  try {
    session->setTimeout(Poco::Timespan(kTimeoutSeconds, 0));
    Poco::Net::HTTPRequest request(method, target, Poco::Net::HTTPMessage::HTTP_1_1);
    request.setHost(host_.tls_host.empty() ? "localhost" : host_.tls_host);
    if (method != "GET") {
      request.setContentType("application/json");
      request.setContentLength64(static_cast<Poco::Int64>(body.size()));
    }
    session->sendRequest(request) << body;
    Poco::Net::HTTPResponse response;
    std::string text;
    Poco::StreamCopier::copyToString(session->receiveResponse(response), text);
    ordered_json answer = ordered_json::parse(text, nullptr, false);
    const int status = response.getStatus();
    if (status < 200 || status > 299 || answer.is_discarded()) {
      return from_answer(answer, text, status);
    }
    return answer;
  } catch (const Poco::Exception& e) {
    return Error(ErrorCode::kUnavailable, "berthctl.no_connection",
                 "the host at " + where(host_) + " broke off (" + e.displayText() +
                     "); see its log" +
                     (host_.tls_host.empty() ? "" : ", and whether it knows your certificate"));
  }
}

}  // namespace berth::berthctl
