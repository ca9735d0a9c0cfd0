#include "kernel/smdpplus/es9_binding.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "kernel/rsp/der/der.h"
#include "kernel/rsp/sgp22/es9_asn1.h"
#include "kernel/rsp/sgp22/es9_json.h"

namespace berth::smdpplus {
namespace {

constexpr std::string_view kEs9Prefix = "/gsma/rsp2/es9plus/";
// One path for all functions of the ASN.1 binding; a function's name may follow.
constexpr std::string_view kAsn1Path = "/gsma/rsp2/asn1";
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kAsn1 = "application/x-gsma-rsp-asn1";
constexpr rsp::sgp22::Version kOurVersion{2, 5, 0};

// In the order of RspRequest's alternatives.
constexpr std::array<std::string_view, 5> kFunctions = {
    "initiateAuthentication", "authenticateClient", "getBoundProfilePackage", "cancelSession",
    "handleNotification"};
constexpr std::string_view kBeginFunction = kFunctions.front();
constexpr std::string_view kNotificationFunction = kFunctions.back();

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

// Without parameters, in lower case.
std::string media_type(std::string_view content_type) {
  std::string type = lower(content_type.substr(0, content_type.find(';')));
  type.erase(std::remove(type.begin(), type.end(), ' '), type.end());
  return type;
}

Es9Answer json(std::string body) {
  return {.http_status = 200,
          .content_type = std::string(kJson),
          .body = std::move(body),
          .admin_protocol = {}};
}

Es9Answer asn1(const Bytes& body) {
  return {.http_status = 200,
          .content_type = std::string(kAsn1),
          .body = std::string(as_text(body)),
          .admin_protocol = {}};
}

// Trouble of our own or a body nobody can read. Details stay in the log.
Es9Answer from_error(const Error& error, const context::TenantContext& tenant,
                     const Es9Call& call) {
  const bool malformed = error.code() == ErrorCode::kInvalidArgument;
  const auto level = malformed ? spdlog::level::info : spdlog::level::warn;
  spdlog::log(level, "request={} tenant={} path={} {} {}: {}", call.request_id, tenant.id().text(),
              call.path, to_string(error.code()), error.reason(), error.message());
  Es9Answer answer{
      .http_status = malformed ? 400 : 503, .content_type = {}, .body = {}, .admin_protocol = {}};
  if (!malformed && error.retry_after()) {
    answer.retry_after_seconds =
        static_cast<int>(std::chrono::ceil<std::chrono::seconds>(*error.retry_after()).count());
  }
  return answer;
}

const Es9Answer kAcknowledged{
    .http_status = 204, .content_type = {}, .body = {}, .admin_protocol = {}};

// Serve, encode: the same two steps for every function in either binding. `refuse` writes the
// standard's refusals.
template <class Request, class Serve, class Encode, class Refuse>
Es9Answer serve(Es9Service& service, context::TenantContext& tenant, const Es9Call& call,
                const Request& request, Serve function, Encode encode, Refuse refuse) {
  auto response = (service.*function)(tenant, call.request_id, request);
  if (response) return encode(response);
  if (const auto* refused = std::get_if<rsp::RspError>(&response.error())) return refuse(*refused);
  return from_error(std::get<Error>(response.error()), tenant, call);
}

// ---- JSON ----

// The JSON or its base64 cannot be read, as opposed to the card's own octets inside.
bool is_of_the_body(const Error& error) {
  return error.reason().starts_with("json.") || error.reason().starts_with("base64.");
}

enum class Unreadable { kRefuse = 1, kAcknowledge };

template <class Parse, class Serve, class Encode>
Es9Answer serve_json(Es9Service& service, context::TenantContext& tenant, const Es9Call& call,
                     Parse parse, Serve function, Encode encode,
                     Unreadable unreadable = Unreadable::kRefuse) {
  auto request = parse(call.body);
  if (!request) {
    service.count_refused(tenant, "malformed " + std::string(request.error().reason()));
    if (unreadable == Unreadable::kAcknowledge && !is_of_the_body(request.error())) {
      // A phone would send it again and again: counted, dropped (SGP.22 §5.6.4).
      return kAcknowledged;
    }
    return from_error(request.error(), tenant, call);
  }
  return serve(service, tenant, call, *request, function, encode,
               [](const rsp::RspError& error) { return json(rsp::sgp22::failure_json(error)); });
}

Es9Answer dispatch_json(Es9Service& service, context::TenantContext& tenant, const Es9Call& call,
                        std::string_view function) {
  namespace sgp22 = rsp::sgp22;
  const auto with_body = [](const auto& response) { return json(sgp22::to_json(*response)); };
  if (function == "initiateAuthentication") {
    return serve_json(service, tenant, call, sgp22::parse_initiate_authentication,
                      &Es9Service::initiate_authentication, with_body);
  }
  if (function == "authenticateClient") {
    return serve_json(service, tenant, call, sgp22::parse_authenticate_client,
                      &Es9Service::authenticate_client, with_body);
  }
  if (function == "getBoundProfilePackage") {
    return serve_json(service, tenant, call, sgp22::parse_get_bound_profile_package,
                      &Es9Service::get_bound_profile_package, with_body);
  }
  if (function == "cancelSession") {
    return serve_json(service, tenant, call, sgp22::parse_cancel_session,
                      &Es9Service::cancel_session,
                      [](const auto&) { return json(rsp::sgp22::success_json()); });
  }
  BERTH_ASSERT(function == "handleNotification");
  return serve_json(
      service, tenant, call, sgp22::parse_handle_notification, &Es9Service::handle_notification,
      [](const auto&) { return kAcknowledged; }, Unreadable::kAcknowledge);
}

// ---- ASN.1 (SGP.22 §6.6) ----

// The function of an ASN.1 body by its tag, in the order of kFunctions.
std::string_view named_by(ByteView body) {
  constexpr std::array<rsp::der::Tag, kFunctions.size()> kTags = {0xBF39, 0xBF3B, 0xBF3A, 0xBF41,
                                                                  0xBF3D};
  const auto outer = rsp::der::parse_single(body, 0xA2);
  if (!outer) return {};
  for (std::size_t i = 0; i < kTags.size(); ++i) {
    if (rsp::der::parse_single(outer->value, kTags[i])) return kFunctions[i];
  }
  return {};
}

// The envelope says that a notification is inside, whatever its octets are.
bool carries_notification(ByteView body) { return named_by(body) == kNotificationFunction; }

auto asn1_refusal(rsp::sgp22::Es9Function function) {
  return [function](const rsp::RspError& error) {
    return asn1(rsp::sgp22::failure_asn1(function, error));
  };
}

// Calls the function that the request is for.
struct Asn1Dispatch {
  Es9Service& service;
  context::TenantContext& tenant;
  const Es9Call& call;

  Es9Answer operator()(const rsp::sgp22::InitiateAuthenticationRequest& request) const {
    return with_body(request, &Es9Service::initiate_authentication,
                     rsp::sgp22::Es9Function::kInitiateAuthentication);
  }
  Es9Answer operator()(const rsp::sgp22::AuthenticateClientRequest& request) const {
    return with_body(request, &Es9Service::authenticate_client,
                     rsp::sgp22::Es9Function::kAuthenticateClient);
  }
  Es9Answer operator()(const rsp::sgp22::GetBoundProfilePackageRequest& request) const {
    return with_body(request, &Es9Service::get_bound_profile_package,
                     rsp::sgp22::Es9Function::kGetBoundProfilePackage);
  }
  Es9Answer operator()(const rsp::sgp22::CancelSessionRequest& request) const {
    return serve(
        service, tenant, call, request, &Es9Service::cancel_session,
        [](const auto&) { return asn1(rsp::sgp22::cancel_session_done_asn1()); },
        asn1_refusal(rsp::sgp22::Es9Function::kCancelSession));
  }
  Es9Answer operator()(const rsp::sgp22::HandleNotificationRequest& request) const {
    return serve(
        service, tenant, call, request, &Es9Service::handle_notification,
        [](const auto&) { return kAcknowledged; },
        [](const rsp::RspError&) { return kAcknowledged; });
  }

 private:
  template <class Request, class Serve>
  Es9Answer with_body(const Request& request, Serve member,
                      rsp::sgp22::Es9Function function) const {
    return serve(
        service, tenant, call, request, member,
        [](const auto& response) { return asn1(rsp::sgp22::to_asn1(*response)); },
        asn1_refusal(function));
  }
};

// `named` is the function in the path; empty: only the body says it.
Es9Answer dispatch_asn1(Es9Service& service, context::TenantContext& tenant, const Es9Call& call,
                        std::string_view named) {
  const ByteView body = as_bytes(call.body);
  const auto request = rsp::sgp22::parse_rsp_request(body);
  if (!request) {
    service.count_refused(tenant, "malformed " + std::string(request.error().reason()));
    if (carries_notification(body)) return kAcknowledged;  // as in JSON: counted, dropped
    return from_error(request.error(), tenant, call);
  }
  if (!named.empty() && kFunctions[request->function.index()] != named) {
    service.count_refused(tenant, "another function than the path names");
    return {.http_status = 400, .content_type = {}, .body = {}, .admin_protocol = {}};
  }
  return std::visit(Asn1Dispatch{service, tenant, call}, request->function);
}

// What a path stands for; no `function`: any, but in the ASN.1 binding only.
struct Target {
  std::string_view function;
  bool json = false;
};

std::optional<Target> find_target(std::string_view path) {
  Target target;
  if (path == kAsn1Path) return target;
  if (path.starts_with(kEs9Prefix)) {
    target = {path.substr(kEs9Prefix.size()), true};
  } else if (path.starts_with(kAsn1Path) && path[kAsn1Path.size()] == '/') {
    target = {path.substr(kAsn1Path.size() + 1), false};
  }
  const bool known =
      std::find(kFunctions.begin(), kFunctions.end(), target.function) != kFunctions.end();
  return known ? std::optional(target) : std::nullopt;
}

}  // namespace

std::string negotiate_protocol(std::string_view client) {
  constexpr std::string_view kScheme = "gsma/rsp/v";
  const std::string ours = std::string(kScheme) + kOurVersion.text();
  if (client.empty()) return ours;
  if (!client.starts_with(kScheme)) return {};
  std::array<unsigned, 3> parts{};
  const char* at = client.data() + kScheme.size();
  const char* end = client.data() + client.size();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto [next, failed] = std::from_chars(at, end, parts[i]);
    if (failed != std::errc() || parts[i] > 255) return {};
    at = next;
    if (i + 1 < parts.size()) {
      if (at == end || *at != '.') return {};
      ++at;
    }
  }
  if (at != end) return {};
  const rsp::sgp22::Version theirs{static_cast<std::uint8_t>(parts[0]),
                                   static_cast<std::uint8_t>(parts[1]),
                                   static_cast<std::uint8_t>(parts[2])};
  return std::string(kScheme) + std::min(theirs, kOurVersion).text();
}

Lane lane_of(std::string_view path, std::string_view body) {
  const auto target = find_target(path);
  if (!target) return Lane::kSession;
  const std::string_view function =
      target->function.empty() ? named_by(as_bytes(body)) : target->function;
  if (function == kNotificationFunction) return Lane::kNotification;
  return function == kBeginFunction ? Lane::kBegin : Lane::kSession;
}

Es9Answer answer_es9(Es9Service& service, context::TenantContext& tenant, const Es9Call& call) {
  const auto refused = [&](int status, const char* cause) {
    service.count_refused(tenant, cause);
    return Es9Answer{.http_status = status, .content_type = {}, .body = {}, .admin_protocol = {}};
  };
  const auto target = find_target(call.path);
  if (!target) return refused(404, "unknown path");
  if (call.method != "POST") return refused(405, "method");
  const std::string type = media_type(call.content_type);
  const bool is_json = target->json && type == kJson;
  if (!is_json && type != kAsn1) return refused(415, "content type");
  const std::string protocol = negotiate_protocol(call.admin_protocol);
  if (protocol.empty()) return refused(400, "X-Admin-Protocol");
  Es9Answer answer = is_json ? dispatch_json(service, tenant, call, target->function)
                             : dispatch_asn1(service, tenant, call, target->function);
  answer.admin_protocol = protocol;
  return answer;
}

}  // namespace berth::smdpplus
